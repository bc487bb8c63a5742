"""The checker's part for P7 and P8: matrices are built from the facts, multiplied and compared.

A linear map on one mode never raises the rank of a tensor: it maps each term to a term.

P7  Map mode a onto R^(2p+1) with basis e_0, ..., e_2p, and send e_I (x) b* to the sum of
    T(i, b, c) (e_i ^ e_I) (x) c, for I of p indices. A simple tensor gives a matrix of rank
    binom(2p, p), so rank T >= rank of the matrix / binom(2p, p). Modulo a prime it is no larger.
P8  (Grigoriev; Ja'Ja') Two slices that are a row of blocks on one diagonal have rank
    sum (e + 1) + sum (h + 1) + sum deg f + delta: wide blocks ([I 0], [0 I]) of e >= 1 rows, tall
    ones, their transposes, of h >= 1 columns, and (I, companion matrix of f) with monic f, each
    dividing the one before; delta counts the f without deg f distinct real roots. Here the slices
    are images of T under linear maps on its three modes: a lower bound. If T has no more
    independent rows, columns and slices than its image, it can be mapped back: then it is exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, pairwise
from math import comb
from typing import Any

from flint import fmpq, fmpq_mat, fmpq_poly, fmpz, fmpz_mat, nmod_mat

from factrank.facts import strict
from factrank.facts.database import MODES
from factrank.facts.strict import show, wrong
from factrank.rank.verify.work import FLINT, Work, cleared, common, words

CELLS = 4_000_000  # of the largest matrix of whole numbers that we check
SLICE = 250_000  # of the largest matrix of fractions
Facts = Sequence[tuple[int, int, int]]
Index = Sequence[Mapping[str, int]]


def koszul(at: str, data: Any, facts: Facts, index: Index, work: Work) -> int:
    """Check a lower bound by P7; its value."""
    strict.fields(at, data, "theorem value mode map prime")
    axis, x, y = _modes(at, data)
    vectors = _vectors(f"{at}.map", data["map"], index[axis])
    size, p = len(vectors), data["prime"]
    if size % 2 == 0 or size > 15:
        wrong(f"{at}.map", "an odd number of vectors, at most 15", str(size))
    if type(p) is not int or not 1 < p < 2**63 or not fmpz(p).is_prime():
        wrong(f"{at}.prime", "a prime number below 2^63", show(p))
    for r in (r for vector in vectors for r in vector.values()):
        if r.denominator != 1:
            wrong(f"{at}.map", "whole numbers", show(r))
    inner = list(combinations(range(size), size // 2))
    outer = {J: n for n, J in enumerate(combinations(range(size), size // 2 + 1))}
    rows, columns = (_numbered(f[m] for f in facts) for m in (x, y))
    height, width = len(inner) * len(rows), len(outer) * len(columns)
    if height * width > CELLS:
        wrong(at, f"a matrix of at most {CELLS} entries", str(height * width))
    wedges = [
        (i, n, outer[tuple(sorted((*I, i)))], (-1) ** sum(j < i for j in I))
        for n, I in enumerate(inner)  # noqa: E741
        for i in range(size)
        if i not in I
    ]
    work.take(at, len(facts) * size + height * width * min(height, width) // FLINT)
    mapped: dict[tuple[int, int], list[int]] = {}  # T(i, b, c) at each (b, c)
    for f in facts:
        sums = mapped.setdefault((rows[f[x]], columns[f[y]]), [0] * size)
        for i, vector in enumerate(vectors):
            sums[i] += vector.get(f[axis], 0) % p
    work.take(at, len(mapped) * len(wedges))
    matrix = nmod_mat(height, width, p)
    for (row, column), sums in mapped.items():
        for i, n, m, sign in wedges:
            matrix[n * len(rows) + row, m * len(columns) + column] = sign * sums[i] % p
    value = -(-matrix.rank() // comb(size - 1, size // 2))
    strict.same(f"{at}.value", data["value"], value)
    return value


def pencil(at: str, data: Any, facts: Facts, index: Index, work: Work, exact: bool = False) -> int:
    """Check a lower bound by P8, or an exact rank; its value."""
    strict.fields(at, data, "theorem value mode slices rows columns wide tall companion")
    axis, x, y = _modes(at, data)
    strict.items(f"{at}.slices", data["slices"], 2)
    named = {"slices": axis, "rows": x, "columns": y}
    vectors = [_vectors(f"{at}.{name}", data[name], index[m]) for name, m in named.items()]
    rows, columns = (_numbered(i for v in vectors[n] for i in v) for n in (1, 2))
    size = max(len(rows), len(vectors[1])) * max(len(columns), len(vectors[2]))
    if size > SLICE:
        wrong(at, f"slices of at most {SLICE} entries", str(size))
    blocks = _blocks(at, data, len(vectors[1]), len(vectors[2]), work)
    numbers = [x for some in vectors for vector in some for x in vector.values()]
    denominators = [
        common(at, (x.denominator for x in v.values())) for some in vectors for v in some
    ]
    long = words(numbers) + words(denominators)
    products = len(vectors[1]) * len(columns) * (len(rows) + len(vectors[2]))
    work.take(at, 3 * len(facts) + products * long**2 // 10)
    sums = len(vectors[1]) * (len(columns) + len(vectors[2]))
    work.keep(at, len(numbers) + 2 * sums, 2 * long, now=True)
    left = _matrix(vectors[1], rows)
    right = _matrix(vectors[2], columns).transpose()
    for mix, block, there in zip(vectors[0], blocks, ("slices[0]", "slices[1]"), strict=True):
        matrix = fmpq_mat(len(rows), len(columns))
        for f in facts:
            if f[axis] in mix and f[x] in rows and f[y] in columns:
                matrix[rows[f[x]], columns[f[y]]] += _q(mix[f[axis]])
        if left * matrix * right != block:
            wrong(f"{at}.{there}", "the blocks named, after the changes of basis", "other entries")
    if exact:
        flat = [*blocks[0].entries(), *blocks[1].entries()]
        sizes = (fmpq_mat(2, len(flat) // 2, flat).rank(), len(vectors[1]), len(vectors[2]))
        for m, size in zip((axis, x, y), sizes, strict=True):
            if (found := _unfolding_rank(at, facts, m, work)) != size:
                wrong(at, f"rank {found} in mode {MODES[m]}, as these facts have", str(size))
    lines: int = sum(e + 1 for e in data["wide"]) + sum(h + 1 for h in data["tall"])
    polynomials = [_polynomial(at, f, work) for f in data["companion"]]
    value = lines + sum(f.degree() + (real_roots(f) < f.degree()) for f in polynomials)
    strict.same(f"{at}.value", data["value"], value)
    return value


def _blocks(at: str, data: Any, height: int, width: int, work: Work) -> tuple[fmpq_mat, fmpq_mat]:
    """The two slices that the fields wide, tall and companion describe."""
    first, second, top, left = fmpq_mat(height, width), fmpq_mat(height, width), 0, 0
    sizes = [(int(e), int(e) + 1) for e in _indices(f"{at}.wide", data["wide"])]
    sizes += [(int(h) + 1, int(h)) for h in _indices(f"{at}.tall", data["tall"])]
    for n, f in enumerate(strict.items(f"{at}.companion", data["companion"])):
        sizes.append((len(strict.items(f"{at}.companion[{n}]", f)),) * 2)
    if (height, width) != (found := tuple(map(sum, zip(*sizes, strict=True))) or (0, 0)):
        wrong(at, f"as many rows and columns as the blocks have, {found}", str((height, width)))
    before = None
    for n, (tall, wide) in enumerate(sizes):
        for i in range(min(tall, wide)):
            first[top + i, left + i] = 1
            if tall != wide:
                second[top + i + (tall > wide), left + i + (wide > tall)] = 1
        if tall == wide:
            f = _polynomial(at, data["companion"][n - len(data["wide"]) - len(data["tall"])], work)
            for i in range(tall):
                if i:
                    second[top + i, left + i - 1] = 1
                second[top + i, left + tall - 1] -= f[i]
            if not tall or (before is not None and before % f):
                wrong(f"{at}.companion", "polynomials that divide the one before", show(str(f)))
            before = f
        top, left = top + tall, left + wide
    return first, second


def _indices(at: str, data: Any) -> list[int]:
    for n, e in enumerate(found := strict.items(at, data)):
        if type(e) is not int or not 1 <= e <= CELLS:
            wrong(f"{at}[{n}]", f"an index from 1 to {CELLS:,}", show(e))
    return found


def _polynomial(at: str, data: Any, work: Work) -> fmpq_poly:
    """The monic polynomial; its remainders, and its Sturm chain, are paid for here."""
    lower = [0 if type(x) is int and x == 0 else strict.number(f"{at}.companion", x) for x in data]
    whole, d = cleared(at, lower, work)
    degree = len(lower)
    work.take(at, degree**3 * (1 + degree * (words(whole) + words([d]) - 2)) // 100)
    return fmpq_poly([*map(_q, lower), 1])


def real_roots(f: fmpq_poly) -> int:
    """The number of different real roots: Sturm's chain counts them; positive factors go."""
    chain = [f, f.derivative()]
    while chain[-1]:
        rest = -(chain[-2] % chain[-1])
        chain.append(rest * fmpq(rest.denom(), rest.numer().content()) if rest else rest)
    ends = [(g.leading_coefficient() > 0, g.degree() % 2) for g in chain[:-1]]
    right = [plus for plus, _ in ends]
    left = [plus != bool(odd) for plus, odd in ends]
    changes = [sum(a != b for a, b in pairwise(s)) for s in (left, right)]
    return changes[0] - changes[1]


def _unfolding_rank(at: str, facts: Facts, axis: int, work: Work) -> int:
    rows = _numbered(f[axis] for f in facts)
    columns: dict[Any, int] = {}
    for f in facts:
        columns.setdefault((*f[:axis], *f[axis + 1 :]), len(columns))
    if len(rows) * len(columns) > CELLS:
        wrong(at, f"an unfolding of at most {CELLS} entries", str(len(rows) * len(columns)))
    work.take(at, len(rows) * len(columns) * min(len(rows), len(columns)) // 10)
    matrix = fmpz_mat(len(rows), len(columns))
    for f in facts:
        matrix[rows[f[axis]], columns[(*f[:axis], *f[axis + 1 :])]] = 1
    return matrix.rank()


def _modes(at: str, data: Any) -> tuple[int, int, int]:
    axis = MODES.index(strict.one_of(f"{at}.mode", data["mode"], MODES))
    x, y = (n for n in range(3) if n != axis)
    return axis, x, y


def _vectors(at: str, data: Any, index: Mapping[str, int]) -> list[dict[int, Any]]:
    return [
        dict(strict.vector(f"{at}[{n}]", v, index)) for n, v in enumerate(strict.items(at, data))
    ]


def _numbered(labels: Any) -> dict[int, int]:
    return {i: n for n, i in enumerate(dict.fromkeys(labels))}


def _matrix(vectors: Sequence[Mapping[int, Any]], order: Mapping[int, int]) -> fmpq_mat:
    matrix = fmpq_mat(len(vectors), len(order))
    for n, vector in enumerate(vectors):
        for i, r in vector.items():
            matrix[n, order[i]] = _q(r)
    return matrix


def _q(x: Any) -> fmpq:
    return fmpq(x.numerator, x.denominator)
