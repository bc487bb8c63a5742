"""Of decompositions of one length, the one that is read most easily."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from factrank.facts.database import MODES, Database
from factrank.rank.algebra.terms import Term, carry, sums_to
from factrank.rank.upper.bounds import PAIRS, hub_terms, pair_terms, slice_terms, tree_terms
from factrank.rank.words.statements import tidied

if TYPE_CHECKING:
    from factrank.rank.interval import RankInterval

MOST_FACTS = 2000  # nobody reads the terms of a larger table one by one


def plainest(database: Database, interval: RankInterval) -> RankInterval:
    """The same interval, as many terms: fewest negative entries, most facts stated first. [ours]

    Block by block, the terms of ``interval`` are compared with those of U1 to U4 that are as many:
    fewest negative entries win, then fewest entries. Terms that state equally many facts stand in
    the order of the facts. Every choice is added up before it is taken, and ``upper_by`` then names
    it. Databases of more than 2000 facts keep the terms they have.

    >>> from factrank.facts import library
    >>> from factrank.rank.interval import rank_interval
    >>> db = library.load("example")
    >>> [len(x.terms) for x in (rank_interval(db), plainest(db, rank_interval(db)))]
    [5, 5]
    >>> plainest(db, rank_interval(db)).terms[2]
    Term(a={0: 1}, b={1: 1}, c={0: -1, 1: 1})
    """
    if len(database) > MOST_FACTS:
        return interval
    terms: list[Term] = []
    names = []
    for block, own in _by_block(database, interval.terms):
        name, chosen = _best(database, block, own)
        names.append(name)
        terms += chosen
    ordered = tuple(sorted(map(tidied, terms), key=_facts_stated(database)))
    if not sums_to(ordered, database):  # what was handed in does not
        return interval
    by = next(iter(names)) if len({*names}) == 1 else f"sum over {len(names)} blocks"
    kept = interval.upper_proof is not None or not any(names)
    return replace(interval, terms=ordered, upper_by=interval.upper_by if kept else by)


def _by_block(
    database: Database, terms: tuple[Term, ...]
) -> list[tuple[Database, tuple[Term, ...]]]:
    """The blocks, each with its terms; all facts as one where some term belongs to no block."""
    blocks = database.blocks()
    groups: list[list[Term]] = [[] for _ in blocks]
    homes = [
        {label: n for n, block in enumerate(blocks) for label in block.labels(m)} for m in MODES
    ]
    for term in terms:
        sides = zip(MODES, homes, term, strict=True)
        found = {home.get(database.labels(m)[i], -1) for m, home, vector in sides for i in vector}
        if len(found) != 1 or -1 in found:
            return [(database, terms)]
        groups[found.pop()].append(term)
    return [(block, tuple(own)) for block, own in zip(blocks, groups, strict=True)]


def _best(whole: Database, block: Database, own: tuple[Term, ...]) -> tuple[str, tuple[Term, ...]]:
    """The name and terms of the best choice; no name for the terms that were there."""
    chosen, least = ("", own), _cost(own)
    for name, terms in _others(block):
        if len(terms) == len(own) and _cost(terms) < least and sums_to(terms, block):
            chosen, least = (name, carry(terms, block, whole)), _cost(terms)
    return chosen


def _others(block: Database) -> Iterator[tuple[str, tuple[Term, ...]]]:
    yield "U4 relations", tree_terms(block, "Q")
    yield "U4 keys", tree_terms(block, "K")
    if block.functional:
        yield "U3 hub", hub_terms(block)
    else:
        yield "U4 values", tree_terms(block, "V")
    for name, mode in (("value", "V"), ("key", "K"), ("query", "Q")):
        yield f"U2 {name} slices", slice_terms(block, mode)
    for pair in PAIRS:
        yield f"U1 {pair} pairs", pair_terms(block, pair)


def _cost(terms: Sequence[Term]) -> tuple[int, int]:
    """The negative entries of the tensors, and all their entries."""
    negative = entries = 0
    for term in terms:
        size, balance = 1, 1
        for vector in term:
            plus, minus = (sum(x * sign > 0 for x in vector.values()) for sign in (1, -1))
            size, balance = size * (plus + minus), balance * (plus - minus)
        negative, entries = negative + (size - balance) // 2, entries + size
    return negative, entries


def _facts_stated(database: Database) -> Callable[[Term], tuple[int, tuple[int, int, int]]]:
    """A key to sort terms by: most facts at positive entries first, then the first such fact."""
    of_key: dict[int, list[tuple[int, int, int]]] = {}
    for fact in database.facts:
        of_key.setdefault(fact[0], []).append(fact)
    last = database.shape

    def order(term: Term) -> tuple[int, tuple[int, int, int]]:
        a, b, c = term
        stated = [
            (k, q, v)
            for k in sorted(a)
            for _, q, v in of_key.get(k, ())
            if a[k] * b.get(q, 0) * c.get(v, 0) > 0
        ]
        return -len(stated), stated[0] if stated else last

    return order
