"""The independent checker of a layer file: plain numpy, nothing of the layer room.

Every logit is computed as a *ball*, a midpoint and a radius that the exact value of these weights
cannot leave, and compared with the facts. In float64 a sum of n products is off by at most
n u / (1 - n u) times the sum of their absolute values, however it is added (u = 2^-53);
``numpy.exp`` is taken to be off by 4 units in the last place at most.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open

from factrank.errors import FactrankError
from factrank.facts.database import Database

U, ROUNDING, TINY = 2.0**-53, 1e-9, 1e-200  # TINY: more than underflow takes away
ROOM = 1.01  # radii are computed in float64 too


@dataclass(frozen=True)
class Verdict:
    """``valid`` if the layer holds every fact; ``message`` says how well, or what is false."""

    valid: bool
    message: str
    recalled: int = 0
    bound: float = float("inf")


@dataclass(frozen=True)
class Ball:
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
        t = self.mid / width**0.5
        off = self.rad / width**0.5 + 4 * U * np.abs(t)
        return Ball(1 / (1 + np.exp(-t)), np.minimum(1.0, ROOM * off / 4 + 16 * U))


def exact(numbers: np.ndarray) -> Ball:
    return Ball(numbers, np.zeros(numbers.shape))


@np.errstate(all="ignore")  # what overflows ends in a radius that is not finite
def verify(database: Database, path: str | Path) -> Verdict:
    """Does the layer in the file hold these facts? [ours]

    "exact" if no logit is further than 1e-9 of a fact's from scale times D, for these weights in
    exact arithmetic. Otherwise the facts that lead all other values of their pair are counted, by
    more than the radii and 1e-9 of the absolute products that a logit is summed from.
    Errors: ``FactrankError``, one sentence, for a file that is no layer or was changed.
    """
    weights, labels, config, origin = _read(Path(path))
    index = [{label: i for i, label in enumerate(names)} for names in labels]
    facts: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for triple in database.triples():
        for place, label in zip(index, triple, strict=True):
            if label not in place:
                return Verdict(False, f"{label!r} in {triple}: expected a label of the layer")
        k, q, v = (place[label] for place, label in zip(index, triple, strict=True))
        facts[k].append((q, v))
    scale, bound, known, least = float(origin["scale"]), 0.0, 0, float("inf")
    for k in range(len(labels[0])):
        L, size = _row(weights, config["residual"], k)
        D = np.zeros(L.mid.shape, dtype=bool)
        D[[q for q, _ in facts[k]], [v for _, v in facts[k]]] = True
        off = (np.abs(L.mid - scale * D) + L.rad).max()
        bound = max(bound, float("inf") if np.isnan(off) else float(off))
        for q, v in facts[k]:
            others = (L.mid + L.rad)[q][~D[q]]
            lead = L.mid[q, v] - others.max() if len(others) else abs(L.mid[q, v])
            known += bool(lead - L.rad[q, v] > ROUNDING * size[q])
            least = min(least, float(lead - L.rad[q, v]))
    n, logit, claim = len(database), f"{scale:.4g} D", origin.get("exact")
    told = (
        f"recalls {known} of {n} facts, least lead {least:.2g}; a logit is {bound:.2g} off {logit}"
    )
    if bound <= ROUNDING * abs(scale):
        told = f"exact: L is {logit} to within {bound:.1e} on every logit, {n} facts"
    elif claim is not None and claim["facts"] == database.digest():
        known, told = 0, f"false: the file says exact to {claim['bound']:.1e}; it {told}"
    return Verdict(known == n, told, known, bound)


def _row(w: dict[str, np.ndarray], residual: bool, k: int) -> tuple[Ball, np.ndarray]:
    """The logits (q, v) of one key, and the largest sum of absolute products of each query."""
    key, query, U_ = exact(w["E_K"][k : k + 1]), exact(w["E_Q"]), exact(w["U"])
    direct = np.abs(w["E_Q"]) @ np.abs(w["U"])
    L, size = (query @ U_, direct) if residual else (exact(0 * direct), 0 * direct)
    for head in zip(w["W_Q"], w["W_K"], w["W_V"], w["W_O"], strict=True):
        W_Q, W_K, W_V, W_O = map(exact, head)
        ask, seen, own = query @ W_Q, key @ W_K, query @ W_K
        s_qq = (ask * own) @ exact(np.ones((W_Q.mid.shape[1], 1)))
        A = (ask @ Ball(seen.mid.T, seen.rad.T) + Ball(-s_qq.mid, s_qq.rad)).gate(W_Q.mid.shape[1])
        x, y, out = key @ W_V, query @ W_V, W_O @ U_
        L = L + (y + A * (x + Ball(-y.mid, y.rad))) @ out
        size += (A.mid * np.abs(x.mid) + (1 - A.mid) * np.abs(y.mid)) @ np.abs(out.mid)
    return L, size.max(1)


def _read(path: Path) -> tuple[dict[str, np.ndarray], list[list[str]], dict, dict]:
    """Weights in float64, labels, configuration and origin of a file whose digest is right."""
    try:
        path.open("rb").close()
        with safe_open(str(path), framework="np") as file:
            texts = file.metadata()
            stacks = {name: file.get_tensor(name) for name in sorted(file.keys())}
        sha = hashlib.sha256()
        for part in ("config", "edits", "labels", "origin"):
            sha.update(f"{part}\0{texts[part]}\0".encode())
        for name, stack in stacks.items():
            about = f"{name} torch.{stack.dtype} {stack.shape}\0"
            sha.update(about.encode() + stack.tobytes())
        weights = {name: stack[0].astype(float) for name, stack in stacks.items()}
        labels, config, origin = (json.loads(texts[it]) for it in ("labels", "config", "origin"))
        sizes = [len(weights["E_K"]), len(weights["E_Q"]), weights["U"].shape[1]]
        if sizes != list(map(len, labels)) or texts["digest"] != sha.hexdigest():
            raise ValueError
    except (OSError, ValueError, KeyError, TypeError, IndexError, SafetensorError) as error:
        found = getattr(error, "strerror", None) or "one that was changed or is none"
        raise FactrankError(f"{path}: expected a layer file of factrank, found {found}") from None
    return weights, labels, config, origin
