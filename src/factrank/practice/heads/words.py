"""The heads of a checkpoint for a terminal, for programs and for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from textwrap import wrap
from typing import Any

from factrank.practice.heads.otherwise import otherwise, sentences
from factrank.practice.heads.report import ABOUT, Heads, Measured, Note, Shape, Side

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
