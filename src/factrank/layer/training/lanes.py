"""Many steps of a row of layers, in one array: logits, loss, all gradients, AdamW.

The layer and the losses of ``attention`` and ``losses``, differentiated by hand. Every matrix has
its place in the array, and the products of a step are a list of places, see ``layout``. Keys are
taken a few at a time, so that what is made for them stays in the cache until it is used up.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from numba import njit

from factrank.layer.training.vectors import (
    HOW,
    exponential,
    larger,
    products,
    put,
    root,
    row,
    whole,
)

SQUARES, ENTROPY, BOUNDED = range(3)  # the losses


class Places(NamedTuple):
    """Sizes, and the first rows of what a step reads and writes beside its products."""

    K: int
    Q: int
    V: int
    H: int
    i: int  # d_head_qk
    r: int  # d_head_vo
    d: int  # d_model
    loss: int
    residual: int
    masked: int
    few: int  # keys at a time
    weights: int  # that learn
    learning: int  # how many rows these are
    slopes: int  # theirs
    first: int  # the moments
    second: int
    keep: int  # the mask
    answers: int  # k q
    share: int  # 1 / facts
    beta: int
    E_K: int  # k d
    U: int  # d v
    to_E_K: int  # to_ is the gradient of the loss times the number of facts
    to_U: int
    ask: int  # q hi: E_Q W_Q
    own: int  # q hi: E_Q W_K
    itself: int  # q h: the scores of a query's token with itself
    A: int  # k q h
    x: int  # k hr: E_K W_V
    y: int  # q hr: E_Q W_V
    direct: int  # q v: E_Q U
    mixed: int  # k q hr, of few keys
    L: int  # k q v, of few keys; then its gradient
    back: int  # k q hr, of few keys: the gradient of mixed
    bounded: int  # k q v, of few keys: logits of norm beta
    norms: int  # k q, of few keys: beta / |L|
    to_ask: int
    to_own: int
    to_A: int
    to_x: int
    to_y: int
    to_direct: int
    sums: int  # where what is added up begins, and where it ends
    end: int


@njit(**HOW)
def _clear(M, begin, end):
    zero = row(M, 0) * 0.0
    for n in range(begin, end):
        put(M, n, zero)


@njit(**HOW)
def _attend(M, s):
    """A = sigmoid((s_qk - s_qq) / sqrt(d_head_qk)), of the scores that stand in A."""
    size = 1 / math.sqrt(s.i)
    for q in range(s.Q):
        for h in range(s.H):
            total = whole(0.0, row(M, 0))
            for n in range((q * s.H + h) * s.i, (q * s.H + h + 1) * s.i):
                total = total + row(M, s.ask + n) * row(M, s.own + n)
            put(M, s.itself + q * s.H + h, total)
    for k in range(s.K):
        for n in range(s.Q * s.H):
            at = s.A + k * s.Q * s.H + n
            away = (row(M, s.itself + n) - row(M, at)) * size
            put(M, at, 1.0 / (1.0 + exponential(away)))


@njit(**HOW)
def _mix(M, s, begin, end):
    """What each pair hears, y + A (x - y), and where its logits begin: at E_Q U, or at zero."""
    none, hr = whole(0.0, row(M, 0)), s.H * s.r
    for k in range(begin, end):
        for q in range(s.Q):
            pair = (k - begin) * s.Q + q
            for h in range(s.H):
                a = row(M, s.A + (k * s.Q + q) * s.H + h)
                for n in range(h * s.r, (h + 1) * s.r):
                    y = row(M, s.y + q * hr + n)
                    put(M, s.mixed + pair * hr + n, y + a * (row(M, s.x + k * hr + n) - y))
            for v in range(s.V):
                put(M, s.L + pair * s.V + v, row(M, s.direct + q * s.V + v) if s.residual else none)


@njit(**HOW)
def _less_facts(M, s, facts, lanes):
    """L - D, where D is given by the places of its ones: in lane ``facts % lanes`` of a row."""
    for n in range(len(facts)):
        M[s.L + facts[n] // lanes, facts[n] % lanes] -= 1


@njit(**HOW)
def _softmax(M, s, pair, at):
    """L of one pair becomes answers softmax(L)."""
    most, total = row(M, at), whole(0.0, row(M, 0))
    for v in range(at + 1, at + s.V):
        most = larger(most, row(M, v))
    for v in range(at, at + s.V):
        share = exponential(row(M, v) - most)
        put(M, v, share)
        total = total + share
    total = row(M, s.answers + pair) / total
    for v in range(at, at + s.V):
        put(M, v, row(M, v) * total)


@njit(**HOW)
def _bound(M, s, pair, at):
    """L of one pair becomes b = beta L / |L|, which is kept, and so is beta / |L|."""
    total = whole(1e-30, row(M, 0))
    for v in range(at, at + s.V):
        total = total + row(M, v) * row(M, v)
    size = row(M, s.beta) / root(total)
    put(M, s.norms + pair, size)
    for v in range(s.V):
        b = row(M, at + v) * size
        put(M, at + v, b)
        put(M, s.bounded + pair * s.V + v, b)


@njit(**HOW)
def _unbound(M, s, pair, at):
    """From the slope g in b to that in L: beta / |L| (g - b (b g) / beta^2)."""
    along, beta = whole(0.0, row(M, 0)), row(M, s.beta)
    for v in range(s.V):
        along = along + row(M, at + v) * row(M, s.bounded + pair * s.V + v)
    along = along / (beta * beta + 1e-30)
    for v in range(s.V):
        across = row(M, at + v) - row(M, s.bounded + pair * s.V + v) * along
        put(M, at + v, across * row(M, s.norms + pair))


@njit(**HOW)
def _slope(M, s, begin, end, facts, lanes):
    """L becomes the gradient of the loss times the number of facts."""
    first, pairs = begin * s.Q, (end - begin) * s.Q
    for pair in range(pairs):
        if s.loss == BOUNDED:
            _bound(M, s, pair, s.L + pair * s.V)
        if s.loss != SQUARES:
            _softmax(M, s, first + pair, s.L + pair * s.V)
    _less_facts(M, s, facts, lanes)
    for pair in range(pairs):
        if s.loss == BOUNDED:
            _unbound(M, s, pair, s.L + pair * s.V)
    if s.loss == SQUARES:
        for n in range(s.L, s.L + pairs * s.V):
            put(M, n, row(M, n) * 2.0)


@njit(**HOW)
def _through(M, s, begin, end):
    """From the slopes in what is mixed to those of A, x and y, and of E_Q U."""
    hr, size = s.H * s.r, 1 / math.sqrt(s.i)
    for k in range(begin, end):
        for q in range(s.Q):
            pair = (k - begin) * s.Q + q
            for h in range(s.H):
                at = (k * s.Q + q) * s.H + h
                a, total = row(M, s.A + at), whole(0.0, row(M, 0))
                for n in range(h * s.r, (h + 1) * s.r):
                    x, y = k * hr + n, q * hr + n
                    back = row(M, s.back + pair * hr + n)
                    put(M, s.to_x + x, row(M, s.to_x + x) + a * back)
                    put(M, s.to_y + y, row(M, s.to_y + y) + (1.0 - a) * back)
                    total = total + back * (row(M, s.x + x) - row(M, s.y + y))
                put(M, s.to_A + at, total * a * (1.0 - a) * size)
            if s.residual:
                for v in range(s.V):
                    at = s.to_direct + q * s.V + v
                    put(M, at, row(M, at) + row(M, s.L + pair * s.V + v))


@njit(**HOW)
def _itself(M, s):
    """What the scores of a query's token with itself add to the slopes of ask and own."""
    for q in range(s.Q):
        for h in range(s.H):
            total = whole(0.0, row(M, 0))
            for k in range(s.K):
                total = total + row(M, s.to_A + (k * s.Q + q) * s.H + h)
            for n in range((q * s.H + h) * s.i, (q * s.H + h + 1) * s.i):
                put(M, s.to_ask + n, row(M, s.to_ask + n) - total * row(M, s.own + n))
                put(M, s.to_own + n, row(M, s.to_own + n) - total * row(M, s.ask + n))


@njit(**HOW)
def _tie(M, s, tied):
    """U[:, value] = E_K[key] for each pair of ``tied``."""
    for n in range(len(tied)):
        for i in range(s.d):
            put(M, s.U + i * s.V + tied[n, 1], row(M, s.E_K + tied[n, 0] * s.d + i))


@njit(**HOW)
def _untie(M, s, tied):
    """What a tied column of U would move by moves its key instead."""
    none = whole(0.0, row(M, 0))
    for n in range(len(tied)):
        for i in range(s.d):
            key, value = s.to_E_K + tied[n, 0] * s.d + i, s.to_U + i * s.V + tied[n, 1]
            put(M, key, row(M, key) + row(M, value))
            put(M, value, none)


@njit(**HOW)
def _adamw(M, s, rate, betas, decay, step):
    """AdamW, each lane at its own rate."""
    b1, b2 = betas
    size, scale = 1 / (1 - b1**step), 1 / math.sqrt(1 - b2**step)
    share = row(M, s.share)
    for n in range(s.learning):
        slope = row(M, s.slopes + n) * share
        if s.masked:
            slope = slope * row(M, s.keep + n)
        first = row(M, s.first + n) * b1 + slope * (1 - b1)
        second = row(M, s.second + n) * b2 + slope * slope * (1 - b2)
        put(M, s.first + n, first)
        put(M, s.second + n, second)
        now = row(M, s.weights + n)
        down = first * size / (root(second) * scale + 1e-8)
        put(M, s.weights + n, now - rate * (now * decay + down))


@njit(**HOW)
def advance(M, s, before, few, after, facts, begins, tied, rates, betas, decay, begun):
    """A step for each row of ``rates``, with the products of a ``layout``.

    ``facts`` are the places of ones in D, ``begins`` where those of each few keys begin.
    """
    lanes = M.shape[1]
    for n in range(len(rates)):
        _tie(M, s, tied)
        _clear(M, s.sums, s.end)
        products(M, before)
        _attend(M, s)
        for part in range(len(begins) - 1):
            begin, end = part * s.few, min((part + 1) * s.few, s.K)
            _mix(M, s, begin, end)
            products(M, few[3 * part : 3 * part + 1])
            _slope(M, s, begin, end, facts[begins[part] : begins[part + 1]], lanes)
            _clear(M, s.back, s.back + (end - begin) * s.Q * s.H * s.r)
            products(M, few[3 * part + 1 : 3 * part + 3])
            _through(M, s, begin, end)
        products(M, after[: 2 * s.H])
        _itself(M, s)
        products(M, after[2 * s.H :])
        _untie(M, s, tied)
        _adamw(M, s, row(rates, n), betas, decay, begun + n + 1)
