"""Page 10: how well the sizes of tables are known, and what the records leave open."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from math import log10
from typing import NamedTuple

from companion.engine.catalogue import CATALOGUE
from companion.entrance import FOLDER, marks, record
from companion.entrance.facts import words
from companion.entrance.marks import Scene
from companion.entrance.tongue import mark, say

#: Tables of the two records, with the names they have here; the last two were drawn by chance.
REAL = {
    "example": mark("Our eight facts"), "elements": mark("Elements"),
    "countries": mark("Countries"), "family-trees": mark("Family trees"),
    "kinship": mark("Kinship"),
}  # fmt: skip
MADE = {
    "wordnet-like": mark("Drawn, like WordNet"), "zipf-1000000": mark("Drawn, a million"),
}  # fmt: skip
TREES, MILLION = REAL["family-trees"], "zipf-1000000"
WIDE, ROW, TOP = 350, 40, 40
AXIS = marks.Axis(log10(3), log10(1_100_000), 6, 342)


class Size(NamedTuple):
    """A table: how many facts, and between what its rank is proved to lie."""

    name: str
    facts: int
    least: int
    most: int


@cache
def sizes() -> tuple[Size, ...]:
    """The tables of the picture, from the records."""
    real = {row["database"]: row for row in told("real_databases")}
    made = {row["case"]: row for row in told("benchmark") if row["case"] in MADE}
    return (
        *(
            Size(name, *(real[key][it] for it in ("facts", "normal_lower", "normal_upper")))
            for key, name in REAL.items()
        ),
        *(
            Size(name, *(made[key][it] for it in ("facts", "lower", "upper")))
            for key, name in MADE.items()
        ),
    )


def told(name: str) -> list[Mapping[str, object]]:
    """The rows of a record that is one file; of a case told twice, the last searched longest."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))["rows"]


@cache
def heights() -> tuple[tuple[float, float], ...]:
    """By way of reading a layer: how well width over rank orders it, and the best number does."""
    import numpy as np

    from companion.engine.predictors import auc, pair_counts
    from companion.studies import recall_predictors as judge

    found = []
    for mine in judge.contests(record("recall-predictors")).values():
        frame = judge.prepared(mine)
        good, one = frame["good"].to_numpy(), np.zeros(len(frame), dtype=int)
        scores = {
            name: auc(*pair_counts(score.to_numpy(), good, one, 1))
            for name, score in judge.scores(frame).items()
        }
        ranks = {name for end in judge.RANKS for name in scores if judge.SIZES[end] in name}
        best = max(scores[f"width / {judge.SIZES[end]}"] for end in judge.RANKS)
        found.append((best, max(scores[name] for name in scores.keys() - ranks)))
    return tuple(found)


def clear() -> int:
    """In how many of these ways the best number is ahead by more than chance explains."""
    about = json.loads((FOLDER / "recall-predictors.json").read_text(encoding="utf-8"))["criteria"]
    found = (re.search(r"difference \S+ \((\S+) to ", it["found"]) for it in about)
    return sum(float(low[1]) > 0 for low in found if low)


@cache
def orders() -> dict[str, dict[str, float]]:
    """On real tables, embeddings frozen (F) or trained (T): how well a size orders the layers."""
    from companion.studies.real_facts import agreement

    parts = record("real-facts").groupby("regime")
    return {regime: agreement(mine) for regime, mine in parts}


def largest(column: str) -> int:
    """The largest number that a column has in any record of trained layers."""
    frames = (record(name) for name in CATALOGUE if (FOLDER / f"{name}.csv").exists())
    return int(max(frame[column].max() for frame in frames if column in frame))


def numbers() -> dict[str, str]:
    """What the text is told."""
    trees, made = (next(it for it in sizes() if it.name == name) for name in (TREES, MADE[MILLION]))
    frozen, learnt = orders()["F"], orders()["T"]
    real, pairs, graphs = record("real-facts"), heights(), record("knowledge-graphs")
    noisy = graphs[graphs["kind"] == "noise"]
    rank, best = ([pair[n] for pair in pairs] for n in (0, 1))
    return {
        "shown": words(len(sizes())),
        "trees": str(trees.facts), "least": str(trees.least), "most": str(trees.most),
        "million": f"{made.facts:,}", "gap": f"{(made.most - made.least) / made.most:.1%}",
        "layers": f"{len(real):,}", "tables": words(real["database"].nunique()),
        "largest": str(real["facts"].max()),
        "frozen_facts": f"{frozen['facts']:.2f}", "frozen_rank": f"{frozen['rank_lower']:.2f}",
        "frozen_upper": f"{frozen['rank_upper']:.2f}", "learnt_bits": f"{learnt['bits']:.2f}",
        "learnt_lower": f"{learnt['rank_lower']:.2f}",
        "graphs": words(graphs["database"].nunique()),
        "graph_facts": f"{graphs['facts'].max():,}",
        "spoiled": words(noisy["database"].nunique()), "noise": f"{noisy['most_facts'].max():,}",
        "learnt_facts": f"{learnt['facts']:.2f}", "learnt_rank": f"{learnt['rank_upper']:.2f}",
        "block": str(record("whole-block")["facts"].max()),
        "stack": words(largest("layers")), "facts": f"{largest('facts'):,}",
        "parameters": f"{largest('trained_parameters'):,}",
        "contests": words(len(pairs)), "lost": words(sum(a < b for a, b in pairs)),
        "clear": words(clear()),
        "rank_low": f"{min(rank):.0%}", "rank_high": f"{max(rank):.0%}",
        "best_low": f"{min(best):.0%}", "best_high": f"{max(best):.0%}",
    }  # fmt: skip


def between(size: Size) -> str:
    """A rank as it is known.

    >>> between(Size("a", 3, 2, 2)), between(Size("b", 9000, 1200, 1300))
    ('2', '1,200 to 1,300')
    """
    if size.least == size.most:
        return f"{size.least:,}"
    return say("{low} to {high}", low=f"{size.least:,}", high=f"{size.most:,}")


def row(n: int, size: Size) -> Iterator[str]:
    """A table: its name and rank in words, and both on the axis."""
    y = TOP + n * ROW
    yield marks.box(0, y - 2, WIDE, ROW - 2, "tint", round_=4, shown=(n,))
    yield marks.text(6, y + 12, say(size.name), bold=True)
    yield marks.text(WIDE - 6, y + 12, between(size), at="end")
    yield marks.line([(AXIS.start, y + 25), (AXIS.end, y + 25)], "faint")
    facts, least, most = (AXIS(log10(it)) for it in size[1:])
    yield marks.line([(facts, y + 19), (facts, y + 31)], "soft", wide=2)
    if size.least == size.most:
        yield marks.dot(least, y + 25, 5, "value")
    else:
        yield marks.box(least, y + 21, max(most - least, 3), 8, "minus")


def legend() -> Iterator[str]:
    """What dot, bar and stroke mean."""
    yield marks.dot(11, 14, 5, "value")
    yield marks.text(20, 18, say("rank known"))
    yield marks.box(104, 10, 22, 8, "minus")
    yield marks.text(131, 18, say("at least, at most"))
    yield marks.line([(246, 8), (246, 20)], "soft", wide=2)
    yield marks.text(253, 18, say("number of facts"))


def said(size: Size) -> str:
    """What is known of a table, in a sentence."""
    told = {"name": say(size.name), "facts": f"{size.facts:,}"}
    least, most = f"{size.least:,}", f"{size.most:,}"
    if least == most:
        return say(
            "{name}. {facts} facts. The rank is known: {rank}, with a proof.", rank=least, **told
        )
    return say(
        "{name}. {facts} facts. The rank is at least {least} and at most {most}, both proved. "
        "Where it lies between, we do not know.",
        least=least, most=most, **told,
    )  # fmt: skip


def scene() -> Scene:
    """Every table with its interval on an axis of powers of ten; the chosen one is tinted."""
    foot = TOP + len(sizes()) * ROW + 8
    ticks = "".join(
        marks.text(AXIS(power), foot + 8, f"{10**power:,}", "soft", at="middle")
        for power in range(1, 6)
    )
    rows = "".join(part for n, size in enumerate(sizes()) for part in row(n, size))
    names = tuple(say(size.name) for size in sizes())
    return Scene(
        title=say(
            "Seven tables on an axis of powers of ten. A dot where the rank is known, a bar from "
            "at least to at most where it is not, and a stroke at the number of facts."
        ),
        drawing="".join(legend()) + rows + ticks,
        size=(WIDE, foot + 16),
        asks=say("Which table?"),
        names=names,
        start=[size.name for size in sizes()].index(TREES),
        states=tuple(said(size) for size in sizes()),
    )
