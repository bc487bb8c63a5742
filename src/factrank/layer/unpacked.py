"""A layer file in plain numpy: the reader of the independent checker of layers."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, deserialize

from factrank.errors import FactrankError

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
