"""Where every matrix of a compiled step stands in its array, and the products of the step."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from factrank.layer.config import LayerConfig
from factrank.layer.training.lanes import BOUNDED, Places

NEAR = 1_000  # rows that are made and used while they are in the cache: 64 kB


class View(NamedTuple):
    """A matrix in the array: the row of entry (0, 0), its shape, the steps to the next i and j."""

    at: int
    m: int
    n: int
    down: int
    across: int

    @property
    def T(self) -> View:
        return View(self.at, self.n, self.m, self.across, self.down)

    @property
    def end(self) -> int:
        return self.at + self.m * self.n

    def head(self, h: int, width: int) -> View:
        """The columns of one head."""
        return self._replace(at=self.at + h * width, n=width)

    def pair(self, h: int, queries: int) -> View:
        """Of what every (key, query) has for each head, a row a pair: keys x queries of one."""
        return View(self.at + h, self.m // queries, queries, queries * self.down, self.down)

    def top(self, m: int) -> View:
        return self._replace(m=m)


def product(C: View, A: View, B: View) -> tuple[int, ...]:
    """The line of a plan that stands for C += A B.

    >>> product(View(0, 2, 3, 3, 1), View(6, 2, 4, 4, 1), View(14, 3, 4, 4, 1).T)
    (2, 3, 4, 0, 3, 1, 6, 4, 1, 14, 1, 4)
    """
    assert (A.n, C.m, C.n) == (B.m, A.m, B.n), (C, A, B)
    return (C.m, C.n, A.n, *(x for it in (C, A, B) for x in (it.at, it.down, it.across)))


class Layout(NamedTuple):
    """The first ``kept`` rows are what a layer takes from one call to the next: weights, moments;
    up to ``own`` follow what is its own and stays: the mask, answers of pairs, 1 / facts, beta."""

    places: Places
    plans: tuple[NDArray[np.int64], ...]  # before the keys, for each few of them, after them
    weights: dict[str, View]
    kept: int
    own: int
    end: int


class _Array:
    """Rows given away, one matrix after the other."""

    def __init__(self) -> None:
        self.end, self.views = 0, dict[str, View]()

    def new(self, **shapes: tuple[int, int]) -> dict[str, View]:
        for name, (m, n) in shapes.items():
            self.views[name] = View(self.end, m, n, n, 1)
            self.end += m * n
        return {name: self.views[name] for name in shapes}


def lay_out(config: LayerConfig, loss: int, masked: bool) -> Layout:
    """The places and products of a step of layers of that shape."""
    c, array = config, _Array()
    K, Q, V, d, H = c.keys, c.queries, c.values, c.d_model, c.n_heads
    i, r = c.d_head_qk, c.d_head_vo
    shapes = {
        "E_K": (K, d), "E_Q": (Q, d), "U": (d, V), "W_Q": (d, H * i), "W_K": (d, H * i),
        "W_V": (d, H * r), "W_O": (H * r, d),
    }  # fmt: skip
    w = array.new(**shapes)
    free = [name for name in shapes if c.trainable_embeddings or name[0] == "W"]
    learning = sum(w[name].m * w[name].n for name in free)
    array.new(first=(learning, 1), second=(learning, 1))
    kept = array.end
    array.new(keep=(learning * masked, 1), answers=(K * Q, 1), share=(1, 1), beta=(1, 1))
    own, few = array.end, min(K, max(1, NEAR // (Q * (V + 2 * H * r))))
    some = few * Q * (loss == BOUNDED)
    array.new(
        itself=(Q, H), mixed=(few * Q, H * r), L=(few * Q, V), back=(few * Q, H * r),
        bounded=(some, V), norms=(some, 1),
    )  # fmt: skip
    made = {
        "ask": (Q, H * i), "own": (Q, H * i), "key": (K, H * i), "x": (K, H * r), "y": (Q, H * r),
        "A": (K * Q, H), "out": (H * r, V), "direct": (Q, V),
    }  # fmt: skip
    array.new(sums=(0, 1), **made, **{f"to_{name}": shape for name, shape in made.items()})
    array.new(**{f"to_{name}": shapes[name] for name in free})
    at = {name: view.at for name, view in array.views.items()}
    places = Places(
        K, Q, V, H, i, r, d, loss, c.residual, masked, few, weights=at[free[0]],
        learning=learning, slopes=at[f"to_{free[0]}"], end=array.end,
        **{name: at.get(name, 0) for name in Places._fields[_MADE:-1]},
    )  # fmt: skip
    return Layout(places, _plans(config, array.views, few), w, kept, own, array.end)


_MADE = Places._fields.index("first")


def _plans(c: LayerConfig, it: dict[str, View], few: int) -> tuple[NDArray[np.int64], ...]:
    """Forward, for each few keys, backward; the products of single heads first in the last."""
    Q, heads, i = c.queries, range(c.n_heads), c.d_head_qk
    before = [
        ("ask", "E_Q", "W_Q"), ("own", "E_Q", "W_K"), ("key", "E_K", "W_K"), ("x", "E_K", "W_V"),
        ("y", "E_Q", "W_V"), ("out", "W_O", "U"), *([("direct", "E_Q", "U")] * c.residual),
    ]  # fmt: skip
    learn = [made for made in before if f"to_{made[1]}" in it]
    forward = [product(it[C], it[A], it[B]) for C, A, B in before]
    backward = []
    for h in heads:
        ask, key, to = it["ask"].head(h, i), it["key"].head(h, i), it["to_A"].pair(h, Q)
        forward.append(product(it["A"].pair(h, Q), key, ask.T))
        backward.append(product(it["to_key"].head(h, i), to, ask))
        backward.append(product(it["to_ask"].head(h, i), to.T, key))
    # of C = A B the slopes: A^T times that of C for B, that of C times B^T for A
    for C, A, B in before:
        if f"to_{B}" in it:
            backward.append(product(it[f"to_{B}"], it[A].T, it[f"to_{C}"]))
    backward += [product(it[f"to_{A}"], it[f"to_{C}"], it[B].T) for C, A, B in learn]
    parts = []
    for begin in range(0, c.keys, few):
        n = min(few, c.keys - begin) * Q
        L, mixed, back = (it[name].top(n) for name in ("L", "mixed", "back"))
        parts += [
            product(L, mixed, it["out"]), product(it["to_out"], mixed.T, L),
            product(back, L, it["out"].T),
        ]  # fmt: skip
    return tuple(np.array(plan, np.int64) for plan in (forward, parts, backward))
