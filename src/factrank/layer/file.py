"""A layer as one file: safetensors, its metadata holding configuration, labels, origin and edits.

No pickle: opening a file runs nothing. A digest over weights and metadata tells a file that was
changed by other means than these.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_bytes

from factrank.errors import FactrankError, given
from factrank.facts.strict import fields, items, show, wrong
from factrank.files import replacing
from factrank.layer.attention import AttentionLayer, Weights
from factrank.layer.config import LayerConfig
from factrank.layer.exactness import Exactness
from factrank.layer.model import NamedLayer

FORMAT = "factrank-layer-1"
DTYPES = torch.float64, torch.float32, torch.bfloat16, torch.float16
PARTS = ("config", "labels", "origin", "edits")


def save(
    path: str | Path, named: NamedLayer, *, force: bool = False, inputs: Iterable[str] = ()
) -> None:
    """Write the layer, whole or not at all: over another file only with ``force``, over one of
    ``inputs`` never. The same layer makes the same bytes.

    Errors: ``FactrankError`` for no layer with names, and if the path cannot be written.
    """
    given("path", path, (str, PathLike), "a path")
    if not isinstance(named, NamedLayer):
        raise FactrankError(f"save: expected a layer with names, found a {type(named).__name__}")
    meta = {
        "config": named.layer.config.to_dict(),
        "labels": [named.keys, named.queries, named.values],
        "origin": {"database": named.database, "method": named.method, "scale": named.scale}
        | ({} if named.exact is None else {"exact": named.exact.to_dict()}),
        "edits": named.edits,
    }
    texts = {part: json.dumps(meta[part]) for part in PARTS}
    weights = {
        name: weight.detach().cpu().contiguous().clone()
        for name, weight in named.layer.weights._asdict().items()
    }
    texts |= {"format": FORMAT, "digest": _digest(texts, weights)}
    with replacing(path, "wb", force=force, inputs=inputs) as file:
        file.writelines(_in_order(to_bytes(weights, metadata=texts)))


def load(path: str | Path) -> NamedLayer:
    """The layer in a file that ``save`` wrote.

    Errors: ``FactrankError``, one sentence, for a path that cannot be read, a file that is cut
    short or is no safetensors file, one of another kind, and one that was changed since.
    """
    given("path", path, (str, PathLike), "a path")
    texts, weights = _open(path)
    if texts.get("format") != FORMAT:
        raise FactrankError(
            f"{path}: expected a layer written by factrank ({FORMAT}), "
            f"found {show(texts.get('format', 'a safetensors file without that mark'))}"
        )
    if set(PARTS) - set(texts) or set(weights) != set(Weights._fields):
        raise FactrankError(f"{path}: expected all parts of a layer, found some missing")
    if texts.get("digest") != _digest({part: texts[part] for part in PARTS}, weights):
        raise FactrankError(
            f"{path}: expected the digest of its own contents, found another: the file was changed"
        )
    try:
        return _named({part: _parsed(part, texts[part]) for part in PARTS}, weights)
    except FactrankError as error:  # its digest is right, and what it says is wrong
        raise FactrankError(f"{path}: {error}") from None


def _named(meta: dict[str, Any], weights: dict[str, torch.Tensor]) -> NamedLayer:
    for name, weight in weights.items():
        if weight.dtype not in DTYPES:
            wrong(name, f"one of {', '.join(map(str, DTYPES))}", str(weight.dtype))
    layer = AttentionLayer(LayerConfig.from_dict(meta["config"]), Weights(**weights))
    keys, queries, values = (
        tuple(items("labels", names)) for names in items("labels", meta["labels"], 3)
    )
    found = meta["origin"]
    exact = " exact" if isinstance(found, dict) and "exact" in found else ""
    origin = fields("origin", found, f"database method scale{exact}")
    if exact:
        origin["exact"] = Exactness.from_dict(origin["exact"])
    edits = tuple(items("edits", meta["edits"]))
    return NamedLayer(layer, keys, queries, values, edits=edits, **origin)


def _parsed(part: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:  # no JSON, a very long number, brackets
        wrong(part, "JSON", str(error)[:80])


def _open(path: str | Path) -> tuple[dict[str, str], dict[str, torch.Tensor]]:
    try:
        Path(path).open("rb").close()  # the plain reason first: absent, a folder, not allowed
        with safe_open(str(path), framework="pt") as file:
            return file.metadata() or {}, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise FactrankError(f"{path}: expected a layer file, found: {reason}") from None
    except SafetensorError:
        raise FactrankError(
            f"{path}: expected a layer file, found one that is cut short or of another kind"
        ) from None


def _in_order(raw: bytes) -> tuple[bytes, memoryview]:
    """The file in two parts, its metadata sorted: safetensors writes it in any order, each time
    another."""
    end = 8 + int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:end])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # the numbers stand at a multiple of eight, as before
    return len(text).to_bytes(8, "little") + text, memoryview(raw)[end:]


def _digest(texts: dict[str, str], weights: dict[str, torch.Tensor]) -> str:
    sha = hashlib.sha256()
    for part in sorted(texts):
        sha.update(f"{part}\0{texts[part]}\0".encode())
    for name in sorted(weights):
        raw = weights[name].reshape(-1).contiguous().view(torch.uint8)
        sha.update(f"{name} {weights[name].dtype} {tuple(weights[name].shape)}\0".encode())
        sha.update(raw.numpy().tobytes())
    return sha.hexdigest()
