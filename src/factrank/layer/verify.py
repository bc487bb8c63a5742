"""The independent checker of a layer file: plain numpy, nothing that made the layer.

Every logit is a *ball*, a midpoint and a radius that the exact value of these weights cannot leave:
``balls`` is its arithmetic, and all that it shares with other modules of this room.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from safetensors import SafetensorError, deserialize

from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.layer.balls import Ball

ROUNDING = 1e-9
BLOCK, MOST = 1_000_000, 100_000_000  # logits at once; logits that are looked at in any case
WRONG = ValueError, KeyError, TypeError, AttributeError, OverflowError, SafetensorError
KINDS = dict(F64=("float64", 52), F32=("float32", 23), F16=("float16", 10), BF16=("bfloat16", 7))
SHAPES = dict(E_K="Kd", E_Q="Qd", U="dV", W_Q="hdi", W_K="hdi", W_V="hdr", W_O="hrd")


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
    weights, labels, residual, scale, claim, eps = _read(Path(path))
    index = [{label: i for i, label in enumerate(names)} for names in labels]
    facts: list[list[tuple[int, int]]] = [[] for _ in labels[0]]
    for triple in database.triples():
        k, q, v = (place.get(label) for place, label in zip(index, triple, strict=True))
        if k is None or q is None or v is None:
            return Verdict(False, f"{triple}: expected labels of the layer")
        facts[k].append((q, v))
    n, known, bound, surely, least = len(database), 0, 0.0, 0.0, float("inf")
    apart = 2 * claim[1] if 2 * claim[1] < scale else 0.0  # what two logits are off by, as said
    K, Q, V = map(len, labels)
    if everywhere is None:
        everywhere = claim[0] != "" or K * Q * V <= MOST
    out, some = Ball.exact(weights["W_O"]) @ Ball.exact(weights["U"]), max(1, BLOCK // V)
    asked = [range(Q) if everywhere else sorted({q for q, _ in mine}) for mine in facts]
    for k, at in ((it, at) for it in range(K) for at in range(0, len(asked[it]), some)):
        tell(k, K)
        qs = asked[k][at : at + some]
        L, size = _row(weights, out, residual, k, qs)
        mine = [(qs.index(q), v) for q, v in facts[k] if q in qs]
        D = np.zeros(L.mid.shape, dtype=bool)
        D[[q for q, _ in mine], [v for _, v in mine]] = True
        off = np.abs(L.mid - scale * D)
        bound = float(np.maximum(bound, (off + L.rad).max()))  # NaN stays NaN
        surely = float(np.fmax(surely, (off - L.rad).max()))
        for q, v in mine:
            others = (L.mid + L.rad)[q][~D[q]]
            lead = L.mid[q, v] - others.max() if len(others) else abs(L.mid[q, v])
            least = min(least, float(lead - L.rad[q, v]))
            known += bool(lead - L.rad[q, v] > max(max(ROUNDING, eps) * size[q], apart))
    logit, told = f"{scale:.4g} D", f"recalls {known} of {n} facts, least lead {least:.2g}; "
    told += f"{'' if everywhere else 'on their pairs '}a logit is {bound:.2g} off {logit}"
    if everywhere and known == n and bound <= ROUNDING * scale:
        told = f"exact: L is {logit} to within {bound:.1e} on every logit, {n} facts"
    elif claim[0] == database.digest() and not surely <= claim[1]:
        known, told = 0, f"false: the file says exact to {claim[1]:.1e}; it {told}"
    return Verdict(known == n, told, known, bound)


def _row(
    w: dict[str, np.ndarray], out: Ball, residual: bool, k: int, qs: Sequence[int]
) -> tuple[Ball, np.ndarray]:
    """The logits (q, v) of one key, and the largest sum of absolute products of each query."""
    parts = w["E_K"][k : k + 1], w["E_Q"][list(qs)], np.ones((w["W_Q"].shape[2], 1))
    key, query, ones = map(Ball.exact, parts)
    size = np.zeros((len(qs), out.mid.shape[2]))
    L = Ball.exact(size)
    if residual:
        L, size = query @ Ball.exact(w["U"]), np.abs(query.mid) @ np.abs(w["U"])
    for h, head in enumerate(zip(w["W_Q"], w["W_K"], w["W_V"], strict=True)):
        W_Q, W_K, W_V = map(Ball.exact, head)
        ask, seen, own = query @ W_Q, key @ W_K, query @ W_K
        s_qq = (ask * own) @ ones
        A = (ask @ Ball(seen.mid.T, seen.rad.T) + Ball(-s_qq.mid, s_qq.rad)).gate(W_Q.mid.shape[1])
        x, y, U_ = key @ W_V, query @ W_V, Ball(out.mid[h], out.rad[h])
        L = L + (y + A * (x + Ball(-y.mid, y.rad))) @ U_
        size = size + (A.mid * np.abs(x.mid) + (1 - A.mid) * np.abs(y.mid)) @ np.abs(U_.mid)
    return L, size.max(1)


def _read(
    path: Path,
) -> tuple[dict[str, np.ndarray], list[list[str]], bool, float, tuple[str, float], float]:
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
