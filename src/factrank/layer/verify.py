"""The independent checker of a layer file: plain numpy, nothing that made the layer.

Every logit is a *ball*, a midpoint and a radius that the exact value of these weights cannot leave.
A sum of n products is off by at most n u / (1 - n u) times that of their absolute values, however
it is added (u = 2^-53); ``numpy.exp`` is taken to be off by 4 units in the last place at most. The
reader of files and the arithmetic of balls serve nobody else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from safetensors import SafetensorError, deserialize

from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.facts.words import counted

WRONG = ValueError, KeyError, TypeError, AttributeError, OverflowError, SafetensorError
KINDS = dict(F64=("float64", 52), F32=("float32", 23), F16=("float16", 10), BF16=("bfloat16", 7))
FORMAT = "factrank-layer-1"
SIZES = ["keys", "queries", "values", "d_model", "n_heads", "d_head_qk", "d_head_vo"]
FLAGS = "residual", "trainable_embeddings"
NOTHING = {"facts": "", "bound": 0.0, "error": 0.0}  # what a file without a claim says
SHAPES = dict(E_K="Kd", E_Q="Qd", U="dV", W_Q="hdi", W_K="hdi", W_V="hdr", W_O="hrd")


def unpacked(
    path: Path,
) -> tuple[dict[str, np.ndarray], list[list[str]], bool, float, tuple[str, float], float]:
    """Weights in float64, labels, residual path, scale, what is claimed, unit of the dtype.

    Errors: ``FactrankError`` for a file that is no layer or was changed.
    """
    try:
        stacks, weights = dict(sorted(deserialize(raw := path.read_bytes()))), {}
        texts = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])["__metadata__"]
        ((kind, digits),) = {KINDS[stack["dtype"]] for stack in stacks.values()}
        parts = "config", "edits", "labels", "origin"
        sha = hashlib.sha256("".join(f"{it}\0{texts[it]}\0" for it in parts).encode())
        for name, stack in stacks.items():
            sha.update(f"{name} torch.{kind} {tuple(stack['shape'])}\0".encode() + stack["data"])
            numbers = np.frombuffer(stack["data"], "u2" if kind == "bfloat16" else kind)
            if kind == "bfloat16":  # the upper half of a float32
                numbers = (numbers.astype("u4") << 16).view("f4")
            weights[name] = np.asarray_chkfinite(numbers, float).reshape(stack["shape"][1:])
        config, edits, labels, origin = (json.loads(texts[it]) for it in parts)
        claim, scale = origin.get("exact", NOTHING), origin["scale"]
        claimed = claim["facts"], claim["bound"]
        sizes = dict(zip("KQVdhir", (config[it] for it in SIZES), strict=True))
        shapes = {name: [1, *(sizes[axis] for axis in axes)] for name, axes in SHAPES.items()}
        whole = shapes == {name: stack["shape"] for name, stack in stacks.items()}
        whole &= (
            {int} == {*map(type, sizes.values())}
            and min(sizes.values()) > 0
            and texts["digest"] == sha.hexdigest()
        )
        whole &= [*map(len, labels)] == [*sizes.values()][:3] and all(map(all, labels))
        whole &= all([*dict.fromkeys(it)] == it and {*map(type, it)} == {str} for it in labels)
        whole &= {*config} == {*SIZES, *FLAGS, "tied"} and {*claim} == {*NOTHING}
        whole &= {*origin} - {"exact"} == {"database", "method", "scale"} and type(edits) is list
        whole &= all(type(config[it]) is bool for it in FLAGS) and type(claimed[0]) is str
        whole &= 0 < scale < 1e300 and 0 <= claimed[1] < 1e300 and texts["format"] == FORMAT
        whole &= all(
            np.array_equal(weights["U"][:, v], weights["E_K"][k]) for k, v in config["tied"]
        )
        if not whole:
            raise ValueError
    except (OSError, RecursionError, *WRONG) as error:
        found = getattr(error, "strerror", None) or "one that was changed or is none"
        raise FactrankError(f"{path}: expected a layer file of factrank, found {found}") from None
    return weights, labels, config["residual"], scale, claimed, 2.0**-digits


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


ROUNDING = 1e-9
BLOCK = 250_000  # logits at once: an array that stays in a cache, four times as fast as a larger
MOST = 100_000_000  # logits that are looked at in any case


class Verdict(NamedTuple):
    """``valid`` if the layer holds every fact; ``message`` says how well, or what is false."""

    valid: bool
    message: str
    recalled: int = 0
    bound: float = np.inf


@np.errstate(all="ignore")  # what overflows ends in a radius that is not finite
def verify(
    database: Database,
    path: str | Path,
    everywhere: bool | None = None,
    tell: Callable[[int, int], object] = lambda done, total: None,
) -> Verdict:
    """Does the layer in the file hold these facts? [ours]

    "exact" if no logit of these weights is further than 1e-9 of a fact's from scale D. Else those
    are counted that lead their pair by radii and more than rounding, or twice what the file claims.
    ``everywhere`` says whether every pair is looked at, or those with a fact alone; not told, every
    pair up to ``MOST`` logits, or if the file says that the layer is exact. Memory: ``BLOCK``
    logits, or a row. ``tell`` hears of keys done, and of how many.
    Errors: ``FactrankError`` for a file that is no layer or was changed.
    """
    weights, labels, residual, scale, claim, eps = unpacked(Path(path))
    index = [{label: i for i, label in enumerate(names)} for names in labels]
    facts = []
    for triple in database.triples():
        facts.append([place.get(label) for place, label in zip(index, triple, strict=True)])
        if None in facts[-1]:
            return Verdict(False, f"{triple}: expected labels of the layer")
    n, known, bound, surely, least = len(facts), 0, 0.0, 0.0, float("inf")
    apart = 2 * claim[1] if 2 * claim[1] < scale else 0.0  # what two logits are off by, as said
    (K, Q, V), part = map(len, labels), max(ROUNDING, eps)
    if everywhere is None:
        everywhere = claim[0] != "" or K * Q * V <= MOST
    ks, qs, values = np.array(sorted(facts), dtype=np.int64).reshape(n, 3).T
    pairs, layer = ks * Q + qs, _Layer(weights, residual, closely=everywhere)
    asked = range(K * Q) if everywhere else np.unique(pairs)
    some = max(1, BLOCK // max(V, layer.width))
    for at in range(0, len(asked), some):
        these = np.asarray(asked[at : at + some])
        tell(int(these[0]) // Q, K)
        L, rad, said = layer(*np.divmod(these, Q))
        mine = slice(*np.searchsorted(pairs, (these[0], these[-1] + 1)))
        row, v = np.searchsorted(these, pairs[mine]), values[mine]
        own, off = L[row, v], np.broadcast_to(rad, L.shape)[row, v]
        L[row, v] = -np.inf
        alone = (np.bincount(row, minlength=len(these)) == V)[row]  # no others: apart from zero
        lead = np.where(alone, np.abs(own), own - _most(np.maximum, L, rad)[row]) - off
        L[row, v] = own - scale
        L = np.abs(L, out=L)
        bound = float(np.maximum(bound, _most(np.maximum, L, rad).max()))  # NaN stays NaN
        surely = float(np.fmax(surely, np.fmax.reduce(_most(np.fmax, L, -rad))))
        least = float(np.fmin.reduce(lead, initial=least))
        size = ROOM * (said @ layer.most.max(1, keepdims=True))[:, 0]  # at least, and cheap
        close = np.unique(row[(lead > 0) & ~(lead > part * size[row])])
        size[close] = (said[close] @ layer.most).max(1)
        known += int((lead > np.maximum(part * size[row], apart)).sum())
    logit, facts = f"{scale:.4g} D", counted(n, "fact")
    told = f"recalls {known} of {facts}, least lead {least:.2g}; "
    told += f"{'' if everywhere else 'on their pairs '}a logit is {bound:.2g} off {logit}"
    if claim[0] == database.digest() and not surely <= claim[1]:
        known, told = 0, f"false: the file says exact to {claim[1]:.1e}; it {told}"
    elif everywhere and known == n and bound <= ROUNDING * scale:
        told = f"exact: L is {logit} to within {bound:.1e} on every logit, {facts}"
    return Verdict(known == n, told, known, bound)


def _most(larger: np.ufunc, L: np.ndarray, rad: np.ndarray) -> np.ndarray:
    """The largest of L + rad in each row: where a row has one radius, without an array of sums."""
    one = rad.shape[1] == 1
    most: np.ndarray = larger.reduce(L if one else L + rad, axis=1)
    return most + rad[:, 0] if one else most


class _Layer:
    """The logits of any pairs: what heads say of a pair, in balls, times the directions of all
    values. What queries ask is computed once, what keys are once a block."""

    def __init__(self, w: dict[str, np.ndarray], residual: bool, closely: bool) -> None:
        self.heads, _, self.score = w["W_Q"].shape
        flat = (np.concatenate(w[it], axis=1) for it in ("W_Q", "W_K", "W_V"))  # d (h i)
        W_Q, self.W_K, self.W_V = map(Ball.exact, flat)
        self.E_K, query = w["E_K"], Ball.exact(w["E_Q"])
        self.ask, own, self.y = (self._split(query @ it) for it in (W_Q, self.W_K, self.W_V))
        self.own, self.query = self.ask.dot(own), query if residual else None
        out = Ball.exact(np.concatenate(w["W_O"])) @ Ball.exact(w["U"])  # (h r) V
        if residual:
            out = out.beside(Ball.exact(w["U"]), axis=0)
        self.out, self.most = out.mid, np.abs(out.mid)
        # what an error of what is said is multiplied by, and what is said itself: for every value,
        # or, not so closely, for the one where it is most
        self.off = self.most + out.rad, out.rad + rounding(len(out.mid)) * self.most
        if not closely:
            self.off = tuple(it.max(1, keepdims=True) for it in self.off)
        self.width = max(len(self.out), *self.W_K.mid.shape)

    def _split(self, it: Ball) -> Ball:
        return it.each(lambda n: n.reshape(len(n), self.heads, -1))

    def __call__(self, ks: np.ndarray, qs: np.ndarray) -> tuple[np.ndarray, ...]:
        """Logits (pair, value); how far each is off at most, or all of a pair (pair, 1); and the
        sizes of what a pair is told (pair, direction)."""
        some, at = np.unique(ks, return_inverse=True)
        key = Ball.exact(self.E_K[some])
        seen, x = (self._split(key @ it).each(lambda n: n[at]) for it in (self.W_K, self.W_V))
        ask, own, y = (it.each(lambda n: n[qs]) for it in (self.ask, self.own, self.y))
        A = (ask.dot(seen) - own).gate(self.score).each(lambda n: n[:, :, None])
        said = (y + A * (x - y)).each(lambda n: n.reshape(len(n), -1))
        size = A.mid * np.abs(x.mid) + (1 - A.mid) * np.abs(y.mid)
        size = size.reshape(said.mid.shape)
        if self.query is not None:
            mine = self.query.each(lambda n: n[qs])
            said, size = said.beside(mine, axis=1), np.hstack([size, np.abs(mine.mid)])
        error, exact = self.off
        rad = ROOM * (said.rad @ error + np.abs(said.mid) @ exact) + TINY
        return said.mid @ self.out, rad, size
