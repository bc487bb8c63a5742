"""Exact ranks and factors of sparse integer matrices: peel what is triangular, hand the dense core
to flint.

A row with a single entry (or a column with a single entry) can be used as a pivot without
touching any other entry, and equal rows count once. On tables of facts these two rules usually
leave nothing; what they leave is small, dense, and flint's job.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flint import fmpq, fmpz_mat, nmod_mat

from factrank.facts.matrix import SparseMatrix
from factrank.rank.algebra.linear import leads
from factrank.rank.algebra.terms import Number, exact

PRIME = 2_147_483_647  # the largest prime below 2**31: fast in flint, rarely divides a minor
Rows = Mapping[int, Mapping[int, int]]


@dataclass(frozen=True)
class Pivot:
    """One peeled position: its ``row`` (or, if ``by_column``, its column) had no other entry."""

    row: int
    column: int
    by_column: bool


@dataclass(frozen=True)
class Minor:
    """A nonsingular square part of a matrix: ``pivots`` in peeling order, then a dense core.

    Peeled pivots make the minor block triangular; the core's determinant is nonzero modulo
    ``prime``, hence nonzero. So ``size`` = ``len(pivots) + len(rows)`` is a lower bound on the
    rank over Q, and equals the rank modulo ``prime``.
    """

    pivots: tuple[tuple[int, int], ...]
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    prime: int = PRIME

    @property
    def size(self) -> int:
        return len(self.pivots) + len(self.rows)


def rank(matrix: SparseMatrix) -> int:
    """The rank over the rational numbers, exact.

    Peeled pivots count one each; the core goes to ``flint.fmpz_mat.rank`` unless its rank modulo
    a prime is already full (a rank modulo a prime never exceeds the rational rank). [ours]

    >>> rank(SparseMatrix((2, 2), ({0: 1, 1: 1}, {0: 1, 1: -1})))
    2
    """
    return rank_of(dict(enumerate(matrix.rows)))


def rank_of(rows: Rows) -> int:
    """The same of a matrix as row -> column -> entry.

    >>> rank_of({5: {0: 1, 1: 1}, 7: {0: 1, 1: -1}})
    2
    """
    pivots, core = reduce(rows)
    return len(pivots) + core_rank(core)


def core_rank(core: Rows) -> int:
    """The rank over the rational numbers of what ``reduce`` leaves.

    >>> core_rank({0: {0: 1, 1: 1}, 1: {0: 1, 1: -1}})
    2
    """
    if not core:
        return 0
    height, width, cells = _dense(core)
    modular = nmod_mat(height, width, cells, PRIME).rank()
    return modular if modular == min(height, width) else fmpz_mat(height, width, cells).rank()


def rank_mod(matrix: SparseMatrix, prime: int) -> int:
    """The rank modulo a prime: never above the rational rank, sometimes below it.

    >>> m = SparseMatrix((2, 2), ({0: 1, 1: 1}, {0: 1, 1: -1}))
    >>> rank_mod(m, 2), rank_mod(m, 3)
    (1, 2)
    """
    rows = {i: {j: x for j, x in row.items() if x % prime} for i, row in enumerate(matrix.rows)}
    pivots, core = reduce(rows)
    return len(pivots) + (nmod_mat(*_dense(core), prime).rank() if core else 0)


def minor(matrix: SparseMatrix, prime: int = PRIME) -> Minor:
    """A largest minor that is nonsingular modulo ``prime``, as checkable data. [ours]

    >>> minor(SparseMatrix((2, 2), ({0: 1}, {0: 1, 1: 1}))).size
    2
    """
    pivots, core = reduce(dict(enumerate(matrix.rows)))
    peeled = tuple((p.row, p.column) for p in pivots)
    if not core:
        return Minor(peeled, (), (), prime)
    rows, columns = list(core), _columns_of(core)
    if len(rows) > len(columns):  # fewer columns than rows: find independent rows first
        picked = _independent(core, rows, columns, prime, transposed=True)
        part = {i: core[i] for i in picked}
        chosen = _independent(part, picked, columns, prime, transposed=False)
        return Minor(peeled, tuple(picked), tuple(chosen), prime)
    chosen = _independent(core, rows, columns, prime, transposed=False)
    keep = set(chosen)
    part = {i: {j: x for j, x in core[i].items() if j in keep} for i in rows}
    picked = _independent(part, rows, chosen, prime, transposed=True)
    return Minor(peeled, tuple(picked), tuple(chosen), prime)


def _independent(
    core: Rows, rows: list[int], columns: list[int], prime: int, *, transposed: bool
) -> list[int]:
    """The pivot columns of the echelon form, or the pivot rows if ``transposed``."""
    matrix = nmod_mat(*_dense(core, rows, columns), prime)
    labels = rows if transposed else columns
    reduced, size = (matrix.transpose() if transposed else matrix).rref()
    return [labels[j] for j in leads(reduced, size)]


# ---- reduction: peeling and equal rows ------------------------------------------------------


def reduce(rows: Rows) -> tuple[list[Pivot], dict[int, dict[int, int]]]:
    """Peel singletons and drop repeated rows and columns until nothing changes.

    Returns the pivots in order and the core (row -> column -> entry), with
    ``rank_of(rows) == len(pivots) + rank_of(core)``. Time and memory are linear in the entries for
    each round; rounds are few. [ours]

    >>> pivots, core = reduce({0: {0: 1}, 1: {0: 1, 1: 1}})
    >>> len(pivots), core
    (2, {})
    """
    pivots: list[Pivot] = []
    while True:
        found, core = peel(rows)
        pivots += found
        fewer = _transpose(_distinct(_transpose(_distinct(core))))
        if _entries(fewer) == _entries(core):
            return pivots, core
        rows = fewer


def peel(rows: Rows) -> tuple[list[Pivot], dict[int, dict[int, int]]]:
    """Use singleton rows and columns as pivots, again and again; return pivots and what is left."""
    by_column: dict[int, list[int]] = {}
    for i, row in rows.items():
        for j in row:
            by_column.setdefault(j, []).append(i)
    row_size = {i: len(row) for i, row in rows.items()}
    column_size = {j: len(members) for j, members in by_column.items()}
    # Columns are peeled first: on facts they are the cheaper half.
    todo = [(i, False) for i, n in row_size.items() if n == 1]
    todo += [(j, True) for j, n in column_size.items() if n == 1]
    pivots: list[Pivot] = []
    while todo:
        index, is_column = todo.pop()
        sizes = column_size if is_column else row_size
        if sizes.get(index) != 1:
            continue  # used up or removed since it was queued
        if is_column:
            i, j = next(i for i in by_column[index] if i in row_size), index
        else:
            i, j = index, next(j for j in rows[index] if j in column_size)
        pivots.append(Pivot(i, j, is_column))
        del row_size[i], column_size[j]
        _shrink(rows[i], column_size, todo, is_column=True)
        _shrink(by_column[j], row_size, todo, is_column=False)
    left = {
        i: {j: x for j, x in rows[i].items() if j in column_size} for i, n in row_size.items() if n
    }
    return pivots, left


def _shrink(
    members: Iterable[int], sizes: dict[int, int], todo: list[tuple[int, bool]], *, is_column: bool
) -> None:
    for index in members:
        if index in sizes:
            sizes[index] -= 1
            if sizes[index] == 1:
                todo.append((index, is_column))


def _distinct(rows: Rows) -> dict[int, dict[int, int]]:
    """The rows without repetitions (the first of each kind stays)."""
    return {first: dict(rows[first]) for first, *_ in _classes(rows)}


def _transpose(rows: Rows) -> dict[int, dict[int, int]]:
    columns: dict[int, dict[int, int]] = {}
    for i, row in rows.items():
        for j, x in row.items():
            columns.setdefault(j, {})[i] = x
    return columns


def _entries(rows: Rows) -> int:
    return sum(map(len, rows.values()))


def _columns_of(rows: Rows) -> list[int]:
    return sorted({j for row in rows.values() for j in row})


def _dense(
    rows: Rows, order: Sequence[int] = (), columns: Sequence[int] = ()
) -> tuple[int, int, list[int]]:
    """Height, width and cells, as flint takes them; without an order, of all rows and columns."""
    order, columns = order or list(rows), columns or _columns_of(rows)
    cells = [row.get(j, 0) for row in map(rows.__getitem__, order) for j in columns]
    return len(order), len(columns), cells


# ---- factors: a matrix as the fewest columns times rows, the engine of upper bounds -----------


Outer = tuple[Mapping[int, Number], Mapping[int, Number]]
LARGE_CORE = 300  # beyond this, rational coefficients grow absurd and lines are used instead


def factor(rows: Rows) -> list[Outer]:
    """Pairs (x, y) with ``matrix[i, j] = sum x[i] * y[j]``, as many as the rank.

    Peeled pivots give one pair each: a singleton row takes its whole column (x is that column),
    a singleton column its whole row. Equal rows and equal columns are treated once. A core of
    full rank is split into its lines; any other core is C R with C independent columns of the
    core and R its reduced echelon form (flint, exact). Only a core of more than 300 lines either
    way and not of full rank may cost more pairs than its rank. [ours]

    >>> factor({0: {0: 1, 1: 1}, 1: {0: 1, 1: 1}, 2: {1: 1}})
    [({0: 1, 1: 1, 2: 1}, {1: 1}), ({0: 1, 1: 1}, {0: 1})]
    """
    if len(line := {j for row in rows.values() for j in row}) == 1:  # most slices of a table
        (j,) = line
        return [({i: row[j] for i, row in rows.items() if row}, {j: 1})]
    pivots, core = peel(rows)
    pairs = _peeled(rows, pivots)
    if not core:
        return pairs
    return pairs + _factor_core(core)


def _peeled(rows: Rows, pivots: Sequence[Pivot]) -> list[Outer]:
    columns = _transpose(rows) if any(not p.by_column for p in pivots) else {}
    gone_rows: set[int] = set()
    gone_columns: set[int] = set()
    pairs: list[Outer] = []
    for p in pivots:
        if p.by_column:
            row = {j: x for j, x in rows[p.row].items() if j not in gone_columns}
            pairs.append(({p.row: 1}, row))
        else:
            column = {i: x for i, x in columns[p.column].items() if i not in gone_rows}
            pairs.append((column, {p.column: 1}))
        gone_rows.add(p.row)
        gone_columns.add(p.column)
    return pairs


def _factor_core(core: Rows) -> list[Outer]:
    classes = _classes(core)
    if len(classes) < len(core):
        pairs = factor({members[0]: core[members[0]] for members in classes})
        return [(_spread(x, classes), y) for x, y in pairs]
    across = _transpose(core)
    classes = _classes(across)
    if len(classes) < len(across):
        kept = _transpose({members[0]: across[members[0]] for members in classes})
        return [(x, _spread(y, classes)) for x, y in factor(kept)]
    return _factor_dense(core, across)


def _classes(rows: Rows) -> list[list[int]]:
    groups: dict[frozenset[tuple[int, int]], list[int]] = {}
    for i, row in rows.items():
        groups.setdefault(frozenset(row.items()), []).append(i)
    return list(groups.values())


def _spread(vector: Mapping[int, Number], classes: list[list[int]]) -> dict[int, Number]:
    members = {group[0]: group for group in classes}
    return {i: x for rep, x in vector.items() for i in members[rep]}


def _factor_dense(core: Rows, across: Rows) -> list[Outer]:
    order, columns = list(core), _columns_of(core)
    size, dense = min(len(order), len(columns)), _dense(core, order, columns)
    if size > LARGE_CORE or nmod_mat(*dense, PRIME).rank() == size:
        if len(order) < len(columns):
            return [({i: 1}, dict(core[i])) for i in order]
        return [(dict(across[j]), {j: 1}) for j in columns]
    reduced, denominator, found = fmpz_mat(*dense).rref()
    pairs: list[Outer] = []
    for line, j in zip(reduced.tolist(), leads(reduced, found), strict=False):
        y = {columns[n]: exact(fmpq(x, denominator)) for n, x in enumerate(line) if x != 0}
        pairs.append((dict(across[columns[j]]), y))
    return pairs
