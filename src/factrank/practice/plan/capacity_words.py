"""A capacity as one JSON object, and as what a person reads."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from factrank.practice.plan.capacity import BOUNDS, Capacity, Cell
from factrank.practice.plan.guarantees import READINGS

TITLES = {"exact": "exact logits", "held": "held at {tau:g}", "top": "right answer on top"}


def record(found: Capacity) -> dict[str, Any]:
    """The capacity for programs; names are fixed."""
    config = found.config
    names = ("n_heads", "d_head_qk", "d_head_vo", "d_model", "keys", "queries", "values")
    return {
        **{name: getattr(config, name) for name in names},
        "embeddings": "trained" if config.trainable_embeddings else "frozen",
        "tau": found.tau,
        "questions": found.questions,
        "parameters": config.parameters(),
        "cells": [asdict(it) | {"beyond": list(it.beyond)} for it in found.cells],
    }


def lines(found: Capacity) -> list[str]:
    """The capacity for a person: the sizes, a table of facts, and a sentence for each number."""
    config = found.config
    told = [
        f"n_heads {config.n_heads}, d_head_qk {config.d_head_qk}, d_head_vo {config.d_head_vo}, "
        f"d_model {config.d_model}, embeddings "
        f"{'trained' if config.trainable_embeddings else 'frozen'}",
        f"tokens {config.keys:,}, relations {config.queries:,}, kinds of answer {config.values:,}; "
        f"questions {found.questions:,}, at most one fact each",
        "",
    ]
    rows = [["facts", *BOUNDS]]
    for reading in READINGS:
        cells = [found.cell(reading, bound) for bound in BOUNDS]
        rows.append([_title(found, reading), *map(_number, cells)])
    wide = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    for row in rows:
        cells = [cell.rjust(width) for cell, width in zip(row[1:], wide[1:], strict=True)]
        told.append("  ".join([row[0].ljust(wide[0]), *cells]))
    for bound in BOUNDS:
        told += ["", bound, *_sentences(found, bound)]
    return told


def _title(found: Capacity, reading: str) -> str:
    return TITLES[reading].format(tau=found.tau)


def _number(it: Cell | None) -> str:
    if it is None:
        return "-"
    span = f"{it.low:,}" if it.low == it.high else f"{it.low:,} to {it.high:,}"
    if it.tokens:
        return f"{span} about {it.tokens:,}"
    return span if it.kind == "proved" else f"{span}, {it.kind}"


def _sentences(found: Capacity, bound: str) -> list[str]:
    """A sentence for each number, once for the readings that share it."""
    shared: dict[Cell | None, list[str]] = {}
    for reading in READINGS:
        cell = found.cell(reading, bound)
        shared.setdefault(cell and replace(cell, reading=""), []).append(_title(found, reading))
    told = []
    for cell, titles in shared.items():
        if cell is None:
            told.append(f"  {', '.join(titles)}: no record says it for this reading")
            continue
        told.append(f"  {', '.join(titles)}, {cell.kind} ({cell.source}):")
        told.append(f"    {cell.sentence}")
        told += [f"    outside the record: {why}" for why in cell.beyond]
    return told
