"""P9, spanning: a space of matrices that its own matrices of rank one do not span. [cited, ours]

Slices S of mode a are substituted as in P6, and t rows of the unfolding along b stay independent
whatever the factors are. If rank(T) were only |S| + t, the t matrices of these rows would, after
the substitution, be spanned by t matrices of rank one. Before it these have rank at most |S| + 1,
so all minors of size d = |S| + 2 vanish on them. If some combination of these minors is the d-th
power of a linear form, they all lie in its kernel, and cannot span: rank(T) >= |S| + t + 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations, combinations_with_replacement, permutations, product
from math import factorial, prod
from typing import Any

from flint import fmpq_mat, nmod_mat

from factrank.facts.database import MODES, Database
from factrank.facts.labels import axis_of
from factrank.rank.algebra.exact import PRIME
from factrank.rank.algebra.linear import leads
from factrank.rank.algebra.terms import exact, written
from factrank.rank.lower.bounds import LowerBound, unfolding
from factrank.rank.lower.substitution import ROLES, triangular

ROWS, MINORS, DEGREE = 7, 600, 3  # the most rows, minors and their size that are looked at
Monomial = tuple[int, ...]  # the variables, sorted, each as often as its power
Form = Mapping[Monomial, int]
Place = tuple[tuple[int, ...], tuple[int, ...]]  # rows and columns of a minor


def spanning(database: Database, known: LowerBound) -> LowerBound | None:
    """P9 on top of a P1, P5 or P6 bound: one more than it, or None. [cited, ours]

    >>> from factrank.rank.lower.bounds import unfolding
    >>> w = Database.from_triples([("0", "0", "1"), ("0", "1", "0"), ("1", "0", "0")])
    >>> spanning(w, unfolding(w, "K")).value
    3
    """
    first = known.data.get("substitute", {"mode": None, "labels": ()})
    b = known.data.get("unfolding", known.data.get("mode"))
    degree = len(first["labels"]) + 2
    names = [row for row, _ in known.data["pivots"]] + list(known.data["core"]["rows"])
    a = first["mode"] or next(m for m in MODES if m != b)
    if degree > DEGREE or not 0 < len(names) <= ROWS:
        return None
    index = {label: i for i, label in enumerate(database.labels(b))}
    entries = _entries(database, axis_of(b), axis_of(a), [index[x] for x in names])
    minors = _minors(entries, degree)
    found = _power(minors, len(names), degree) if minors else None
    if found is None:
        return None
    form, weights = found
    x, y = database.labels(a), database.labels(MODES[3 - axis_of(a) - axis_of(b)])
    data = {
        "inner": known.document(),
        "mode": a,
        "form": {names[i]: r for i, r in enumerate(form) if r},
        "minors": [
            {
                "times": written(weight),
                "rows": [x[i] for i in place[0]],
                "columns": [y[j] for j in place[1]],
            }
            for place, weight in weights
        ],
    }
    return LowerBound(known.value + 1, "P9", data)


def _entries(
    database: Database, b: int, a: int, rows: Sequence[int]
) -> dict[tuple[int, int], list[int]]:
    """(index of a, index of c) -> the variables whose matrix has a 1 there."""
    place = {i: n for n, i in enumerate(rows)}
    entries: dict[tuple[int, int], list[int]] = {}
    for fact in database.facts:
        if fact[b] in place:
            entries.setdefault((fact[a], fact[3 - a - b]), []).append(place[fact[b]])
    return entries


def _minors(
    entries: Mapping[tuple[int, int], Sequence[int]], degree: int
) -> list[tuple[Place, Form]]:
    """All minors of this size that are not zero, as forms in the variables; none if too many."""
    height, width = sorted({i for i, _ in entries}), sorted({j for _, j in entries})
    found: list[tuple[Place, Form]] = []
    for rows in combinations(height, degree):
        for columns in combinations(width, degree):
            form = minor_form(entries, rows, columns)
            if form:
                found.append(((rows, columns), form))
            if len(found) > MINORS:
                return []
    return found


def minor_form(
    entries: Mapping[tuple[int, int], Sequence[int]], rows: Sequence[int], columns: Sequence[int]
) -> Form:
    """The determinant of the square with these rows and columns, by its definition."""
    form: dict[Monomial, int] = {}
    for order in permutations(range(len(rows))):
        sign = prod(-1 for i, j in combinations(order, 2) if i > j)
        cells = [entries.get((i, columns[n]), ()) for i, n in zip(rows, order, strict=True)]
        for chosen in product(*cells):
            monomial = tuple(sorted(chosen))
            form[monomial] = form.get(monomial, 0) + sign
    return {monomial: x for monomial, x in form.items() if x}


def _power(
    minors: Sequence[tuple[Place, Form]], size: int, degree: int
) -> tuple[tuple[int, ...], list[tuple[Place, Any]]] | None:
    """A linear form with coefficients -1, 0, 1 whose power is a combination of the minors."""
    monomials = list(combinations_with_replacement(range(size), degree))
    place = {monomial: n for n, monomial in enumerate(monomials)}
    matrix = nmod_mat(len(minors), len(monomials), PRIME)
    for n, (_, form) in enumerate(minors):
        for monomial, x in form.items():
            matrix[n, place[monomial]] = x
    kernel, free = matrix.nullspace()  # what every combination of the minors is orthogonal to
    orthogonal = [[int(kernel[i, j]) for i in range(len(monomials))] for j in range(free)]
    for form in _forms(size):
        power = [multinomial(m) * prod(form[i] for i in m) for m in monomials]
        if all(sum(map(int.__mul__, power, line)) % PRIME == 0 for line in orthogonal):
            weights = _solve(minors, place, power)
            if weights:
                return form, weights
    return None


def _forms(size: int) -> Iterator[tuple[int, ...]]:
    every = product((0, 1, -1), repeat=size)
    yield from sorted(
        (f for f in every if next((x for x in f if x), 0) > 0), key=lambda f: sum(map(abs, f))
    )


def multinomial(monomial: Monomial) -> int:
    """The coefficient of a monomial in a power of the sum of all variables."""
    return factorial(len(monomial)) // prod(factorial(monomial.count(i)) for i in set(monomial))


def _solve(
    minors: Sequence[tuple[Place, Form]], place: Mapping[Monomial, int], power: Sequence[int]
) -> list[tuple[Place, Any]]:
    """The weights of the minors whose sum is the power; empty if there are none over Q."""
    n = len(minors)
    matrix = fmpq_mat(len(place), n + 1)
    for j, (_, form) in enumerate(minors):
        for monomial, x in form.items():
            matrix[place[monomial], j] = x
    for i, x in enumerate(power):
        matrix[i, n] = x
    reduced, found = matrix.rref()
    weights = []
    for r, j in enumerate(leads(reduced, found)):
        if j == n:
            return []
        if reduced[r, n] != 0:
            weights.append((minors[j][0], exact(reduced[r, n])))
    return weights


def best_spanning(
    database: Database, goal: int, seed: int, stop: Callable[[], bool] = lambda: False
) -> LowerBound | None:
    """P9 with no slice or one slice substituted, where it proves ``goal``. [cited, ours]"""
    for mode in MODES:
        flat = unfolding(database, mode)
        if flat.value + 1 >= goal and (found := spanning(database, flat)):
            return found
    for a, b in ROLES:
        for i in database.used(a):
            if stop():
                return None
            label = database.labels(a)[i]
            known = triangular(database, a, [label], b, tries=3, seed=seed)
            if known and known.value + 1 >= goal and (found := spanning(database, known)):
                return found
    return None
