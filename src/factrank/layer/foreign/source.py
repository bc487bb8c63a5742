"""A checkpoint of others as names, shapes and tensors. Local files; nothing in them is run."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor

from factrank.errors import FactrankError
from factrank.layer.file import DTYPES

INNER = ("state_dict", "model_state_dict", "model")  # where a training script keeps the weights
CONFIG = "config.json"


@dataclass(frozen=True, eq=False)
class Source:
    """The tensors of one file by name, read when they are asked for, and the settings beside it."""

    path: str
    shapes: Mapping[str, tuple[int, ...]]
    raw: Callable[[str], Tensor]
    config: Mapping[str, Any] | None

    def tensor(self, name: str) -> Tensor:
        """One tensor in float64.

        Errors: ``FactrankError`` for one that is absent, in integers or packed, or not finite.
        """
        if name not in self.shapes:
            raise FactrankError(f"{self.path}: expected the tensor {name} too, found none")
        found = self.raw(name)
        if found.dtype not in DTYPES:
            known = ", ".join(str(it).removeprefix("torch.") for it in DTYPES)
            raise FactrankError(f"{self.path}: expected {name} in {known}, found {found.dtype}")
        if not torch.isfinite(found).all():
            raise FactrankError(f"{self.path}: expected finite numbers, found others in {name}")
        return found.detach().double()

    def count(self, *names: str) -> int:
        """How many numbers the file holds of these: weights and, where they are, biases."""
        sizes = [self.shapes.get(f"{it}.{end}") for it in names for end in ("weight", "bias")]
        return sum(torch.Size(it).numel() for it in sizes if it is not None)


def opened(path: str | Path) -> Source:
    """A safetensors file or a state dict of torch, opened; a pickle that would run code is refused.

    Errors: ``FactrankError``, one sentence, for a path that cannot be read and any other file.
    """
    try:
        with Path(path).open("rb") as file:
            start = file.read(9)
        config = _config(Path(path).with_name(CONFIG))
        if start[8:] == b"{":  # a safetensors file: the length of its header, then the header
            held = safe_open(str(path), framework="pt")
            shapes = {name: tuple(held.get_slice(name).get_shape()) for name in held.keys()}  # noqa: SIM118
            return Source(str(path), shapes, held.get_tensor, config)
        packed = zipfile.is_zipfile(path)
        tensors = _weights(torch.load(path, map_location="cpu", weights_only=True, mmap=packed))
    except (FactrankError, MemoryError):
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise FactrankError(f"{path}: expected a checkpoint, found: {reason}") from None
    except Exception:  # torch and safetensors have many words for a file that is none
        tensors = {}
    if not tensors:
        raise FactrankError(
            f"{path}: expected a safetensors file or a torch file of tensors by name, found one "
            "that is cut short or of another kind"
        )
    return Source(
        str(path), {n: tuple(t.shape) for n, t in tensors.items()}, tensors.__getitem__, config
    )


def _weights(found: Any) -> dict[str, Tensor]:
    """The tensors by name, of a state dict or of what a training script wrote around one."""
    for name in INNER:
        if isinstance(found, dict) and isinstance(found.get(name), dict):
            found = found[name]
    items = found.items() if isinstance(found, dict) else ()
    return {name: it for name, it in items if isinstance(name, str) and isinstance(it, Tensor)}


def _config(path: Path) -> Mapping[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or "another text"
        raise FactrankError(f"{path}: expected JSON, found {reason}") from None
    if not isinstance(found, dict):
        raise FactrankError(f"{path}: expected a JSON object, found a {type(found).__name__}")
    return found
