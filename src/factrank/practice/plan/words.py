"""A plan as one JSON object, and as what a person reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from factrank.facts.words import counted
from factrank.practice.plan.layers import Choice, Plan
from factrank.rank.effort import effort_notes


def record(found: Plan) -> dict[str, Any]:
    """The plan for programs; names are fixed."""
    return {
        "facts": found.facts,
        "shape": list(found.shape),
        "rank": {"lower": found.interval.lower, "upper": found.interval.upper},
        "ceiling": found.ceiling,
        "tau": found.tau,
        "parameters": found.budget,
        "certified": found.certified and _choice(found.certified),
        "expected": found.expected and _choice(found.expected),
        "choices": [_choice(it) for it in found.choices],
        "left_out": list(found.left_out),
    }


def _choice(it: Choice) -> dict[str, Any]:
    config = it.config
    sizes = {n: getattr(config, n) for n in ("d_model", "n_heads", "d_head_qk", "d_head_vo")}
    return {
        "how": it.how,
        "certain": it.certain,
        **sizes,
        "embeddings": "trained" if config.trainable_embeddings else "frozen",
        "width": config.width,
        "expected_d_model": it.d_models and list(it.d_models),
        "parameters": it.parameters,
        "multiply_adds": config.multiply_adds(),
        "bytes": it.memory,
        "recalled": it.recalled,
        "held": it.held,
        "extrapolates": list(it.beyond),
    }


def lines(found: Plan) -> list[str]:
    """The plan for a person: the facts, the two recommendations, all choices, what is left out."""
    low, high = found.interval.lower, found.interval.upper
    rank = f"exactly {low}" if low == high else f"{low} to {high}"
    told = [f"{counted(found.facts, 'fact')}, rank {rank}"]
    told += [f"  {note}" for note in effort_notes(found.interval)]
    if found.ceiling < 1:
        told.append(
            f"  some pairs have several values: one answer a pair recalls at most "
            f"{found.ceiling:.1%}"
        )
    told += recommended("certain", found.certified, found.budget, found.tau)
    told += recommended("expected", found.expected, found.budget, found.tau)
    told += ["", "all choices, smallest first", *_table(found.choices, found.budget)]
    return [*told, *(f"  not built: {why}" for why in found.left_out)]


def recommended(kind: str, it: Choice | None, budget: int | None, tau: float) -> list[str]:
    """A recommendation: its sizes, why, in what it extrapolates, and last the command."""
    if it is None:
        within = "" if budget is None else f" within {counted(budget, 'parameter', form=',')}"
        what = "compiled layer holds every fact" if kind == "certain" else "trained layer"
        return [f"{kind}: no {what}{within}"]
    config = it.config
    sizes = (
        f"n_heads {config.n_heads}, d_head_qk {config.d_head_qk}, "
        f"d_head_vo {config.d_head_vo}, d_model {config.d_model}"
    )
    if it.d_models is None:  # certain
        why = f"built and asked: recalls and holds at {tau:g} every fact, in float32 too"
        return [f"certain: {sizes}", f"  {why}", f"  {command(it, tau)}"]
    low, high = it.d_models
    why = f"most seeds should recall every fact from a d_model between {low} and {high} on"
    beyond = [f"  extrapolated: {why}" for why in it.beyond]
    return [f"expected: {sizes}", f"  {why}", *beyond, f"  {command(it, tau)}"]


def command(it: Choice, tau: float) -> str:
    """The command that makes such a layer."""
    config = it.config
    if it.certain:
        return f"factrank compile FACTS --method {it.how} --hold {tau:g} -o LAYER"
    return (
        f"factrank train FACTS --n-heads {config.n_heads} --d-head-qk {config.d_head_qk} "
        f"--d-head-vo {config.d_head_vo} --d-model {config.d_model} "
        f"--{'trained' if config.trainable_embeddings else 'frozen'} -o LAYER"
    )


def _table(choices: tuple[Choice, ...], budget: int | None) -> list[str]:
    head = ("", "heads", "d_qk", "d_vo", "d_model", "parameters", "multiply-adds", "MB", "recalled")
    rows = [head]
    for it in choices:
        config = it.config
        recalled = "expected" if it.recalled is None else f"{it.recalled:.1%}"
        rows.append((
            f"{it.how}{'' if budget is None or it.parameters['all'] <= budget else ' (too large)'}",
            str(config.n_heads), str(config.d_head_qk), str(config.d_head_vo),
            str(config.d_model), f"{it.parameters['all']:,}", f"{config.multiply_adds():,}",
            f"{it.memory / 1e6:.3g}", recalled,
        ))  # fmt: skip
    wide = [max(len(row[n]) for row in rows) for n in range(len(head))]
    return ["  " + "  ".join([row[0].ljust(wide[0]), *_right(row[1:], wide[1:])]) for row in rows]


def _right(cells: Sequence[str], wide: Sequence[int]) -> Iterator[str]:
    return (cell.rjust(width) for cell, width in zip(cells, wide, strict=True))
