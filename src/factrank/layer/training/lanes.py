"""One step of many layers in lanes: logits, loss, all gradients, AdamW, in one pass over memory.

The same layer and losses as in ``attention`` and ``losses``, by hand. What belongs to one key is
made, used and thrown away before the next, so that it stays in the cache. See ``vectors`` for rows.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from factrank.layer.config import LayerConfig
from factrank.layer.training.vectors import BYTES, HOW, exponential, product

SQUARES, ENTROPY, BOUNDED = range(3)  # the losses
Rows = NDArray[np.floating]


class Sizes(NamedTuple):
    """What a step must know of a configuration: K, Q, V, d_model, heads, their widths, and more."""

    K: int
    Q: int
    V: int
    d: int
    H: int
    i: int
    r: int
    residual: bool
    learns: bool  # E_K, E_Q and U too

    @classmethod
    def of(cls, config: LayerConfig) -> Sizes:
        c = config
        numbers = (c.keys, c.queries, c.values, c.d_model, c.n_heads, c.d_head_qk, c.d_head_vo)
        return cls(*numbers, c.residual, c.trainable_embeddings)


class Lanes(NamedTuple):
    """The seven weights, or their gradients, in rows; each row-major in its own shape."""

    E_K: Rows
    E_Q: Rows
    U: Rows
    W_Q: Rows
    W_K: Rows
    W_V: Rows
    W_O: Rows


class Facts(NamedTuple):
    """D[k, q, v], the answers of each pair [k, q], 1 / facts and the norm of bounded logits."""

    D: Rows
    answers: Rows
    share: Rows  # one row
    beta: Rows  # one row


class Room(NamedTuple):
    """What a step writes down on its way. Those of one key: mixed, L, back."""

    ask: Rows  # h q i: E_Q W_Q
    own: Rows  # h q i: E_Q W_K
    key: Rows  # h k i: E_K W_K
    A: Rows  # k q h
    x: Rows  # k h r: E_K W_V
    y: Rows  # q h r: E_Q W_V
    out: Rows  # h r v: W_O U
    direct: Rows  # q v: E_Q U
    mixed: Rows  # q h r: y + A (x - y)
    L: Rows  # q v, then its gradient
    back: Rows  # q h r: the gradient of mixed
    d_ask: Rows
    d_own: Rows
    d_key: Rows
    d_A: Rows
    d_x: Rows
    d_y: Rows
    d_out: Rows
    d_direct: Rows
    row: Rows  # three rows of sums
    bits: NDArray[np.integer]  # of the exponentials, and the same memory as floats
    powers: NDArray[np.floating]


def room(s: Sizes, dtype: type) -> Room:
    """Memory for a block of layers of that shape."""
    lanes = BYTES // np.dtype(dtype).itemsize
    qi, ki, hr = s.H * s.Q * s.i, s.H * s.K * s.i, s.H * s.r
    first = (qi, qi, ki, s.K * s.Q * s.H, s.K * hr, s.Q * hr, hr * s.V, s.Q * s.V)
    rows = (*first, s.Q * hr, s.Q * s.V, s.Q * hr, *first, 3)
    bits = np.zeros(lanes * max(s.K * s.Q * s.H, s.Q * s.V), f"i{np.dtype(dtype).itemsize}")
    return Room(*(np.zeros((n, lanes), dtype) for n in rows), bits, bits.view(dtype))


@njit(**HOW)
def _look(s, w, m):
    """The attention A = sigmoid(s_qk - s_qq) of all pairs and heads."""
    lanes, qi, ki, di = BYTES // m.A.itemsize, s.Q * s.i, s.K * s.i, s.d * s.i
    m.ask[:], m.own[:], m.key[:], m.A[:] = 0, 0, 0, 0
    for h in range(s.H):
        product(m.ask, h * qi, s.i, 1, w.E_Q, 0, s.d, 1, w.W_Q, h * di, s.i, 1, s.Q, s.i, s.d)
        product(m.own, h * qi, s.i, 1, w.E_Q, 0, s.d, 1, w.W_K, h * di, s.i, 1, s.Q, s.i, s.d)
        product(m.key, h * ki, s.i, 1, w.E_K, 0, s.d, 1, w.W_K, h * di, s.i, 1, s.K, s.i, s.d)
        product(m.A, h, s.Q * s.H, s.H, m.key, h * ki, s.i, 1, m.ask, h * qi, 1, s.i, s.K, s.Q, s.i)
    root = m.A.dtype.type(1 / math.sqrt(s.i))
    for h in range(s.H):
        for q in range(s.Q):
            m.row[0] = 0
            for n in range((h * s.Q + q) * s.i, (h * s.Q + q + 1) * s.i):
                for j in range(lanes):
                    m.row[0, j] += m.ask[n, j] * m.own[n, j]
            for k in range(s.K):
                at = (k * s.Q + q) * s.H + h
                for j in range(lanes):
                    m.A[at, j] = (m.row[0, j] - m.A[at, j]) * root
    A, one = m.A.reshape(-1), m.A.dtype.type(1)
    exponential(A, m.bits, m.powers)
    for n in range(len(A)):
        A[n] = one / (one + A[n])


@njit(**HOW)
def _say(s, w, m):
    """What a key and a query say if all attention is theirs, before W_O U; and that, and E_Q U."""
    hr = s.H * s.r
    m.x[:], m.y[:], m.out[:], m.direct[:] = 0, 0, 0, 0
    for h in range(s.H):
        v = h * s.d * s.r
        product(m.x, h * s.r, hr, 1, w.E_K, 0, s.d, 1, w.W_V, v, s.r, 1, s.K, s.r, s.d)
        product(m.y, h * s.r, hr, 1, w.E_Q, 0, s.d, 1, w.W_V, v, s.r, 1, s.Q, s.r, s.d)
    product(m.out, 0, s.V, 1, w.W_O, 0, s.d, 1, w.U, 0, s.V, 1, hr, s.V, s.d)
    if s.residual:
        product(m.direct, 0, s.V, 1, w.E_Q, 0, s.d, 1, w.U, 0, s.V, 1, s.Q, s.V, s.d)


@njit(**HOW)
def _logits(s, m, k):
    """L[q, v] of one key."""
    lanes, hr = BYTES // m.A.itemsize, s.H * s.r
    for q in range(s.Q):
        for h in range(s.H):
            at = (k * s.Q + q) * s.H + h
            for n in range(h * s.r, (h + 1) * s.r):
                x, y = k * hr + n, q * hr + n
                for j in range(lanes):
                    m.mixed[y, j] = m.y[y, j] + m.A[at, j] * (m.x[x, j] - m.y[y, j])
    m.L[:] = m.direct
    product(m.L, 0, s.V, 1, m.mixed, 0, hr, 1, m.out, 0, s.V, 1, s.Q, s.V, hr)


@njit(**HOW)
def _squares(s, m, facts, k):
    """L becomes the slope of |L - D|^2 / |D|^2."""
    lanes, two = BYTES // m.L.itemsize, m.L.dtype.type(2)
    for n in range(s.Q * s.V):
        for j in range(lanes):
            off = m.L[n, j] - facts.D[k * s.Q * s.V + n, j]
            m.L[n, j] = two * facts.share[0, j] * off


@njit(**HOW)
def _entropy(s, m, facts, k):
    """L becomes the slope of the cross-entropy: answers softmax(L) - D, over the facts."""
    lanes = BYTES // m.L.itemsize
    for q in range(s.Q):
        rows = m.L[q * s.V : (q + 1) * s.V]
        m.row[0] = rows[0]
        for v in range(1, s.V):
            for j in range(lanes):
                m.row[0, j] = max(m.row[0, j], rows[v, j])
        for v in range(s.V):
            for j in range(lanes):
                rows[v, j] -= m.row[0, j]
    L = m.L.reshape(-1)
    exponential(L, m.bits, m.powers)
    for q in range(s.Q):
        rows = m.L[q * s.V : (q + 1) * s.V]
        m.row[0] = 0
        for v in range(s.V):
            for j in range(lanes):
                m.row[0, j] += rows[v, j]
        for j in range(lanes):
            m.row[0, j] = facts.share[0, j] * facts.answers[k * s.Q + q, j] / m.row[0, j]
        for v in range(s.V):
            at = (k * s.Q + q) * s.V + v
            for j in range(lanes):
                rows[v, j] = rows[v, j] * m.row[0, j] - facts.share[0, j] * facts.D[at, j]


@njit(**HOW)
def _bounded(s, m, facts, k):
    """The slope of the cross-entropy of beta L / |L|: that at these logits, brought back to L."""
    lanes = BYTES // m.L.itemsize
    kept = m.L.copy()
    size = np.zeros((s.Q, lanes), m.L.dtype)
    for q in range(s.Q):
        for v in range(q * s.V, (q + 1) * s.V):
            for j in range(lanes):
                size[q, j] += kept[v, j] * kept[v, j]
        for j in range(lanes):
            size[q, j] = m.L.dtype.type(1) / math.sqrt(size[q, j] + m.L.dtype.type(1e-30))
        for v in range(q * s.V, (q + 1) * s.V):
            for j in range(lanes):
                kept[v, j] *= size[q, j]
                m.L[v, j] = facts.beta[0, j] * kept[v, j]
    _entropy(s, m, facts, k)
    for q in range(s.Q):
        m.row[0] = 0
        for v in range(q * s.V, (q + 1) * s.V):
            for j in range(lanes):
                m.row[0, j] += m.L[v, j] * kept[v, j]
        for v in range(q * s.V, (q + 1) * s.V):
            for j in range(lanes):
                across = m.L[v, j] - kept[v, j] * m.row[0, j]
                m.L[v, j] = facts.beta[0, j] * size[q, j] * across


@njit(**HOW)
def _through(s, m, k):
    """From the slope in L of one key to those of A, x, y, W_O U and E_Q U."""
    lanes, hr, one = BYTES // m.A.itemsize, s.H * s.r, m.A.dtype.type(1)
    root = m.A.dtype.type(1 / math.sqrt(s.i))
    product(m.d_out, 0, s.V, 1, m.mixed, 0, 1, hr, m.L, 0, s.V, 1, hr, s.V, s.Q)
    m.back[:] = 0
    product(m.back, 0, hr, 1, m.L, 0, s.V, 1, m.out, 0, 1, s.V, s.Q, hr, s.V)
    if s.residual:
        m.d_direct[:] += m.L
    for q in range(s.Q):
        for h in range(s.H):
            at = (k * s.Q + q) * s.H + h
            m.row[0] = 0
            for n in range(h * s.r, (h + 1) * s.r):
                x, y = k * hr + n, q * hr + n
                for j in range(lanes):
                    m.d_x[x, j] += m.A[at, j] * m.back[y, j]
                    m.d_y[y, j] += (one - m.A[at, j]) * m.back[y, j]
                    m.row[0, j] += m.back[y, j] * (m.x[x, j] - m.y[y, j])
            for j in range(lanes):
                m.d_A[at, j] = m.row[0, j] * m.A[at, j] * (one - m.A[at, j]) * root


@njit(**HOW)
def _scores(s, m):
    """From the slopes of s_qk - s_qq to those of the projections it is made of."""
    lanes, qi, ki = BYTES // m.A.itemsize, s.Q * s.i, s.K * s.i
    m.d_ask[:], m.d_own[:], m.d_key[:] = 0, 0, 0
    for h in range(s.H):
        A = (m.d_A, h, s.Q * s.H, s.H)
        product(m.d_key, h * ki, s.i, 1, *A, m.ask, h * qi, s.i, 1, s.K, s.i, s.Q)
        product(m.d_ask, h * qi, s.i, 1, m.d_A, h, s.H, s.Q * s.H, m.key, h * ki, s.i, 1, s.Q, s.i, s.K)  # fmt: skip
        for q in range(s.Q):
            m.row[0] = 0
            for k in range(s.K):
                for j in range(lanes):
                    m.row[0, j] += m.d_A[(k * s.Q + q) * s.H + h, j]
            for n in range((h * s.Q + q) * s.i, (h * s.Q + q + 1) * s.i):
                for j in range(lanes):
                    m.d_ask[n, j] -= m.row[0, j] * m.own[n, j]
                    m.d_own[n, j] -= m.row[0, j] * m.ask[n, j]


@njit(**HOW)
def _heads(s, w, g, m):
    """The gradients of W_Q, W_K, W_V and W_O."""
    hr = s.H * s.r
    g.W_Q[:], g.W_K[:], g.W_V[:], g.W_O[:] = 0, 0, 0, 0
    for h in range(s.H):
        qi, ki, di, dr = h * s.Q * s.i, h * s.K * s.i, h * s.d * s.i, h * s.d * s.r
        product(g.W_Q, di, s.i, 1, w.E_Q, 0, 1, s.d, m.d_ask, qi, s.i, 1, s.d, s.i, s.Q)
        product(g.W_K, di, s.i, 1, w.E_Q, 0, 1, s.d, m.d_own, qi, s.i, 1, s.d, s.i, s.Q)
        product(g.W_K, di, s.i, 1, w.E_K, 0, 1, s.d, m.d_key, ki, s.i, 1, s.d, s.i, s.K)
        product(g.W_V, dr, s.r, 1, w.E_K, 0, 1, s.d, m.d_x, h * s.r, hr, 1, s.d, s.r, s.K)
        product(g.W_V, dr, s.r, 1, w.E_Q, 0, 1, s.d, m.d_y, h * s.r, hr, 1, s.d, s.r, s.Q)
    product(g.W_O, 0, s.d, 1, m.d_out, 0, s.V, 1, w.U, 0, 1, s.V, hr, s.d, s.V)


@njit(**HOW)
def _embeddings(s, w, g, m):
    """The gradients of E_K, E_Q and U."""
    hr = s.H * s.r
    g.E_K[:], g.E_Q[:], g.U[:] = 0, 0, 0
    for h in range(s.H):
        qi, ki, di, dr = h * s.Q * s.i, h * s.K * s.i, h * s.d * s.i, h * s.d * s.r
        product(g.E_Q, 0, s.d, 1, m.d_ask, qi, s.i, 1, w.W_Q, di, 1, s.i, s.Q, s.d, s.i)
        product(g.E_Q, 0, s.d, 1, m.d_own, qi, s.i, 1, w.W_K, di, 1, s.i, s.Q, s.d, s.i)
        product(g.E_Q, 0, s.d, 1, m.d_y, h * s.r, hr, 1, w.W_V, dr, 1, s.r, s.Q, s.d, s.r)
        product(g.E_K, 0, s.d, 1, m.d_key, ki, s.i, 1, w.W_K, di, 1, s.i, s.K, s.d, s.i)
        product(g.E_K, 0, s.d, 1, m.d_x, h * s.r, hr, 1, w.W_V, dr, 1, s.r, s.K, s.d, s.r)
    product(g.U, 0, s.V, 1, w.W_O, 0, 1, s.d, m.d_out, 0, s.V, 1, s.d, s.V, hr)
    if s.residual:
        product(g.U, 0, s.V, 1, w.E_Q, 0, 1, s.d, m.d_direct, 0, s.V, 1, s.d, s.V, s.Q)
        product(g.E_Q, 0, s.d, 1, m.d_direct, 0, s.V, 1, w.U, 0, 1, s.V, s.Q, s.d, s.V)


@njit(**HOW)
def _tie(s, w, tied):
    """U[:, value] = E_K[key] for each pair of ``tied``."""
    for n in range(len(tied)):
        for i in range(s.d):
            w.U[i * s.V + tied[n, 1]] = w.E_K[tied[n, 0] * s.d + i]


@njit(**HOW)
def _untie(s, g, tied):
    """What a tied column of U would move by moves its key instead."""
    for n in range(len(tied)):
        for i in range(s.d):
            g.E_K[tied[n, 0] * s.d + i] += g.U[i * s.V + tied[n, 1]]
            g.U[i * s.V + tied[n, 1]] = 0


@njit(**HOW)
def gradients(s, w, g, m, facts, loss, tied):
    """The gradients of all that learns, into ``g``."""
    _tie(s, w, tied)
    _look(s, w, m)
    _say(s, w, m)
    m.d_x[:], m.d_y[:], m.d_out[:], m.d_direct[:] = 0, 0, 0, 0
    for k in range(s.K):
        _logits(s, m, k)
        if loss == SQUARES:
            _squares(s, m, facts, k)
        elif loss == ENTROPY:
            _entropy(s, m, facts, k)
        else:
            _bounded(s, m, facts, k)
        _through(s, m, k)
    _scores(s, m)
    _heads(s, w, g, m)
    if s.learns:
        _embeddings(s, w, g, m)
        _untie(s, g, tied)


@njit(**HOW)
def _adamw(p, g, first, second, rate, betas, decay, step):
    """AdamW, each lane at its own rate; ``rate`` is one row."""
    f, lanes = p.dtype.type, BYTES // p.itemsize
    b1, b2, one = f(betas[0]), f(betas[1]), f(1)
    size = one / f(1 - betas[0] ** step)
    root = one / f(math.sqrt(1 - betas[1] ** step))
    for n in range(len(p)):
        for j in range(lanes):
            first[n, j] = b1 * first[n, j] + (one - b1) * g[n, j]
            second[n, j] = b2 * second[n, j] + (one - b2) * g[n, j] * g[n, j]
            down = first[n, j] * size / (math.sqrt(second[n, j]) * root + f(1e-8))
            p[n, j] -= rate[0, j] * (f(decay) * p[n, j] + down)


@njit(**HOW)
def advance(s, w, g, m, facts, loss, tied, flat, keep, rates, betas, decay, begun):
    """A step for each row of ``rates``; ``flat``: weights that learn, gradients, both moments."""
    p, slope, first, second = flat
    for n in range(len(rates)):
        gradients(s, w, g, m, facts, loss, tied)
        if len(keep):
            slope *= keep
        _adamw(p, slope, first, second, rates[n : n + 1], betas, decay, begun + n + 1)
