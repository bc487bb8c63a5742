"""The heads of a checkpoint for a terminal, for programs and for a spreadsheet; and what the record
of head-budget says of heads with as many weights, split otherwise. [ours]
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from importlib.resources import files
from textwrap import wrap
from typing import Any

from factrank.practice.heads.report import ABOUT, Heads, Measured, Note, Shape, Side
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


ROW = "{:>5} {:>5}" + 2 * "  {:>4} {:>4} {:>4} {:>4} {:>4} {:>6}"
NUMBERS = ("of", "> .1", ">.01", "90%", "99%", "stable")


def record(found: Heads) -> dict[str, Any]:
    """The report for programs; names are fixed."""
    return {
        "file": found.path,
        "family": found.family,
        "notes": [text.format(**told) for text, told in found.notes],
        "layers": [_layer(it, found.drawn[it.shape]) for it in found.layers],
        "mean": _both(found.mean),
        "otherwise": [it | {"kind": "extrapolated"} for it in otherwise(found)],
    }


def _layer(it: Measured, drawn: tuple[Side, Side]) -> dict[str, Any]:
    return {
        "name": it.name,
        **it.shape._asdict(),
        "parameters": dict(zip(("query_key", "value_output", "shared"), it.counts, strict=True)),
        "heads": [_both(sides) for sides in it.heads],
        "drawn": _both(drawn),
    }


def _both(sides: tuple[Side, Side]) -> dict[str, Any]:
    return {"query_key": sides[0]._asdict(), "value_output": sides[1]._asdict()}


def spreadsheet(found: Heads) -> str:
    """The report as CSV: a row a head."""
    file = io.StringIO()
    rows = csv.writer(file, lineterminator="\n")
    names = (f"{side}_{name}" for side in ("qk", "vo") for name in Side._fields)
    rows.writerow(["layer", "name", "head", *names])
    for n, layer in enumerate(found.layers):
        for h, (qk, vo) in enumerate(layer.heads):
            rows.writerow([n, layer.name, h, *(f"{x:.6g}" for x in (*qk, *vo))])
    return file.getvalue().rstrip("\n")


def lines(found: Heads) -> list[str]:
    """The report for a person: sizes, a row a head, and what is to be read with them."""
    told = [f"{found.path}: {found.family}"]
    for shape in found.drawn:
        told += _sizes(shape, [(n, it) for n, it in enumerate(found.layers) if it.shape == shape])
    over = ([""] * 2 + [name] + [""] * 3 for name in ("query-key", "value-output"))
    told += ["", ROW.format("", "", *(it for side in over for it in side)).rstrip()]
    told.append(ROW.format("layer", "head", *NUMBERS, *NUMBERS))
    for n, layer in enumerate(found.layers):
        told += [_row(n, h, sides) for h, sides in enumerate(layer.heads)]
    told += [_row("", "mean", found.mean), *(_row("", "drawn", it) for it in found.drawn.values())]
    told += ["", *_notes([(ABOUT, {}), *found.notes])]
    return [*told, "", "Split otherwise", *_notes(sentences(found))]


def _sizes(shape: Shape, where: list[tuple[int, Measured]]) -> Iterator[str]:
    first, last = where[0][0], where[-1][0]
    span = f"layer {first}" if len(where) == 1 else f"{len(where)} layers, {first} to {last}"
    sizes = (f"{name} {n}" for name, n in shape._asdict().items() if name != "groups")
    yield f"{span}: {', '.join(sizes)}"
    counts = where[0][1].counts
    shares = zip(("query-key", "value-output", "both"), counts, strict=True)
    each = (f"{side} {n:,} ({n / sum(counts):.0%})" for side, n in shares if n)
    yield f"  numbers of each: {', '.join(each)}"


def _row(layer: object, head: object, sides: tuple[Side, Side]) -> str:
    cells = (_cell(x, n == 5) for it in sides for n, x in enumerate(it))
    return ROW.format(layer, head, *cells)


def _cell(x: float, broken: bool) -> str:
    return f"{x:.1f}" if broken or (x != int(x) and x < 100) else f"{x:.0f}"


def _notes(notes: Iterable[Note]) -> Iterator[str]:
    for text, told in notes:
        yield from wrap(text.format(**told), 80, initial_indent="- ", subsequent_indent="  ")
