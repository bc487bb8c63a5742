"""Numbers with radii, in plain numpy: the arithmetic of the independent checker of layers.

A sum of n products is off by at most n u / (1 - n u) times that of their absolute values, however
it is added (u = 2^-53); ``numpy.exp`` is taken to be off by 4 units in the last place at most.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

U, ROOM, TINY = 2.0**-53, 1.01, 1e-200  # radii are rounded, products underflow


def rounding(terms: int) -> float:
    """What a sum of so many products is off by, as a part of that of their absolute values."""
    n = (terms + 2) * U
    return n / (1 - n)


@dataclass(frozen=True)
class Ball:
    """Numbers ``mid``, each within ``rad`` of the exact one."""

    mid: np.ndarray
    rad: np.ndarray

    @classmethod
    def exact(cls, mid: np.ndarray) -> Ball:
        return cls(mid, np.zeros_like(mid))

    def each(self, f: Callable[[np.ndarray], np.ndarray]) -> Ball:
        """Some of them, or in another shape."""
        return Ball(f(self.mid), f(self.rad))

    def beside(self, other: Ball, axis: int) -> Ball:
        mid = np.concatenate((self.mid, other.mid), axis)
        return Ball(mid, np.concatenate((self.rad, other.rad), axis))

    def __matmul__(self, other: Ball) -> Ball:
        size, most = np.abs(self.mid), np.abs(other.mid)
        off = self.rad @ (most + other.rad) + size @ other.rad
        off += rounding(self.mid.shape[-1]) * (size @ most)
        return Ball(self.mid @ other.mid, ROOM * off + TINY)

    def dot(self, other: Ball) -> Ball:
        """The sums over the last axis of the products."""
        size, most = np.abs(self.mid), np.abs(other.mid)
        off = self.rad * (most + other.rad) + size * other.rad
        off += rounding(self.mid.shape[-1]) * size * most
        return Ball((self.mid * other.mid).sum(-1), ROOM * off.sum(-1) + TINY)

    def __add__(self, other: Ball) -> Ball:
        mid = self.mid + other.mid
        return Ball(mid, ROOM * (self.rad + other.rad + U * np.abs(mid)))

    def __sub__(self, other: Ball) -> Ball:
        return self + Ball(-other.mid, other.rad)

    def __mul__(self, other: Ball) -> Ball:
        mid, most = self.mid * other.mid, np.abs(other.mid)
        off = self.rad * (most + other.rad) + np.abs(self.mid) * other.rad + U * np.abs(mid)
        return Ball(mid, ROOM * off + TINY)

    def gate(self, width: int) -> Ball:
        """sigmoid(self / sqrt(width)): its slope is at most 1/4."""
        t, off = self.mid / width**0.5, self.rad / width**0.5
        off = ROOM * (off + 4 * U * np.abs(t)) / 4 + 16 * U
        return Ball(1 / (1 + np.exp(-t)), np.minimum(1.0, off))
