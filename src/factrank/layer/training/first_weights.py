"""Where training starts: the first weights of each layer, and which of them may move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn.functional import pad

from factrank.errors import FactrankError
from factrank.layer.attention import Weights
from factrank.layer.config import LayerConfig

EMBEDDINGS = ("E_K", "E_Q", "U")


def first_weights(
    config: LayerConfig,
    seeds: Sequence[int],
    *,
    widths: Sequence[int] | None = None,
    key_independent: bool = False,
    std: float = 0.1,
) -> Weights:
    """The stack of first weights, one model a seed, in float64.

    A model is drawn from its own seed and width: the company it is trained in does not change it.
    Trained embeddings (T) are normal with ``std``; frozen ones (F) have norm 1 and are orthogonal
    as far as d_model allows. The other weights are normal with variance 1/(fan in). ``widths``
    are total value-output widths, at most n_heads d_head_vo: spread over the heads as evenly as
    possible, the rest of W_V and W_O being zero. ``key_independent`` splits the stream, see
    ``masks``. [ours]

    Errors: ``FactrankError`` for a width outside the layer, for a stream too narrow to split.

    >>> first_weights(LayerConfig(4, 3, 5, 8, 2, 1, 3), [0, 1], widths=[2, 5]).W_V[0].any(1).int()
    tensor([[1, 0, 0],
            [1, 0, 0]], dtype=torch.int32)
    """
    keep = masks(config, len(seeds), widths=widths, key_independent=key_independent)
    own = [
        config.d_head_vo if w is None else int(head_widths(config, w)[0])
        for w in widths or [None] * len(seeds)  # type: ignore[list-item]  # or none for each
    ]
    drawn = [
        _one(config, seed, r, std, key_independent) for seed, r in zip(seeds, own, strict=True)
    ]
    stacked = Weights(*(torch.stack(column) for column in zip(*drawn, strict=True)))
    for key, value in config.tied:
        stacked.U[:, :, value] = stacked.E_K[:, key]
    return Weights(*(w if m is None else w * m for w, m in zip(stacked, keep, strict=True)))


def masks(
    config: LayerConfig,
    models: int,
    *,
    widths: Sequence[int] | None = None,
    key_independent: bool = False,
) -> list[Tensor | None]:
    """For each weight 1 where it may differ from zero and 0 where it stays zero; None is all 1.

    ``key_independent``: the last ``|Q|`` dimensions of the stream are for control, the others for
    content. Keys live in content, queries in control; W_K reads control only and W_V content only.
    So s_qk = 0, A[k, q] = sigmoid(-s_qq) does not depend on the key, and Y = 0: the layer of A5.
    """
    keep: dict[str, Tensor | None] = dict.fromkeys(Weights._fields)
    if widths is not None:
        spread = torch.stack([head_widths(config, width) for width in widths])  # m h
        if len(spread) != models:
            raise FactrankError(f"widths: expected one for each of {models}, found {len(spread)}")
        used = (torch.arange(config.d_head_vo) < spread.unsqueeze(-1)).double()  # m h r
        keep["W_V"], keep["W_O"] = used.unsqueeze(2), used.unsqueeze(3)
    if key_independent:
        content = config.d_model - config.queries
        if content < 1 or config.tied:
            raise FactrankError(
                f"key-independent attention: expected no ties and d_model above "
                f"{config.queries} queries, found d_model {config.d_model}"
            )
        said = (torch.arange(config.d_model) < content).double()
        keep["E_K"], keep["E_Q"] = said.expand(models, 1, -1), (1 - said).expand(models, 1, -1)
        keep["W_K"] = (1 - said).view(1, 1, -1, 1).expand(models, -1, -1, -1)
        reads = said.view(1, 1, -1, 1).expand(models, -1, -1, -1)
        keep["W_V"] = reads if keep["W_V"] is None else keep["W_V"] * reads
    return [keep[name] for name in Weights._fields]


def head_widths(config: LayerConfig, width: int) -> Tensor:
    """A total width spread over the heads as evenly as possible.

    >>> head_widths(LayerConfig(4, 3, 5, 8, 3, 1, 4), 7)
    tensor([3, 2, 2])
    """
    if not 1 <= width <= config.width:
        raise FactrankError(f"width: expected 1 to {config.width}, found {width!r}")
    least, more = divmod(width, config.n_heads)
    return least + (torch.arange(config.n_heads) < more).long()


def _one(config: LayerConfig, seed: int, r: int, std: float, split: bool) -> tuple[Tensor, ...]:
    """One model with heads of value-output width r, padded with zeros to those of the layer."""
    if not -(2**63) <= seed < 2**64:  # what torch takes
        raise FactrankError(f"seed: expected a whole number below 2**64, found {seed!r}")
    generator = torch.Generator().manual_seed(seed)

    def normal(shape: tuple[int, ...], scale: float) -> Tensor:
        return scale * torch.randn(shape, generator=generator, dtype=torch.float64)

    drawn = {}
    for name, shape in replace(config, d_head_vo=r).shapes.items():
        embedding = name in EMBEDDINGS
        drawn[name] = normal(shape, std if embedding else shape[-2] ** -0.5)
    if not config.trainable_embeddings:
        d, keys = config.d_model, config.keys
        if split:
            content = d - config.queries
            drawn["E_K"] = _directions(normal((keys, content), 1.0), d)
            drawn["E_Q"] = _directions(normal((config.queries,) * 2, 1.0), d).roll(content, 1)
        else:
            tokens = _directions(normal((keys + config.queries, d), 1.0), d)
            drawn["E_K"], drawn["E_Q"] = tokens[:keys], tokens[keys:]
        drawn["U"] = _directions(normal((config.values, d), 1.0), d).T
    drawn["W_V"] = pad(drawn["W_V"], (0, config.d_head_vo - r))
    drawn["W_O"] = pad(drawn["W_O"], (0, 0, 0, config.d_head_vo - r))
    return tuple(drawn[name] for name in Weights._fields)


def _directions(rows: Tensor, d: int) -> Tensor:
    """Rows of norm 1 in d dimensions: orthogonal where there are no more rows than dimensions."""
    n, room = rows.shape
    unit = torch.linalg.qr(rows.T).Q.T if n <= room else rows / rows.norm(dim=1, keepdim=True)
    return pad(unit, (0, d - room))
