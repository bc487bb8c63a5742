"""The checker's part for P9: an identity of polynomials, expanded by its definition.

P9  The inner proof (P1, P5 or P6) clears slices S of mode a and shows that in T', what is left,
    the rows i_1 .. i_t along b are independent whatever the unknown cells are: rank T >= |S| + t.
    Let T_x = sum x_m T_(i_m), a matrix along a and the third mode, and T'_x = P T_x what is left
    of it: P has a kernel of dimension |S|. If rank T were |S| + t, some t matrices of rank one
    would span all T'_x; they lie among them, as dimensions agree. Where T'_x has rank one, T_x has
    rank at most |S| + 1, and its minors of size d = |S| + 2 vanish. If minors of T_x, with weights,
    add up to (form(x))^d as polynomials, then form(x) = 0 at all these x, which span R^t; but the
    form is not 0. So rank T >= |S| + t + 1.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import combinations_with_replacement, permutations, product
from math import comb, factorial, prod
from typing import Any

from factrank.facts import strict
from factrank.facts.database import MODES
from factrank.facts.strict import show, wrong
from factrank.rank.verify.work import Work, cleared, product_steps, words

DEGREE = 4  # the largest minors we expand
MONOMIALS, PRODUCTS = 2 * 10**5, 4 * 10**6  # of a power, of all minors: each is kept
Facts = Sequence[tuple[int, int, int]]


def identity(
    at: str, data: Any, facts: Facts, index: Sequence[Mapping[str, int]], work: Work
) -> None:
    """Check all of P9 but its inner proof, which is checked already."""
    inner = data["inner"]
    first = inner.get("substitute", {"mode": None, "labels": []})
    b = MODES.index(inner["mode"] if inner["theorem"] == "P1" else inner["unfolding"])
    a = MODES.index(strict.one_of(f"{at}.mode", data["mode"], MODES.replace(MODES[b], "")))
    if first["mode"] not in (None, MODES[a]):
        wrong(f"{at}.mode", "the mode of the slices cleared", show(data["mode"]))
    c, degree = 3 - a - b, len(first["labels"]) + 2
    if degree > DEGREE:
        wrong(f"{at}.inner.substitute.labels", f"at most {DEGREE - 2} labels", str(degree - 2))
    rows = [row for row, _ in inner["pivots"]] + inner["core"]["rows"]
    variable = {index[b][row]: n for n, row in enumerate(rows)}
    cells: dict[tuple[int, int], list[int]] = {}
    for f in facts:
        if f[b] in variable:
            cells.setdefault((f[a], f[c]), []).append(variable[f[b]])
    vector = strict.vector(f"{at}.form", data["form"], index[b])
    if any(i not in variable for i, _ in vector):
        wrong(f"{at}.form", "rows of the inner minor", "another row")
    minors = strict.items(f"{at}.minors", data["minors"])
    for n, minor in enumerate(minors):
        strict.fields(f"{at}.minors[{n}]", minor, "times rows columns")
    weights = [strict.number(f"{at}.minors[{n}].times", m["times"]) for n, m in enumerate(minors)]
    # In whole numbers: both sides times the common denominators d and e^degree.
    weights, d = cleared(f"{at}.minors", weights, work)
    numbers, e = cleared(f"{at}.form", (x for _, x in vector), work)
    form = dict(sorted((variable[i], x) for (i, _), x in zip(vector, numbers, strict=True)))
    if (size := comb(len(form) + degree - 1, degree)) > MONOMIALS:
        wrong(f"{at}.form", f"a power of at most {MONOMIALS} monomials", f"{size}")
    long = words([d]) + words(weights) + degree * (words([e]) + words(numbers))
    work.take(f"{at}.form", size * degree * (3 + product_steps(long, long)))
    work.keep(f"{at}.form", size, long)
    left, made = Counter[tuple[int, ...]](), 0
    for chosen in combinations_with_replacement(form, degree):
        orders = factorial(degree) // prod(map(factorial, Counter(chosen).values()))
        left[chosen] = d * orders * prod(form[i] for i in chosen)
    for n, (minor, weight) in enumerate(zip(minors, weights, strict=True)):
        there = f"{at}.minors[{n}]"
        down, across = (
            [strict.position(f"{there}.{x}", label, index[m]) for label in
             strict.items(f"{there}.{x}", minor[x], degree)]
            for x, m in (("rows", a), ("columns", c))
        )  # fmt: skip
        whole = weight * e**degree
        for order in permutations(range(degree)):
            sign = (-1) ** sum(order[i] > order[j] for j in range(degree) for i in range(j))
            chosen_cells = [cells.get((i, across[m]), []) for i, m in zip(down, order, strict=True)]
            made += (new := 1 + prod(map(len, chosen_cells)))
            if made > PRODUCTS:
                wrong(there, f"at most {PRODUCTS} products of cells in all", f"{made}")
            work.take(there, new * long)
            work.keep(there, new, long)
            for monomial in product(*chosen_cells):
                left[tuple(sorted(monomial))] -= sign * whole
    for monomial, rest in left.items():
        if rest:
            names = ", ".join(show(rows[n]) for n in monomial)
            less = show(Fraction(int(rest), d * e**degree))
            wrong(f"{at}.minors", f"the power of the form, also at {names}", f"{less} less")
