"""Random databases for the property tests, small and rich in the hard cases."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator

import numpy as np
from hypothesis import strategies as st

from factrank.facts import families
from factrank.facts.database import Database
from factrank.rank.lower.pencil import pencils


@st.composite
def databases(draw: st.DrawFn, *, functional: bool | None = None, size: int = 6) -> Database:
    """A database with at least one fact: few labels, so that values are shared, slices repeat,
    and cells, relations or values stay empty. ``functional=None`` draws either kind."""
    if functional is None:
        functional = draw(st.booleans())
    n_keys, n_queries = draw(st.integers(1, size)), draw(st.integers(1, 4))
    n_values = draw(st.integers(1, size))
    value = st.integers(0, n_values - 1)
    cell = st.none() | value if functional else st.frozensets(value, max_size=3)
    row = st.lists(cell, min_size=n_queries, max_size=n_queries)
    table = draw(st.lists(row, min_size=n_keys, max_size=n_keys))
    if draw(st.booleans()):  # duplicate slices, on purpose: a key, or a relation
        table.append(list(table[0]))
        n_keys += 1
    if draw(st.booleans()):
        table = [[*row, row[0]] for row in table]
        n_queries += 1
    facts = []
    for k, cells in enumerate(table):
        for q, found in enumerate(cells):
            if isinstance(found, int):
                facts.append((k, q, found))
            elif found:
                facts += [(k, q, v) for v in found]
    if not facts:
        facts = [(0, 0, 0)]
    return Database(
        tuple(f"k{i}" for i in range(n_keys)),
        tuple(f"q{i}" for i in range(n_queries)),
        tuple(f"v{i}" for i in range(n_values)),
        tuple(facts),
    )


@st.composite
def crowded(draw: st.DrawFn, n_keys: int = 4, n_queries: int = 3) -> Database:
    """A database with several values for a key and query, in the ways that make S shrink: values
    whose slice is the sum of two others, or equal to another, or without a fact of its own."""
    cells = [(k, q) for k in range(n_keys) for q in range(n_queries)]
    pick = st.frozensets(st.sampled_from(cells), min_size=1, max_size=5)
    slices = draw(st.lists(pick, min_size=1, max_size=6))
    disjoint = [(x, y) for x in slices for y in slices if not x & y]
    if disjoint and draw(st.booleans()):
        one, other = draw(st.sampled_from(disjoint))
        slices.append(one | other)
    if draw(st.booleans()):
        slices.append(draw(st.sampled_from(slices)))
    order = draw(st.permutations(slices))
    return Database(
        tuple(f"k{i}" for i in range(n_keys)),
        tuple(f"q{i}" for i in range(n_queries)),
        tuple(f"v{i}" for i in range(len(order))),
        tuple((k, q, v) for v, found in enumerate(order) for k, q in found),
    )


def generated_group(*generators: tuple[int, ...]) -> Database:
    """The multiplication table of the group that some permutations of 0, ..., n - 1 generate."""
    found = [tuple(range(len(generators[0])))]
    for x in found:  # grows as we go
        products = (tuple(x[i] for i in g) for g in generators)
        found += [y for y in dict.fromkeys(products) if y not in found]
    names = {x: "".join(map(str, x)) for x in found}
    return Database.from_triples(
        (names[x], names[y], names[tuple(x[i] for i in y)]) for x in found for y in found
    )


def symmetric_group(n: int) -> Database:
    """The table of all permutations of n things."""
    return generated_group((1, 0, *range(2, n)), (*range(1, n), 0))


def slice_rank(db: Database, values: Iterable[str]) -> int:
    """The rank of the slices of some values, by numpy."""
    chosen = [db.values.index(v) for v in values]
    flat = db.tensor().reshape(-1, len(db.values))[:, chosen]
    return int(np.linalg.matrix_rank(flat)) if chosen else 0


def shuffled(db: Database, rng: random.Random) -> Database:
    """The same facts, every label of every mode renamed, in another order."""
    names = []
    for mode in "KQV":
        new = [f"{mode}{i}" for i in range(len(db.labels(mode)))]
        rng.shuffle(new)
        names.append(dict(zip(db.labels(mode), new, strict=True)))
    triples = [tuple(name[x] for name, x in zip(names, f, strict=True)) for f in db.triples()]
    rng.shuffle(triples)
    return Database.from_triples(triples)


def has_shared_values(db: Database) -> bool:
    """Some value is given by two relations."""
    return db.pair_counts()["QV"] > len(db.used("V"))


def has_duplicate_slices(db: Database) -> bool:
    """Two keys, or two relations, hold exactly the same facts."""
    for axis in (0, 1):
        slices: dict[int, set[tuple[int, ...]]] = {}
        for fact in db.facts:
            slices.setdefault(fact[axis], set()).add(fact[:axis] + fact[axis + 1 :])
        if len({frozenset(s) for s in slices.values()}) < len(slices):
            return True
    return False


def has_gaps(db: Database) -> bool:
    """Some (key, query) of used labels has no value."""
    return db.pair_counts()["KQ"] < len(db.used("K")) * len(db.used("Q"))


def permute_modes(db: Database, order: str) -> Database:
    """The database whose tensor has its modes permuted, e.g. ``"VQK"``."""
    axes = ["KQV".index(mode) for mode in order]
    labels = [db.labels(mode) for mode in order]
    return Database(*labels, tuple(tuple(fact[a] for a in axes) for fact in db.facts))


def two_slices(count: int) -> Iterator[tuple[int, Database, int]]:
    """Of so many seeds, those whose random database with two queries is a pencil: seed, database,
    its real rank, which is known exactly."""
    for seed in range(count):
        rng = random.Random(seed)
        shape = rng.randint(2, 5), 2, rng.randint(2, 5)
        db = families.random_functional(*shape, rng.choice([0.6, 0.8, 1.0]), seed)
        pencil = pencils(db, "Q") if db.facts else None
        if pencil:
            yield seed, db, pencil.bound.value
