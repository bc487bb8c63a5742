"""P8: two slices make a pencil, and a pencil's rank is known from its Kronecker form.

Ja'Ja' and Grigoriev: the rank of a pencil over an infinite field is
``sum (e + 1) + sum (h + 1) + N + delta``, over the wide blocks of index e and the tall ones of
index h, both at least 1, with N the size of the regular part and delta the number of companion
polynomials that do not split into distinct linear factors over that field.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flint import fmpq, fmpq_mat

from factrank.facts.database import MODES, Database
from factrank.facts.labels import axis_of
from factrank.rank.algebra.kronecker import Kronecker, Polynomial, kronecker
from factrank.rank.algebra.linear import independent, matrix_of
from factrank.rank.algebra.pencil_terms import block_terms, splits_real
from factrank.rank.algebra.terms import Number, Term, Vector, exact, term_of, written
from factrank.rank.lower.bounds import LowerBound


@dataclass(frozen=True)
class Pencil:
    """Two combinations of the slices of one mode, brought to Kronecker form.

    ``mixes`` are the two combinations, ``inside`` tells how each slice of the mode is made from
    them, or is None if some slice is not: then the pencil only bounds the rank from below.
    """

    database: Database
    mode: str
    mixes: tuple[Vector, Vector]
    inside: tuple[tuple[fmpq, fmpq], ...] | None
    form: Kronecker

    def size(self, splits: Callable[[Polynomial], bool]) -> int:
        """The rank over the field in which ``splits`` looks for roots."""
        form = self.form
        lines = sum(e + 1 for e in form.wide) + sum(h + 1 for h in form.tall)
        return lines + sum(len(f) + (not splits(f)) for f in form.companion)

    @property
    def bound(self) -> LowerBound:
        """P8 with the changes of basis that a checker multiplies out."""
        data = self._document()
        return LowerBound(data["value"], "P8", data)

    def _document(self) -> dict[str, Any]:
        form, labels = self.form, self.database.labels
        x, y = (m for m in MODES if m != self.mode)
        height = sum(form.wide) + sum(h + 1 for h in form.tall) + sum(map(len, form.companion))
        width = sum(e + 1 for e in form.wide) + sum(form.tall) + sum(map(len, form.companion))
        rows = [_line(form.rows[i, j] for j in range(form.rows.ncols())) for i in range(height)]
        columns = [
            _line(form.columns[i, j] for i in range(form.columns.nrows())) for j in range(width)
        ]

        def named(vector: Vector, mode: str) -> dict[str, int | str]:
            return {labels(mode)[i]: written(r) for i, r in vector.items() if r}

        return {
            "value": self.size(splits_real),
            "mode": self.mode,
            "slices": [named(mix, self.mode) for mix in self.mixes],
            "rows": [named(row, x) for row in rows],
            "columns": [named(column, y) for column in columns],
            "wide": list(form.wide),
            "tall": list(form.tall),
            "companion": [[written(r) for r in f] for f in form.companion],
        }

    def terms(self) -> tuple[Term, ...]:
        """A rational decomposition, as short as there is over Q. [ours]

        Needs ``inside``. Wide and tall blocks by interpolation; a companion matrix by its roots,
        or else by the roots of a polynomial that splits, and one term for the difference.
        """
        assert self.inside is not None
        left, right = self.form.rows.inv(), self.form.columns.inv()
        axis = axis_of(self.mode)
        terms = []
        for across, (alpha, beta), down in block_terms(self.form):
            x = left * fmpq_mat(len(across), 1, across)
            y = fmpq_mat(1, len(down), down) * right
            middle = _line(alpha * s + beta * t for s, t in self.inside)
            terms.append(term_of(axis, middle, _line(x.entries()), _line(y.entries())))
        return tuple(terms)


def pencils(database: Database, mode: str, shifts: int = 12) -> Pencil | None:
    """The pencil of a mode whose slices are all combinations of two of them. [cited]

    None if no two slices span the others. The real rank is ``bound.value``, exact.

    >>> swap = Database.from_triples(
    ...     [("a", "r", "x"), ("b", "r", "y"), ("a", "s", "y"), ("b", "s", "x")])
    >>> pencils(swap, "Q").bound.value
    2
    """
    used = database.used(mode)
    if not used:
        return None
    slices = _slices(database, mode)
    lines = [one.entries() for one in slices]
    found = independent([lines[i] for i in used], len(lines[0]))
    if len(found) != 2:
        return None
    first, second = (used[n] for n in found)
    inside = _inside(lines, first, second)
    return _pencil(database, mode, slices, first, second, inside, shifts)


def _pencil(
    database: Database,
    mode: str,
    slices: Sequence[fmpq_mat],
    first: int,
    second: int,
    inside: tuple[tuple[fmpq, fmpq], ...] | None,
    shifts: int,
) -> Pencil | None:
    a, b = slices[first], slices[second]
    for c in sorted(range(-shifts, shifts + 1), key=lambda c: (abs(c), -c)):
        form = kronecker(a + c * b, b)
        if form is not None:
            break
    else:
        return None
    # D = a (x) s + b (x) t = (a + c b) (x) s + b (x) (t - c s)
    moved = inside and tuple((s, t - c * s) for s, t in inside)
    mixes = ({first: 1, second: c} if c else {first: 1}, {second: 1})
    return Pencil(database, mode, mixes, moved, form)


def _slices(database: Database, mode: str) -> list[fmpq_mat]:
    axis = axis_of(mode)
    x, y = (n for n in range(3) if n != axis)
    height, width = database.shape[x], database.shape[y]
    slices = [fmpq_mat(height, width) for _ in range(database.shape[axis])]
    for fact in database.facts:
        slices[fact[axis]][fact[x], fact[y]] = 1
    return slices


def _inside(
    lines: Sequence[Sequence[fmpq]], first: int, second: int
) -> tuple[tuple[fmpq, fmpq], ...]:
    """The coefficients of every line in the two that span them all."""
    order = [first, second, *(n for n in range(len(lines)) if n not in (first, second))]
    reduced, _ = matrix_of([lines[n] for n in order], len(lines[0])).transpose().rref()
    found = {n: (reduced[0, j], reduced[1, j]) for j, n in enumerate(order)}
    return tuple(found[n] for n in range(len(lines)))


def _line(numbers: Any) -> dict[int, Number]:
    return {i: exact(x) for i, x in enumerate(numbers) if x != 0}
