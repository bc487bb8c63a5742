"""Page 8: at equal parameters, how much for choosing whom to hear and how much for saying."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from companion.entrance import marks, record
from companion.entrance.facts import words
from companion.entrance.marks import Scene
from companion.entrance.tongue import say

if TYPE_CHECKING:
    from pandas import DataFrame


RECALL = marks.Axis(0, 1, 214, 28)
PLACES = marks.Axis(0, 4, 84, 320)
TONES = {1: "two", 2: "four", 4: "one"}  # of the lines, by heads
KINDS = ["regime", "family", "range_size", "n_heads"]


@cache
def splits() -> DataFrame:
    """The layers whose heads divide the same parameters differently."""
    full = record("head-budget")
    return full[full["part"] == "split"]


@cache
def line(heads: int, values: int = 32, regime: str = "F", family: str = "uniform") -> DataFrame:
    """Those of one number of heads, one kind of table."""
    it = splits()
    same = (it["n_heads"] == heads) & (it["range_size"] == values)
    return it[same & (it["regime"] == regime) & (it["family"] == family)]


@cache
def widths(heads: int) -> tuple[tuple[int, int], ...]:
    """(d_qk, d_vo) of the splits, from least to most for choosing."""
    pairs = line(heads)[["d_head_qk", "d_head_vo"]].drop_duplicates()
    return tuple(sorted((int(qk), int(vo)) for qk, vo in pairs.to_numpy()))


def mean(heads: int, split: int, values: int = 32) -> float:
    """The mean recall of the layers of a split, counted from the least for choosing."""
    mine = line(heads, values)
    return float(mine[mine["d_head_qk"] == widths(heads)[split][0]]["recalled"].mean())


def percent(share: float) -> str:
    """A share in per cent, all of it only where it is all.

    >>> percent(0.4844), percent(0.9996), percent(1.0)
    ('48%', '99%', '100%')
    """
    return f"{round(100 * share) if share in (0, 1) else min(99, max(1, round(100 * share)))}%"


def contrasts(one: int, other: int) -> list[tuple[tuple, float, int]]:
    """Split ``one`` less split ``other``, in each line: (line, difference of means, sign).

    The sign is 0 where the 95% interval over the seeds, the same on both sides, holds zero.
    """
    from companion.studies.head_budget import contrasts as judged

    found = []
    for kind, rows in splits().groupby(KINDS):
        tried = sorted(rows["d_head_qk"].unique())
        left, right = int(tried[one]), int(tried[other])
        kept = rows[rows["d_head_qk"].isin([left, right])]
        # `contrasts` of the criteria compares with 1: the first one is called so
        named = kept.assign(d_head_qk=kept["d_head_qk"].replace(left, 1))
        (it,) = judged(named, other=right)
        found.append((kind, it.difference, (it.low > 0) - (it.high < 0)))
    return found


def tally(one: int, other: int) -> dict[int, int]:
    """In how many lines the first recalls more (1), as much (0), less (-1) than the other."""
    signs = [sign for *_, sign in contrasts(one, other)]
    return {sign: signs.count(sign) for sign in (1, 0, -1)}


def constant() -> dict[int, float]:
    """Recall by the number of heads, all parameters and the even split the same."""
    full = record("head-budget")
    mine = full[(full["part"] == "heads") & (full["d_head_qk"] == full["d_head_vo"])]
    mine = mine[(mine["regime"] == "F") & (mine["range_size"] == 32)]
    return {
        int(heads): float(it) for heads, it in mine.groupby("n_heads")["recalled"].mean().items()
    }


def numbers() -> dict[str, str]:
    """What the text is told."""
    one, mirror, even = line(2), tally(1, 3), tally(0, 2)
    lost = [it for *it, sign in contrasts(0, 2) if sign < 0]
    heads = constant()
    told = {
        "keys": str(one["keys"].iloc[0]), "queries": words(int(one["queries"].iloc[0])),
        "values": str(one["range_size"].iloc[0]), "seeds": words(one["seed"].nunique()),
        "facts": str(one["facts"].iloc[0]), "few_values": words(4),
        "kinds": words(len(splits().groupby(["family", "range_size"]))),
        "heads": words(splits()["n_heads"].nunique()), "lines": str(len(contrasts(1, 3))),
        "mirror_better": str(mirror[1]), "mirror_worse": words(mirror[-1]),
        "even_better": words(even[1]), "even_worse": words(even[-1]),
        "lost_most": percent(-min(by for _, by in lost)),
        "one_head": percent(heads[1]), "two_heads": percent(heads[2]),
        "four_heads": percent(heads[4]),
    }  # fmt: skip
    for split, name in enumerate(("least", "two", "half", "mirror", "most")):
        told[name] = percent(mean(2, split))
        told[f"few_{name}"] = percent(mean(2, split, 4))
    return told


def said(split: int) -> str:
    """The sentence of a split."""
    qk, vo = widths(1)[split]
    if qk == vo:
        told = say("Half for choosing, half for saying")
    elif qk < vo:
        told = say("{n} for choosing, the rest for saying", n=words(qk).capitalize())
    else:
        told = say("{n} for saying, the rest for choosing", n=words(vo).capitalize())
    one, two, four = (percent(mean(heads, split)) for heads in TONES)
    return say(
        "<strong>{told}.</strong> Recalled: one head {one}, two heads {two}, four heads {four}.",
        told=told, one=one, two=two, four=four,
    )  # fmt: skip


def named(heads: int) -> str:
    """A number of heads, as it is written in the picture."""
    return say("{n} head", n=heads) if heads == 1 else say("{n} heads", n=heads)


def frame() -> list[str]:
    """Axes, and under each place what the heads of each line divide."""
    left, right = PLACES.start - 22, PLACES.end + 22
    parts = [marks.text(0, 14, say("facts recalled"), "soft")]
    for value, y in RECALL.ticks([0, 0.5, 1]):
        parts.append(marks.line([(left, y), (right, y)], "faint"))
        parts.append(marks.text(left - 5, y + 4, f"{value:.0%}", "soft", at="end"))
    parts.append(marks.text((left + right) / 2, 236, say("choosing + saying"), "soft", at="middle"))
    for row, (heads, tone) in enumerate(TONES.items()):
        y = 256 + 18 * row
        parts.append(marks.text(0, y, named(heads), tone, bold=True))
        for split, (qk, vo) in enumerate(widths(heads)):
            parts.append(marks.text(PLACES(split), y, f"{qk}+{vo}", tone, at="middle"))
    return parts


def scene() -> Scene:
    """All layers of the three lines, the split that the slider names in a lit column."""
    columns = [
        marks.box(PLACES(n) - 22, 18, 44, 280, "tint", shown=[n], round_=4) for n in range(5)
    ]
    parts = frame()
    for heads, tone in TONES.items():
        way = [(PLACES(n), RECALL(mean(heads, n))) for n in range(len(widths(heads)))]
        parts.append(marks.line(way, tone, wide=1.5))
        mine = line(heads).sort_values("seed")
        lowest = mine[mine["d_head_qk"] == widths(heads)[0][0]]["recalled"].min()
        y = RECALL(lowest) + 17  # named beneath its first dots
        parts.append(marks.text(PLACES(0), y, named(heads), tone, at="middle", bold=True))
        for split, (qk, _) in enumerate(widths(heads)):
            shares = mine[mine["d_head_qk"] == qk]["recalled"]
            for n, share in enumerate(shares):
                x = PLACES(split) + (n - len(shares) / 2 + 0.5) * 1.6
                parts.append(marks.dot(x, RECALL(share), 2.2, tone))
    return Scene(
        title=say(
            "The share of facts that is recalled, for five ways to divide a head's parameters "
            "and for one, two and four heads. It falls on the right, and for two heads also at the "
            "left end."
        ),
        drawing="".join([*columns, *parts]),
        size=(344, 302),
        states=tuple(said(split) for split in range(5)),
        asks=say("More for choosing"),
        start=1,
    )
