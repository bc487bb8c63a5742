"""A matrix as the fewest possible sum of column times row, exactly: the engine of upper bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from flint import fmpz_mat, nmod_mat

from factrank.rank.algebra.exact import PRIME, Pivot, Rows, _columns_of, _dense, _transpose, peel
from factrank.rank.algebra.terms import Number

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
    size = min(len(order), len(columns))
    cells = _dense(core, order, columns)
    if size > LARGE_CORE or nmod_mat(len(order), len(columns), cells, PRIME).rank() == size:
        if len(order) < len(columns):
            return [({i: 1}, dict(core[i])) for i in order]
        return [(dict(across[j]), {j: 1}) for j in columns]
    reduced, denominator, found = fmpz_mat(len(order), len(columns), cells).rref()
    pairs: list[Outer] = []
    j = 0
    for m in range(found):
        while reduced[m, j] == 0:
            j += 1
        y = {
            columns[n]: _exact(int(reduced[m, n]), int(denominator))
            for n in range(len(columns))
            if reduced[m, n] != 0
        }
        pairs.append((dict(across[columns[j]]), y))
    return pairs


def _exact(numerator: int, denominator: int) -> Number:
    value = Fraction(numerator, denominator)
    return value.numerator if value.denominator == 1 else value
