"""P6 on large databases: a substitution of values, grown pivot by pivot from the best P5.

S are the substituted values, a column (q, v) has v outside S, a pivot puts on it the row of a key
with the fact (k, q, v). The cell of row k at column (q', v') is nonzero if (k, q', v') is a fact,
and unknown if a fact (k, q', s) has s in S: then it is so for all v'. Let a pivot "lead to" the
pivots at whose columns its row is nonzero or unknown. Pivots that lead to no circle can be ordered
so that each row is known and zero at all later columns, and that is all P6 asks. So a pivot may be
added if nothing that its row leads to leads back: a walk over pivots, no matrix. A row that is
unknown at its own column leads back at once. S only shrinks: its slices stay independent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from factrank.facts.database import Database
from factrank.rank.algebra.exact import Minor
from factrank.rank.lower.bounds import LowerBound, independent, minor_data, substituted


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
    all, and end early at ``goal`` (an upper bound) or when ``stop()``. [ours]

    >>> from factrank.rank.lower.bounds import mixed
    >>> db = Database.from_triples(
    ...     [("a", "r", "x"), ("b", "r", "y"), ("b", "s", "x"), ("c", "s", "y"), ("c", "r", "z")])
    >>> mixed(db).value, grow(db, mixed(db)).value
    (3, 4)
    """
    keys, queries, values = ({x: i for i, x in enumerate(database.labels(m))} for m in "KQV")
    gone = {values[label] for label in start.data["substitute"]["labels"]}
    pivots = Pivots(rows_of(database), len(values), gone, work)
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
    gone, proof = independent(database, "V", pivots.gone)
    labels = [database.values[v] for v in gone]
    rest = minor_data(database, "K", Minor(tuple(pivots.in_order()), (), ()))
    return LowerBound(pivots.size, "P6", substituted(("V", "K"), labels, proof, rest))


def rows_of(database: Database) -> dict[int, list[tuple[int, int]]]:
    """key -> its facts, as (query, value).

    >>> rows_of(Database.from_triples([("a", "r", "x"), ("a", "r", "y")]))
    {0: [(0, 0), (0, 1)]}
    """
    rows: dict[int, list[tuple[int, int]]] = {}
    for k, q, v in database.facts:
        rows.setdefault(k, []).append((q, v))
    return rows


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


class Pivots:
    """The values S (``gone``) and the pivots chosen so far, as columns with their keys.

    ``rows`` maps a key to its facts (query, value). A column (q, v) is the number q * ``width`` +
    v; the number -1 - q stands for all columns of query q, so that a row unknown there leads to
    one node.
    ``work`` counts down the steps of all walks.
    """

    def __init__(
        self, rows: Mapping[int, Sequence[tuple[int, int]]], width: int, gone: set[int], work: int
    ) -> None:
        self.rows, self.width, self.gone, self.work = rows, width, gone, work
        self.key_of: dict[int, int] = {}
        self.column_of: dict[int, int] = {}
        self.keys: dict[int, list[int]] = {}  # column -> the keys with that fact, lightest first
        for key in sorted(rows, key=lambda k: len(rows[k])):
            for q, v in rows[key]:
                self.keys.setdefault(q * width + v, []).append(key)
        self.columns: dict[int, list[int]] = {}  # value -> its columns
        for column in self.keys:
            self.columns.setdefault(column % width, []).append(column)
        self._in_query: dict[int, set[int]] = {}
        self._holders: dict[int, set[int]] = {}  # column -> other pivots whose row has that fact
        self._unknown: dict[int, set[int]] = {}  # query -> pivots whose row is unknown there

    @property
    def size(self) -> int:
        """The number of substituted values plus the number of pivots, which P6 proves."""
        return len(self.gone) + len(self.key_of)

    def missing(self) -> list[int]:
        """The columns outside S without a pivot; those with a light key first."""
        free = [c for c in self.keys if c not in self.key_of and c % self.width not in self.gone]
        return sorted(free, key=lambda c: len(self.rows[self.keys[c][0]]))

    # ---- changes ----------------------------------------------------------------------------

    def add(self, key: int, column: int) -> None:
        """Make key and column a pivot: both unused, and ``fits(key, column)``."""
        self.key_of[column], self.column_of[key] = key, column
        self._in_query.setdefault(column // self.width, set()).add(column)
        for q, v in self.rows[key]:
            if (cell := q * self.width + v) != column:
                self._holders.setdefault(cell, set()).add(column)
            if v in self.gone:
                self._unknown.setdefault(q, set()).add(column)

    def remove(self, column: int) -> None:
        """Give column and key free."""
        key = self.key_of.pop(column)
        del self.column_of[key]
        self._in_query[column // self.width].discard(column)
        for q, v in self.rows[key]:
            if (cell := q * self.width + v) != column:
                self._holders[cell].discard(column)
            if v in self.gone:
                self._unknown[q].discard(column)

    def place(self, column: int) -> bool:
        """Put the lightest unused key that fits on the column; False if there is none."""
        for key in self.keys[column]:
            if self.work <= 0:
                return False
            if key not in self.column_of and self.fits(key, column):
                self.add(key, column)
                return True
        return False

    def release(self, value: int) -> bool:
        """Take a value out of S if at least one of its columns can be placed instead."""
        self.gone.discard(value)
        for column in self.columns[value]:
            self._known_again(column)
        if sum([self.place(column) for column in self.columns[value]]):
            return True
        self.gone.add(value)
        for column in self.columns[value]:
            holders = self._holders.get(column, set())
            self._unknown.setdefault(column // self.width, set()).update(holders)
        return False

    def _known_again(self, column: int) -> None:
        """Rows with a fact at this column, whose value has left S, and at its query none in S."""
        query = column // self.width
        unknown = self._unknown.get(query, set())
        for holder in self._holders.get(column, ()):
            facts = self.rows[self.key_of[holder]]
            if not any(q == query and v in self.gone for q, v in facts):
                unknown.discard(holder)

    # ---- what leads to what -----------------------------------------------------------------

    def fits(self, key: int, column: int) -> bool:
        """True if nothing that the row leads to leads back to the column.

        Two walks take turns, onwards from the row and back from the column: once one of them has
        ended without meeting the other, there is no way.
        """
        onwards, back = self._from_row(key, column), list(self._to(column))
        seen, met = set(onwards), set(back)
        if not seen.isdisjoint(met):
            return False
        for node, origin in zip(onwards, back, strict=False):  # both grow as we go
            if self._extend(onwards, seen, self._from(node), met):
                return False
            if self._extend(back, met, self._to(origin), seen):
                return False
        return True

    def _extend(
        self, walk: list[int], seen: set[int], nodes: Iterable[int], others: set[int]
    ) -> bool:
        """Take new nodes into the walk; True if it meets the other one."""
        for node in nodes:
            self.work -= 1
            if node in others:
                return True
            if node not in seen:
                seen.add(node)
                walk.append(node)
        return False

    def _from(self, node: int) -> Iterable[int]:
        if node < 0:
            return self._in_query.get(-1 - node, ())
        return self._from_row(self.key_of[node], node)

    def _from_row(self, key: int, column: int) -> list[int]:
        found = []
        for q, v in self.rows[key]:
            if v in self.gone:
                found.append(-1 - q)
            elif (other := q * self.width + v) != column and other in self.key_of:
                found.append(other)
        return found

    def _to(self, node: int) -> Iterable[int]:
        if node < 0:
            return self._unknown.get(-1 - node, ())
        return [-1 - node // self.width, *self._holders.get(node, ())]

    def in_order(self) -> list[tuple[int, int]]:
        """The pivots (key, column), each after all those that its row leads to."""
        order: list[tuple[int, int]] = []
        seen: set[int] = set()
        for first in self.key_of:
            stack = [] if first in seen else [(first, iter(self._from(first)))]
            seen.add(first)
            while stack:
                node, rest = stack[-1]
                after = next((n for n in rest if n not in seen), None)
                if after is not None:
                    seen.add(after)
                    stack.append((after, iter(self._from(after))))
                    continue
                stack.pop()
                if node >= 0:
                    order.append((self.key_of[node], node))
        return order
