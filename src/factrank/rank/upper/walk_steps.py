"""The steps of the compiled walk (U6), in the part of Python that numba compiles.

A vector is an array of whole numbers, 16 entries each: entry i is field i of 4 bits, the number
is sum_i e_i 16^i modulo 2^64. Entries are -1, 0 or 1, so a sum or difference of two vectors has
fields from -2 to 2: no field reaches into its neighbour, and ``_fits`` sees every 2 and -2 before
anything is stored. ``vectors`` has the shape (3, terms, words), ``keys`` (3, terms) holds a number
that is equal for vectors equal up to sign, and ``state`` the random number, the attempts since a
pair was found, and the attempts since progress.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Int = int | np.int64
    Ints = NDArray[np.int64]

FIELD = 4
ENTRIES = 16  # of one word
BIAS = -0x7777777777777778  # 8 in every field, as a signed number: makes all fields positive
ONES = 0x1111111111111111
LOW = 0x7FFFFFFF  # 31 bits
STUCK = 30  # attempts a term without a pair to flip, before a plus transition
MULTIPLIER, INCREMENT = 6364136223846793005, 1442695040888963407  # Knuth's MMIX generator


def walk(
    vectors: Ints, keys: Ints, n: Int, best: Ints, n_best: Int, moves: int, goal: int,
    patience: int, margin: int, state: Ints,
) -> tuple[Int, Int, int]:  # fmt: skip
    """At most ``moves`` attempted moves from the first ``n`` terms; (n, n_best, attempts made).

    ``best`` receives the terms whenever their number falls to the fewest so far or back to it.
    """
    for mode in range(3):
        for i in range(n):
            keys[mode, i] = _key(vectors, mode, i)
    made = 0
    while made < moves and n_best > goal:
        made += 1
        state[1] += 1
        state[2] += 1
        before = n
        n = _flip(vectors, keys, n, state)
        if state[2] > patience or state[1] > STUCK * n:
            state[1] = state[2] = 0
            if n > n_best + margin:  # the steps up led nowhere: back to the best
                n = n_best
                _copy(best, vectors, n)
                for mode in range(3):
                    for i in range(n):
                        keys[mode, i] = _key(vectors, mode, i)
            n = _plus(vectors, keys, n, state)
        elif n < before and n <= n_best:
            _copy(vectors, best, n)
            if n < n_best:
                n_best = n
                state[2] = 0
    return n, n_best, made


def _flip(vectors: Ints, keys: Ints, n: Int, state: Ints) -> Int:
    """Pick a term, a mode and a term that shares its vector there; flip them if the sums fit.

    One random number gives the term and the mode, where to start looking, the order and the sign.
    """
    drawn = _draw(state) * 3 * n
    i = drawn >> 31
    mode, i = i % 3, i // 3
    drawn = (drawn & LOW) * n
    j = _partner(keys[mode], n, i, drawn >> 31)
    if j < 0:
        return n
    swap = _alike(vectors, mode, i, j)
    if swap == 0:
        return n
    state[1] = 0
    drawn = (drawn & LOW) >> 29
    p = (mode + 1 + (drawn & 1)) % 3
    q = 3 - mode - p
    s = 1 - (drawn & 2)
    if _fits(vectors, p, i, j, s) and _fits(vectors, q, j, i, -s * swap):
        _add(vectors, keys, q, j, i, -s * swap)
        _add(vectors, keys, p, i, j, s)
        if keys[p, i] == 0 or keys[q, j] == 0:  # the later term first: the last fills its place
            if i < j:
                n = _drop(vectors, keys, n, q, j)
                n = _drop(vectors, keys, n, p, i)
            else:
                n = _drop(vectors, keys, n, p, i)
                n = _drop(vectors, keys, n, q, j)
    return n


def _plus(vectors: Ints, keys: Ints, n: Int, state: Ints) -> Int:
    """t + u = a(x)(b + b')(x)c + u - a(x)b'(x)c for random terms and modes, where it fits."""
    if n < 2 or n >= vectors.shape[1]:
        return n
    i = (_draw(state) * n) >> 31
    j = (_draw(state) * (n - 1)) >> 31
    if j >= i:
        j += 1
    drawn = _draw(state) * 6 >> 31
    mode = drawn // 2
    p = (mode + 1 + (drawn & 1)) % 3
    q = 3 - mode - p
    if not _fits(vectors, p, i, j, 1):
        return n
    for w in range(vectors.shape[2]):
        vectors[mode, n, w] = vectors[mode, i, w]
        vectors[p, n, w] = vectors[p, j, w]
        vectors[q, n, w] = -vectors[q, i, w]
    for m in range(3):
        keys[m, n] = _key(vectors, m, n)
    _add(vectors, keys, p, i, j, 1)
    return _drop(vectors, keys, n + 1, p, i)


def _draw(state: Ints) -> Any:
    """31 random bits."""
    state[0] = state[0] * MULTIPLIER + INCREMENT
    return (state[0] >> 33) & LOW


def _partner(keys: Ints, n: Int, i: Int, start: Int) -> Int:
    """Another term with the same key, looked for from ``start`` on; -1 if there is none."""
    wanted = keys[i]
    for j in range(start, n):
        if keys[j] == wanted and j != i:
            return j
    for j in range(start):
        if keys[j] == wanted and j != i:
            return j
    return -1


def _alike(vectors: Ints, mode: Int, i: Int, j: Int) -> int:
    """1 if the vectors are equal, -1 if they are opposite, else 0 (keys may collide)."""
    same, opposite = True, True
    for w in range(vectors.shape[2]):
        same &= vectors[mode, i, w] == vectors[mode, j, w]
        opposite &= vectors[mode, i, w] == -vectors[mode, j, w]
    return int(same) - int(opposite)


def _fits(vectors: Ints, mode: Int, i: Int, j: Int, s: Int) -> bool:
    """True if vector i + s vector j has no entry beyond -1, 0, 1: in 8 + e, -2 is 0110 and 2 is
    1010, the only fields whose second bit is set and whose first is not."""
    for w in range(vectors.shape[2]):
        fields = vectors[mode, i, w] + s * vectors[mode, j, w] + BIAS
        if (fields >> 1) & ~fields & ONES:
            return False
    return True


def _add(vectors: Ints, keys: Ints, mode: Int, i: Int, j: Int, s: Int) -> None:
    for w in range(vectors.shape[2]):
        vectors[mode, i, w] += s * vectors[mode, j, w]
    keys[mode, i] = _key(vectors, mode, i)


def _key(vectors: Ints, mode: Int, i: Int) -> Int:
    """The words as one number, with the sign that makes the first nonzero word positive."""
    total, sign = 0, 0
    for w in range(vectors.shape[2]):
        word = vectors[mode, i, w]
        if sign == 0 and word != 0:
            sign = 1 if word > 0 else -1
        total = total * MULTIPLIER + sign * word
    return total


def _drop(vectors: Ints, keys: Ints, n: Int, mode: Int, i: Int) -> Int:
    """Drop term i if its vector in this mode is zero; the number of terms left."""
    for w in range(vectors.shape[2]):
        if vectors[mode, i, w] != 0:
            return n
    for m in range(3):
        keys[m, i] = keys[m, n - 1]
        for w in range(vectors.shape[2]):
            vectors[m, i, w] = vectors[m, n - 1, w]
    return n - 1


def _copy(source: Ints, target: Ints, n: Int) -> None:
    for mode in range(3):
        for i in range(n):
            for w in range(source.shape[2]):
                target[mode, i, w] = source[mode, i, w]


HELPERS = (_flip, _plus, _draw, _partner, _alike, _fits, _add, _key, _drop, _copy)
