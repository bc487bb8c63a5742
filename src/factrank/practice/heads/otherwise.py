"""What the record of head-budget says of heads with as many weights, split otherwise. [ours]"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from factrank.practice.heads.report import Heads, Note
from factrank.practice.html.tongue import mark

SMALL = 2  # the lesser width of the splits that every line of the record has
NONE = mark(
    "not told: the record has only heads with keys and values of their own, whose widths sum to 8 "
    "to 16"
)
WIDE = mark(
    "with d_head_qk 2 and d_head_vo {new_d_head_vo} a head has as many weights; the total width "
    "grows from {width} to {new_width}, but what a layer says has a rank of at most d_model "
    "{d_model}"
)
GAIN = mark(
    "extrapolated: in {lines} recorded lines of head-budget heads split so recalled {mean:+.1f} "
    "points more than heads split evenly ({low:+.1f} to {high:+.1f}), their mirror images "
    "{mirror:+.1f}"
)
BEYOND = mark(
    "the record ends at n_heads {heads_up_to} (here {n_heads}), d_head_qk + d_head_vo "
    "{total_up_to} (here {total}), {keys} keys and {queries} queries; it is of toys of one "
    "layer, trained on nothing but facts"
)


def otherwise(found: Heads) -> list[dict[str, Any]]:
    """For each shape of layer whose heads have keys and values of their own: the split with
    d_head_qk 2 and the rest for values, what the record says of it, and where the record ends."""
    text = files("factrank.practice.heads").joinpath("head_budget.json").read_text("utf-8")
    record = json.loads(text)
    shared = {it.shape for it in found.layers if it.counts[2]}
    told = []
    for it in found.drawn:
        total = it.d_head_qk + it.d_head_vo
        if it.groups == it.n_heads and it not in shared and total > 2 * SMALL:
            told.append(
                it._asdict()
                | {"width": it.n_heads * it.d_head_vo, "total": total, "new_d_head_qk": SMALL,
                   "new_d_head_vo": total - SMALL, "new_width": it.n_heads * (total - SMALL)}
                | record
            )  # fmt: skip
    return told


def sentences(found: Heads) -> Iterator[Note]:
    """The same in words."""
    told = otherwise(found)
    for it in told:
        yield from ((text, it) for text in (WIDE, GAIN, BEYOND))
    if not told:
        yield NONE, {}
