"""The steps of the walk modulo 2 (U6), in the part of Python that numba compiles.

A vector over GF(2) is one whole number, bit i its entry i; ``rows`` has the shape (terms, 3).
Modulo 2 a flip is two exclusive ors, and no sum can overflow. ``state`` holds the random number
and the moves since the last progress.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from factrank.rank.upper.walk_steps import _draw

if TYPE_CHECKING:
    from factrank.rank.upper.walk_steps import Int, Ints


def walk(
    rows: Ints, n: Int, best: Ints, n_best: Int, moves: int, goal: int,
    patience: int, margin: int, state: Ints,
) -> tuple[Int, Int]:  # fmt: skip
    """At most ``moves`` attempted flips from the first ``n`` rows; (n, n_best).

    ``best`` receives the rows whenever their number falls to the fewest so far. After ``patience``
    moves without progress a plus transition adds a term, up to ``margin`` above the best.
    """
    for _ in range(moves):
        if n_best <= goal or n < 2:
            break
        state[1] += 1
        drawn = _draw(state) * n
        i = drawn >> 31
        drawn = (drawn & 0x7FFFFFFF) * (n - 1)
        j = drawn >> 31
        if j >= i:
            j += 1
        drawn = (drawn & 0x7FFFFFFF) * 6 >> 31
        mode = drawn >> 1
        p = (mode + 1 + (drawn & 1)) % 3
        q = 3 - mode - p
        if rows[i, mode] == rows[j, mode]:
            rows[i, p] ^= rows[j, p]
            rows[j, q] ^= rows[i, q]
            n = _tidy(rows, n, i, j)
            if n < n_best:
                for t in range(n):
                    for m in range(3):
                        best[t, m] = rows[t, m]
                n_best = n
                state[1] = 0
        elif state[1] > patience and n < min(n_best + margin, rows.shape[0]):
            state[1] = 0
            n = _plus(rows, n, i, j)
    return n, n_best


def _tidy(rows: Ints, n: Int, i: Int, j: Int) -> Int:
    """Drop zero terms among i and j, and join what now shares two vectors with either."""
    changed = True
    while changed:
        changed = False
        for s in (i, j):
            if s >= n:
                continue
            if rows[s, 0] == 0 or rows[s, 1] == 0 or rows[s, 2] == 0:
                n = _drop(rows, n, s)
                other = j if s == i else i
                i = j = s if other == n else other  # the last term has moved into its place
                changed = True
                break
            for t in range(n):
                if t == s:
                    continue
                mode = _apart(rows, s, t)
                if mode >= 0:
                    low, high = min(s, t), max(s, t)
                    rows[low, mode] ^= rows[high, mode]
                    n = _drop(rows, n, high)
                    i = low if i == high else high if i == n else i
                    j = low if j == high else high if j == n else j
                    changed = True
                    break
            if changed:
                break
    return n


def _apart(rows: Ints, s: Int, t: Int) -> int:
    """The one mode in which two terms may differ, -1 if they differ in more."""
    a, b, c = rows[s, 0] == rows[t, 0], rows[s, 1] == rows[t, 1], rows[s, 2] == rows[t, 2]
    if a and b:
        return 2
    if a and c:
        return 1
    if b and c:
        return 0
    return -1


def _drop(rows: Ints, n: Int, s: Int) -> Int:
    """Remove a term; the last takes its place."""
    for m in range(3):
        rows[s, m] = rows[n - 1, m]
    return n - 1


def _plus(rows: Ints, n: Int, i: Int, j: Int) -> Int:
    """abc + a'b'c' = a(b + b')c + ab'(c + c') + (a + a')b'c', where all vectors differ."""
    for m in range(3):
        if rows[i, m] == rows[j, m]:
            return n
    rows[n, 0] = rows[i, 0] ^ rows[j, 0]
    rows[n, 1], rows[n, 2] = rows[j, 1], rows[j, 2]
    rows[j, 0] = rows[i, 0]
    rows[j, 2] ^= rows[i, 2]
    rows[i, 1] ^= rows[j, 1]
    return n + 1


HELPERS = (_draw, _tidy, _apart, _drop, _plus)
