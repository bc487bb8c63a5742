"""Equal slices and unused labels do not change a rank: drop them first, spread the terms after.
And the functions of a database that bounds compare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from operator import itemgetter

from factrank.errors import FactrankError
from factrank.facts.database import MODES, Database, Fact
from factrank.rank.algebra.terms import Term, Vector

Relation = Mapping[int, int]  # index -> value
Members = tuple[dict[int, list[int]], ...]  # per mode: kept index -> all indices like it


def distinct(database: Database) -> tuple[Database, Members]:
    """The database with one of each kind of equal slices, and whom each kept label stands for.

    rank(D) is unchanged: a restriction never has a larger rank, and a decomposition of the
    restriction spreads over the copies. Labels keep their names; ``members`` is indexed by the
    numbering of the database returned. [ours]

    >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "x")])
    >>> small, members = distinct(db)
    >>> small.shape, members[0]
    ((1, 1, 1), {0: [0, 1]})
    """
    members: list[dict[int, list[int]]] = [{i: [i] for i in database.used(mode)} for mode in MODES]
    facts: Sequence[Fact] = database.facts
    axis, unchanged = 0, 0
    while unchanged < 3:  # the three modes in turn, until none has changed
        kept = _classes(facts, axis, disjoint=axis == 2 and database.functional)
        unchanged += 1
        if len(kept) < len(members[axis]):
            unchanged = 1  # what is left of this mode stays distinct until another one shrinks
            members[axis] = {
                i: [n for j in same for n in members[axis][j]] for i, same in kept.items()
            }
            facts = [fact for fact in facts if fact[axis] in kept]
        axis = (axis + 1) % 3
    return _renumber(database, facts, members)


def _classes(facts: Sequence[Fact], axis: int, *, disjoint: bool) -> dict[int, list[int]]:
    """kept index -> the indices whose slices equal its own; sorted facts give sorted slices.

    Keys have their facts together. Slices of others are read where as many facts and the same
    first one leave it open; ``disjoint`` ones, no fact in two of them, are never equal.
    """
    here = itemgetter(axis)
    rest = itemgetter(*(a for a in range(3) if a != axis))
    sizes = Counter(map(here, facts))
    like: dict[Hashable, list[int]] = {}
    if disjoint:
        return {i: [i] for i in sizes}
    if axis == 0:
        cells, end = list(map(rest, facts)), 0
        for i, size in sizes.items():
            like.setdefault(tuple(cells[end : end + size]), []).append(i)
            end += size
        return {same[0]: same for same in like.values()}
    first = dict(zip(map(here, reversed(facts)), reversed(facts), strict=True))
    for i, size in sizes.items():
        like.setdefault((size, rest(first[i])), []).append(i)
    slices: dict[int, list[Hashable]] = {i: [] for same in like.values() if same[1:] for i in same}
    for fact in facts if slices else ():
        if fact[axis] in slices:
            slices[fact[axis]].append(rest(fact))
    groups: dict[Hashable, list[int]] = {}
    for i in sizes:
        groups.setdefault(tuple(slices.get(i, (i,))), []).append(i)
    return {same[0]: same for same in groups.values()}


def _renumber(
    database: Database, facts: Sequence[Fact], members: list[dict[int, list[int]]]
) -> tuple[Database, Members]:
    order = [sorted(kept) for kept in members]
    new = [dict(zip(indices, range(len(indices)), strict=True)) for indices in order]
    labels = [tuple(database.labels(m)[i] for i in o) for m, o in zip(MODES, order, strict=True)]
    moved = (
        map(numbers.__getitem__, map(itemgetter(axis), facts)) for axis, numbers in enumerate(new)
    )
    small = Database(*labels, tuple(zip(*moved, strict=True)))  # type: ignore[call-arg, arg-type]  # three of them
    spread = tuple(
        {new[axis][old]: same for old, same in members[axis].items()} for axis in range(3)
    )
    return small, spread


def spread(terms: Iterable[Term], members: Members) -> tuple[Term, ...]:
    """Terms of the small database as terms of the whole: every copy gets its kept one's entry."""
    same = [all(copies == [i] for i, copies in kept.items()) for kept in members]

    def copied(vector: Vector, axis: int) -> Vector:
        kept = members[axis]
        return {n: x for i, x in vector.items() for n in kept[i]}

    return tuple(
        Term(*(v if same[axis] else copied(v, axis) for axis, v in enumerate(term)))
        for term in terms
    )


def functions_of(database: Database, mode: str) -> dict[int, dict[int, int]]:
    """mode index -> (other index -> value), for the relations (Q) or the keys (K)."""
    functions: dict[int, dict[int, int]] = {}
    for k, q, v in database.facts:
        if mode == "Q":
            functions.setdefault(q, {})[k] = v
        else:
            functions.setdefault(k, {})[q] = v
    return functions


def demand_functional(database: Database, name: str) -> None:
    if not database.functional:
        raise FactrankError(
            f"{name}: expected a functional database (one value per key and query), "
            f"found {len(database) - database.pair_counts()['KQ']} further values"
        )
