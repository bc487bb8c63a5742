"""P6 on large databases: a substitution of values, grown pivot by pivot from the best P5."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from factrank.facts.database import Database
from factrank.rank.algebra.exact import PRIME
from factrank.rank.algebra.relations import demand_functional, functions_of
from factrank.rank.lower.bounds import LowerBound
from factrank.rank.lower.pivots import Pivots


def grow(
    database: Database,
    start: LowerBound,
    work: int = 4_000_000,
    goal: int | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> LowerBound:
    """P6 with values substituted and keys as rows, at least as many as the pivots of ``start``.

    ``start`` is ``lower.mixed(database)``; a dense core in it is not kept. Four moves are repeated
    until none helps: give a column a key with fewer facts, add columns, take a value out of S for
    at least one of its columns, pass a key on to another column. They may take ``work`` steps in
    all, and end early at ``goal`` (an upper bound) or when ``stop()``. Needs a functional
    database. [ours]

    >>> from factrank.rank.lower.bounds import mixed
    >>> db = Database.from_triples(
    ...     [("a", "r", "x"), ("b", "r", "y"), ("b", "s", "x"), ("c", "s", "y"), ("c", "r", "z")])
    >>> mixed(db).value, grow(db, mixed(db)).value
    (3, 4)
    """
    demand_functional(database, "P6 grown")
    keys, queries, values = ({x: i for i, x in enumerate(database.labels(m))} for m in "KQV")
    gone = {values[label] for label in start.data["substitute"]["labels"]}
    pivots = Pivots(functions_of(database, "K"), len(values), gone, work)
    for key, (query, value) in start.data["pivots"]:
        pivots.add(keys[key], queries[query] * len(values) + values[value])

    def ended() -> bool:
        return pivots.work <= 0 or pivots.size == goal or stop()

    size = -1
    while size < pivots.size and not ended():
        size = pivots.size
        for move in (_lighten, _fill, _release, _pass_on):
            for _ in move(pivots):
                if ended():
                    break
    return _bound(database, pivots)


def _bound(database: Database, pivots: Pivots) -> LowerBound:
    labels = [database.values[v] for v in sorted(pivots.gone)]
    listed = []
    for key, column in pivots.in_order():
        q, v = divmod(column, pivots.width)
        listed.append([database.keys[key], [database.queries[q], database.values[v]]])
    data = {
        "substitute": {"mode": "V", "labels": labels, "minor": None},
        "unfolding": "K",
        "pivots": listed,
        "core": {"prime": PRIME, "rows": [], "columns": []},
    }
    return LowerBound(pivots.size, "P6", data)


# ---- moves: none loses a pivot; each yields after every step, so that the caller can end it ------


def _lighten(pivots: Pivots) -> Iterator[None]:
    """Give a column the lightest unused key: a shorter row leads to less."""
    for column in list(pivots.key_of):
        yield
        light = next((k for k in pivots.keys[column] if k not in pivots.column_of), None)
        old = pivots.key_of[column]
        if light is not None and len(pivots.rows[light]) < len(pivots.rows[old]):
            pivots.remove(column)
            pivots.add(light if pivots.fits(light, column) else old, column)


def _fill(pivots: Pivots) -> Iterator[None]:
    """Put a key on each column that has none, where one fits."""
    for column in pivots.missing():
        yield
        pivots.place(column)


def _release(pivots: Pivots) -> Iterator[None]:
    """Take values of several columns out of S."""
    for value in sorted(pivots.gone):
        if len(pivots.columns[value]) > 1:
            yield
            pivots.release(value)


def _pass_on(pivots: Pivots) -> Iterator[None]:
    """Take a key from its column for a missing one, if the first finds another key."""
    for column in pivots.missing():
        for key in pivots.keys[column]:
            yield
            if key in pivots.column_of and _pass(pivots, key, column):
                break


def _pass(pivots: Pivots, key: int, column: int) -> bool:
    before = pivots.column_of[key]
    pivots.remove(before)
    if pivots.fits(key, column):
        pivots.add(key, column)
        if pivots.place(before):
            return True
        pivots.remove(column)
    pivots.add(key, before)
    return False
