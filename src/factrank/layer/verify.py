"""The independent checker of a layer file: plain numpy, nothing of the layer room.

Every logit is a *ball*, a midpoint and a radius that the exact value of these weights cannot leave.
A sum of n products is off by at most n u / (1 - n u) times that of their absolute values, however
it is added (u = 2^-53); ``numpy.exp`` is taken to be off by 4 units in the last place at most.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
from safetensors import SafetensorError, deserialize

from factrank.errors import FactrankError
from factrank.facts.database import Database

ROUNDING, U, ROOM, TINY = 1e-9, 2.0**-53, 1.01, 1e-200  # radii are rounded, products underflow
WRONG = ValueError, KeyError, TypeError, AttributeError, OverflowError, SafetensorError
KINDS = dict(F64=("float64", 52), F32=("float32", 23), F16=("float16", 10), BF16=("bfloat16", 7))
SHAPES = dict(E_K="Kd", E_Q="Qd", U="dV", W_Q="hdi", W_K="hdi", W_V="hdr", W_O="hrd")


class Verdict(NamedTuple):
    """``valid`` if the layer holds every fact; ``message`` says how well, or what is false."""

    valid: bool
    message: str
    recalled: int = 0
    bound: float = np.inf


class Ball(NamedTuple):
    """Numbers ``mid``, each within ``rad`` of the exact one."""

    mid: np.ndarray
    rad: np.ndarray

    def __matmul__(self, other: Ball) -> Ball:
        size, most = np.abs(self.mid), np.abs(other.mid)
        n = (self.mid.shape[-1] + 2) * U
        off = self.rad @ (most + other.rad) + size @ other.rad + n / (1 - n) * (size @ most)
        return Ball(self.mid @ other.mid, ROOM * off + TINY)

    def __add__(self, other: Ball) -> Ball:
        mid = self.mid + other.mid
        return Ball(mid, ROOM * (self.rad + other.rad + U * np.abs(mid)))

    def __mul__(self, other: Ball) -> Ball:
        mid, most = self.mid * other.mid, np.abs(other.mid)
        off = self.rad * (most + other.rad) + np.abs(self.mid) * other.rad + U * np.abs(mid)
        return Ball(mid, ROOM * off + TINY)

    def gate(self, width: int) -> Ball:
        """sigmoid(self / sqrt(width)): its slope is at most 1/4."""
        t, off = self.mid / width**0.5, self.rad / width**0.5
        off = ROOM * (off + 4 * U * np.abs(t)) / 4 + 16 * U
        return Ball(1 / (1 + np.exp(-t)), np.minimum(1.0, off))


@np.errstate(all="ignore")  # what overflows ends in a radius that is not finite
def verify(database: Database, path: str | Path) -> Verdict:
    """Does the layer in the file hold these facts? [ours]

    "exact" if no logit of these weights is further than 1e-9 of a fact's from scale D. Else those
    are counted that lead their pair by radii and more than rounding, or twice what the file claims.
    Errors: ``FactrankError`` for a file that is no layer or was changed.
    """
    weights, labels, residual, scale, claim, eps = _read(Path(path))
    index = [{label: i for i, label in enumerate(names)} for names in labels]
    facts: list[list[tuple[int, int]]] = [[] for _ in labels[0]]
    for triple in database.triples():
        k, q, v = (place.get(label) for place, label in zip(index, triple, strict=True))
        if None in (k, q, v):
            return Verdict(False, f"{triple}: expected labels of the layer")
        facts[k].append((q, v))
    n, known, bound, surely, least = len(database), 0, 0.0, 0.0, float("inf")
    apart = 2 * claim[1] if 2 * claim[1] < scale else 0.0  # what two logits are off by, as said
    for k in range(len(labels[0])):
        L, size = _row(weights, residual, k)
        D = np.zeros(L.mid.shape, dtype=bool)
        D[[q for q, _ in facts[k]], [v for _, v in facts[k]]] = True
        off = np.abs(L.mid - scale * D)
        bound = float(np.maximum(bound, (off + L.rad).max()))  # NaN stays NaN
        surely = float(np.fmax(surely, (off - L.rad).max()))
        for q, v in facts[k]:
            others = (L.mid + L.rad)[q][~D[q]]
            lead = L.mid[q, v] - others.max() if len(others) else abs(L.mid[q, v])
            least = min(least, float(lead - L.rad[q, v]))
            known += bool(lead - L.rad[q, v] > max(max(ROUNDING, eps) * size[q], apart))
    logit, told = f"{scale:.4g} D", f"recalls {known} of {n} facts, least lead {least:.2g}; "
    told += f"a logit is {bound:.2g} off {logit}"
    if known == n and bound <= ROUNDING * scale:
        told = f"exact: L is {logit} to within {bound:.1e} on every logit, {n} facts"
    elif claim[0] == database.digest() and not surely <= claim[1]:
        known, told = 0, f"false: the file says exact to {claim[1]:.1e}; it {told}"
    return Verdict(known == n, told, known, bound)


def _row(w: dict[str, np.ndarray], residual: bool, k: int) -> tuple[Ball, np.ndarray]:
    """The logits (q, v) of one key, and the largest sum of absolute products of each query."""
    parts = w["E_K"][k : k + 1], w["E_Q"], w["U"], np.ones((w["W_Q"].shape[2], 1))
    key, query, U_, ones = (Ball(it, 0 * it) for it in parts)
    size = residual * np.abs(w["E_Q"]) @ np.abs(w["U"])
    L = query @ U_ if residual else Ball(0 * size, 0 * size)
    for head in zip(w["W_Q"], w["W_K"], w["W_V"], w["W_O"], strict=True):
        W_Q, W_K, W_V, W_O = (Ball(it, 0 * it) for it in head)
        ask, seen, own = query @ W_Q, key @ W_K, query @ W_K
        s_qq = (ask * own) @ ones
        A = (ask @ Ball(seen.mid.T, seen.rad.T) + Ball(-s_qq.mid, s_qq.rad)).gate(W_Q.mid.shape[1])
        x, y, out = key @ W_V, query @ W_V, W_O @ U_
        L = L + (y + A * (x + Ball(-y.mid, y.rad))) @ out
        size += (A.mid * np.abs(x.mid) + (1 - A.mid) * np.abs(y.mid)) @ np.abs(out.mid)
    return L, size.max(1)


def _read(path: Path) -> tuple[dict, list[list[str]], bool, float, tuple[str, float], float]:
    # weights in float64, labels, residual path, scale, what is claimed, unit of the dtype
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
        labels, config, origin = (json.loads(texts[it]) for it in ("labels", "config", "origin"))
        claim, scale = origin.get("exact", {"facts": "", "bound": 0.0}), float(origin["scale"])
        claimed = claim["facts"], float(claim["bound"])
        told = ["keys", "queries", "values", "d_model", "n_heads", "d_head_qk", "d_head_vo"]
        sizes = dict(zip("KQVdhir", (config[it] for it in told), strict=True))
        shapes = {name: [1, *(sizes[axis] for axis in axes)] for name, axes in SHAPES.items()}
        whole = shapes == {name: stack["shape"] for name, stack in stacks.items()}
        whole &= {int} == {*map(type, sizes.values())} and texts["digest"] == sha.hexdigest()
        whole &= [*map(len, labels)] == [*sizes.values()][:3] and all(map(all, labels))
        whole &= all([*dict.fromkeys(it)] == it and {*map(type, it)} == {str} for it in labels)
        if not (whole and 0 < scale < 1e300 and type(config["residual"]) is bool):
            raise ValueError
    except (OSError, RecursionError, *WRONG) as error:
        found = getattr(error, "strerror", None) or "one that was changed or is none"
        raise FactrankError(f"{path}: expected a layer file of factrank, found {found}") from None
    return weights, labels, config["residual"], scale, claimed, 2.0**-digits
