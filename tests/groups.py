"""Tables of small groups as databases, and the multiplication of matrices: known ranks."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from factrank.facts.database import Database

Permutation = tuple[int, ...]


def closure(generators: Iterable[Permutation]) -> list[Permutation]:
    """All products of the generators."""
    generators = list(generators)
    found = [tuple(range(len(generators[0])))]
    for p in found:
        for g in generators:
            product = tuple(p[i] for i in g)
            if product not in found:
                found.append(product)
    return found


def group_table(generators: Iterable[Permutation]) -> Database:
    """Facts (g, h, gh): element g, times h, is gh."""
    elements = closure(generators)
    name = {p: "".join(map(str, p)) for p in elements}
    return Database.from_triples(
        [(name[p], name[q], name[tuple(p[i] for i in q)]) for p in elements for q in elements]
    )


S_3 = group_table([(1, 0, 2), (1, 2, 0)])  # rank 9 = 1 + 1 + 7
D_4 = group_table([(1, 2, 3, 0), (0, 3, 2, 1)])  # rank 11 = 4 + 7
MATRICES = Database.from_triples(  # rank 7
    [(f"a{i}{j}", f"b{j}{k}", f"c{i}{k}") for i, j, k in itertools.product(range(2), repeat=3)]
)
