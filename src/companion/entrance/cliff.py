"""Page 6: a layer fits when its total width reaches the rank, and where it does not."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from companion.entrance import marks, onward, record
from companion.entrance.facts import words
from companion.entrance.marks import Scene
from companion.entrance.tongue import say

if TYPE_CHECKING:
    from pandas import DataFrame


ACROSS = marks.Axis(3, 25, 36, 336)
ERRORS = marks.Axis(0, 0.9, 214, 22)
COUNTS = marks.Axis(0, 1, 280, 244)  # the share of the layers that fit


def limit() -> float:
    """The relative error below which a layer fits, as the criterion has it."""
    from companion.engine.thresholds import CLOSE

    return CLOSE


@cache
def layers(part: str, family: str, **sizes: int) -> DataFrame:
    """The recorded layers of one kind that were asked for every number, with ``fits``."""
    full = record("rank-threshold")
    mine = (full["part"] == part) & (full["family"] == family) & (full["regime"] == "F")
    for name, size in sizes.items():
        mine &= full[name] == size
    found = full[mine & (full["loss"] == "least squares")]
    return found.assign(fits=found["relative_error"] < limit())


def shown() -> DataFrame:
    """Those of the picture: four relations that share no value, one head for each."""
    return layers("disjoint", "disjoint", queries=4)


def of(frame: DataFrame, width: int) -> tuple[int, int]:
    """How many layers of that width fit, of how many."""
    fits = frame[frame["width"] == width]["fits"]
    return int(fits.sum()), len(fits)


def threshold(frame: DataFrame) -> int:
    """The least width from which on most layers of every width fit."""
    return onward(frame.groupby("width")["fits"].mean())


@cache
def floors() -> tuple[tuple[int, float], ...]:
    """For each width up to the rank the error that no layer can pass below, on any of the tables.

    The values' counts beyond the ``width`` most frequent ones, of all facts: `claim-width-floor`.
    """
    from companion.studies.databases import database

    layer = shown().iloc[0]
    shape = (layer["family"], *(int(layer[it]) for it in ("keys", "queries", "range_size")))
    tables = [database(*shape, int(seed)) for seed in shown()["seed"].unique()]
    found = []
    for width in range(int(layer["rank_lower"]) + 1):
        left = []
        for table in tables:
            counts = [sum(v == w for *_, w in table.facts) for v in table.used("V")]
            left.append((sum(sorted(counts, reverse=True)[width:]) / len(table)) ** 0.5)
        found.append((width, min(left)))
    return tuple(found)


def numbers() -> dict[str, str]:
    """What the text is told."""
    mine, every = shown(), layers("disjoint", "disjoint")
    rank, beyond = int(mine["rank_lower"].iloc[0]), every["width"] - every["rank_lower"]
    at, below = every[beyond == 0]["fits"], every[beyond < 0]["fits"]
    late = every[beyond >= 0]["fits"]
    free = layers("free", "shared", d_head_qk=4)
    clock = layers("key-independent", "modular")
    copies = layers("key-independent", "duplicated", queries=4)
    few = record("rank-threshold")
    few = few[(few["part"] == "few heads") & (few["width"] >= few["rank_lower"])]
    half = int(copies["rank_lower"].iloc[0])
    queries, keys, values, facts = (
        int(free[it].iloc[0]) for it in ("queries", "keys", "range_size", "facts")
    )
    return {
        "seeds": words(mine["seed"].nunique()), "limit": f"{limit():g}", "rank": str(rank),
        "relations": words(int(mine["queries"].iloc[0])),
        "range": words(int(mine["range_size"].iloc[0])),
        "keys": str(mine["keys"].iloc[0]), "facts": str(mine["facts"].iloc[0]),
        "one_fact": f"{mine['facts'].iloc[0] ** -0.5:.2f}",
        "before": str(rank - 1), "fit_before": words(of(mine, rank - 1)[0]),
        "fit_at": words(of(mine, rank)[0]),
        "floor_before": f"{dict(floors())[rank - 1]:.2f}",
        "shapes": words(len(every.groupby(["keys", "queries", "range_size"]))),
        "below": str(len(below)), "fit_below": words(int(below.sum())),
        "at": str(len(at)), "fit_at_all": str(int(at.sum())),
        "misses": words(int((~late).sum())), "late": str(len(late)),
        "free_range": words(values), "gap": words(queries * keys // (queries * keys - facts)),
        "free_full": str(queries * (values - 1) + 1),
        "free_rank": str(free["rank_lower"].iloc[0]), "free_width": words(threshold(free)),
        "clock_modulus": words(int(clock["keys"].iloc[0])),
        "clock_rank": words(int(clock["rank_lower"].iloc[0])),
        "clock_width": str(threshold(clock)),
        # Proposition 10.3: one gate for the constant wave, three for each other one
        "clock_least": str(1 + 3 * (int(clock["keys"].iloc[0]) - 1)),
        "clock_fit": words(of(clock, threshold(clock))[0]),
        "few": str(len(few)), "few_fit": words(int((few["relative_error"] < limit()).sum())),
        "few_width": str(few["width"].max()),
        "copies_queries": words(int(copies["queries"].iloc[0])),
        "copies_range": words(int(copies["range_size"].iloc[0])),
        "copies_rank": words(half), "copies_fit": words(of(copies, half)[0]),
        "copies_before": words(half - 1), "copies_fit_before": words(of(copies, half - 1)[0]),
    }  # fmt: skip


def said(width: int) -> str:
    """The sentence of a width."""
    fit, seeds = of(shown(), width)
    rank = int(shown()["rank_lower"].iloc[0])
    told = {"width": width, "fit": fit, "all": seeds, "rank": rank}
    if width < rank:
        return say(
            "<strong>Width {width}: {fit} of {all} layers fit.</strong> There are {rank} values; a "
            "layer this narrow cannot fit.",
            **told,
        )
    return say(
        "<strong>Width {width}: {fit} of {all} layers fit.</strong> There are {rank} values, and "
        "the width reaches their number, here also the rank.",
        **told,
    )


def zone() -> str:
    """What is proved impossible, filled: a step for each width, as broad as its dots."""
    edge = [
        (max(ACROSS(width + side), ACROSS.start), ERRORS(error))
        for width, error in floors()
        if width >= ACROSS.low
        for side in (-0.5, 0.5)
    ]
    way = " ".join(f"L{x:.1f} {y:.1f}" for x, y in edge)
    return (
        f'<path d="M{ACROSS.start:g} {ERRORS.start:g}{way}Z" class="t-faint" opacity="0.5"/>'
        + marks.text(ACROSS.start + 8, ERRORS.start - 18, say("proved impossible"), "soft")
    )


def frame(rank: int, seeds: int) -> list[str]:
    """Axes, the limit and the rank."""
    (left, right), bottom = (ACROSS.start, ACROSS.end), ERRORS.start
    parts = [marks.line([(left, y), (right, y)], "faint") for y in (bottom, COUNTS.start)]
    for value, y in ERRORS.ticks([0, 0.2, 0.4, 0.6, 0.8]):
        parts.append(marks.text(left - 5, y + 4, f"{value:g}", "soft", at="end"))
    y, x = ERRORS(limit()), ACROSS(rank)
    parts += [
        marks.line([(left, y), (right, y)], "ink", dash="2 3"),
        marks.text(right, y - 5, say("fits below {limit}", limit=f"{limit():g}"), at="end"),
        marks.line([(x, 18), (x, COUNTS.start)], "ink", wide=1.5),
        marks.text(x + 6, 28, say("{rank} values, rank {rank}", rank=rank), bold=True),
        marks.text(0, 14, say("error"), "soft"),
        marks.text(left - 5, COUNTS(1) + 5, str(seeds), "soft", at="end"),
        marks.text(left - 5, COUNTS(0) + 4, "0", "soft", at="end"),
        marks.text(left + 2, COUNTS(1) + 5, say("how many of {all} fit", all=seeds), "soft"),
        marks.text(right, COUNTS.start + 32, say("total width"), "soft", at="end"),
    ]
    for value, x in ACROSS.ticks([4, 8, 12, 16, 20, 24]):
        parts.append(marks.text(x, COUNTS.start + 17, f"{value:g}", "soft", at="middle"))
    return parts


def scene() -> Scene:
    """Every recorded layer as a dot, the width that the slider names in a lit column."""
    mine = shown()
    rank, seeds = int(mine["rank_lower"].iloc[0]), mine["seed"].nunique()
    columns, parts = [], frame(rank, seeds)
    widths = sorted(int(width) for width in mine["width"].unique())
    for state, width in enumerate(widths):
        x, (fit, _) = ACROSS(width), of(mine, width)
        columns.append(
            marks.box(x - 6.5, 18, 13, COUNTS.start - 18, "tint", shown=[state], round_=3)
        )
        parts.append(marks.box(x - 4, COUNTS(fit / seeds), 8, 36 * fit / seeds, "one"))
        for n, layer in enumerate(mine[mine["width"] == width].itertuples()):
            tone = "one" if layer.fits else "two"
            parts.append(
                marks.dot(x + (n - seeds / 2 + 0.5) * 0.8, ERRORS(layer.relative_error), 2.4, tone)
            )
    return Scene(
        title=say(
            "The error of ten layers at each total width. It falls along a zone that is proved "
            "impossible, and passes below the limit at the rank."
        ),
        drawing="".join([*columns, zone(), *parts]),
        size=(344, 316),
        states=tuple(said(width) for width in widths),
        asks=say("Total width"),
        start=widths.index(rank - 1),
    )
