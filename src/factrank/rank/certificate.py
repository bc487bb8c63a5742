"""The certificate of an interval: one JSON object that a checker can read without the search.

Top level: ``format, version, database`` (digest), ``lower, upper, field, lower_proof,
upper_terms``; and ``upper_proof`` where a theorem bounds the real rank by less than the number of
rational terms. Everything in it is a label, a whole number or a fraction ``"p/q"``. The whole
format, for whoever writes another checker, is in book/certificate.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from factrank.errors import FactrankError, given
from factrank.facts.database import MODES, Database
from factrank.files import replacing
from factrank.rank.algebra.reduction import distinct
from factrank.rank.algebra.terms import term_document
from factrank.rank.interval import RankInterval, of_this
from factrank.rank.lower.bounds import LowerBound, blocks

OF_EVERY_CELL = ("P7", "P9", "P10", "P11")  # their checks look at all facts, not at labels named


def certificate(database: Database, interval: RankInterval) -> dict[str, Any]:
    """The certificate of ``lower <= rank(D) <= upper``: the proof below, the terms above. [ours]

    ``interval`` is what ``rank_interval(database)`` returned. Errors: ``FactrankError`` if its
    upper bound is not the number of its terms and no theorem is given: a checker needs either.

    >>> from factrank.rank.interval import rank_interval
    >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "x")])
    >>> certificate(db, rank_interval(db))["upper_terms"]
    [{'keys': {'a': 1, 'b': 1}, 'queries': {'r': 1}, 'values': {'x': 1}}]
    """
    given("database", database, Database)
    given("interval", interval, RankInterval)
    of_this(database, interval)
    if interval.upper_proof is None and interval.upper != len(interval.terms):
        raise FactrankError(
            f"certificate: expected as many terms as the upper bound {interval.upper}, "
            f"found {len(interval.terms)}"
        )
    document = {
        "format": "factrank-certificate",
        "version": 1,
        "database": database.digest(),
        "lower": interval.lower,
        "upper": interval.upper,
        "field": interval.field,
        "lower_proof": _proof(database, interval.proof).document(),
        "upper_terms": [term_document(database, term) for term in interval.terms],
    }
    if interval.upper_proof is not None:
        document["upper_proof"] = interval.upper_proof
    return document


def _proof(database: Database, proof: LowerBound) -> LowerBound:
    """The proof, as P4 of one block where it is about the facts without equal slices: the search
    drops these, and a copy left in would be a label that no flattening and no step knows of."""
    if proof.theorem not in OF_EVERY_CELL:
        return proof
    small, _ = distinct(database)
    same = all(len(small.used(mode)) == len(database.used(mode)) for mode in MODES)
    return proof if same else blocks([(small, proof, proof)])


def write(
    path: str | Path, document: Mapping[str, Any], *, force: bool = True, inputs: Iterable[str] = ()
) -> None:
    """Write a certificate so that the path holds all of it or what it held before.

    One pivot and one term a line, piece by piece: a million facts need no second copy in memory.
    Errors: ``FactrankError`` if the path cannot be written, names no ordinary file or one of the
    ``inputs``, or, without ``force``, names a file that is there.
    """
    # A lone surrogate in a label becomes the escape that JSON has for it.
    with replacing(path, force=force, inputs=inputs, errors="backslashreplace") as file:
        file.writelines(_pieces(document, ""))
        file.write("\n")


def _pieces(value: Any, indent: str) -> Iterator[str]:
    """The JSON text in pieces: what is flat on one line, what is deep opened over several."""
    if not _deeper_than(2, value):
        yield json.dumps(value, ensure_ascii=False)
        return
    named = isinstance(value, Mapping)
    yield "{" if named else "["
    for n, item in enumerate(value.items() if named else value):
        yield f"{',' if n else ''}\n{indent} "
        if named:
            yield json.dumps(item[0], ensure_ascii=False) + ": "
        yield from _pieces(item[1] if named else item, indent + " ")
    yield f"\n{indent}" + ("}" if named else "]")


def _deeper_than(levels: int, value: Any) -> bool:
    if not isinstance(value, (Mapping, list, tuple)):
        return False
    inside = value.values() if isinstance(value, Mapping) else value
    return levels == 0 or any(_deeper_than(levels - 1, item) for item in inside)
