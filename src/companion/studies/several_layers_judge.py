"""The criteria of several-layers, as they were written before its record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from companion.engine.intervals import EMBEDDINGS, Interval, interval
from companion.engine.sweeps import Judgement
from companion.engine.thresholds import MOST

if TYPE_CHECKING:
    from pandas import DataFrame, Series

NAMES = {(1, 4): "one layer, 4 heads", (2, 2): "two layers, 2 heads", (1, 2): "one layer, 2 heads"}
ONE, TWO, WIDE = NAMES.values()
PLACE = ["family", "regime", "d_model"]


def named(frame: DataFrame) -> DataFrame:
    """The table with a column ``arrangement``."""
    pairs = zip(frame["layers"], frame["n_heads"], strict=True)
    return frame.assign(arrangement=[NAMES[pair] for pair in pairs])


def cells(frame: DataFrame) -> DataFrame:
    """One row a cell: mean recall, the share of seeds that recall every fact, mean ranks of L."""
    frame = named(frame).assign(full=frame["recalled"] == 1)
    parts = {name: (name, "mean") for name in ("recalled", "full")}
    parts |= {f"rank_{mode}": (f"rank_L_{mode}", "mean") for mode in "KQV"}
    sizes = {"parameters": ("trained_parameters", "max"), "seeds": ("seed", "size")}
    return frame.groupby([*PLACE, "arrangement"]).agg(**parts, **sizes).reset_index()


def lead(frame: DataFrame, first: str, second: str) -> Interval:
    """Recall of one arrangement less that of another: paired by seed, means along the ladder."""
    frame = named(frame)
    by = frame.pivot_table("recalled", "seed", "arrangement", aggfunc="mean")
    found = by[first] - by[second]
    middle = interval(0.5 + found / 2)  # differences reach from -1 to 1
    return Interval(*(2 * end - 1 for end in middle))


def composed(frame: DataFrame) -> Series:
    """For each stack of two layers the share of the lead that passes through both."""
    two = frame[frame["layers"] == 2]
    return two["vote_2_on_1_key"] + two["vote_2_on_1_query"]


def judge(frame: DataFrame) -> list[Judgement]:
    """Every criterion, on the regimes that the table has."""
    verdicts = [_equal(frame), _bound(frame)]
    recipes, frame = frame, frame[frame["part"] == "ladder"]
    frozen, trained = frame[frame["regime"] == "F"], frame[frame["regime"] == "T"]
    verdicts += [
        _leads(frozen, ONE, TWO, "one layer recalls more than two with its heads between them"),
        _leads(frozen, TWO, WIDE, "two layers recall more than one of their two heads, widened"),
        _ranks(frame),
        _composed(frame),
    ]
    if len(trained):
        verdicts.append(_trained(trained))
    if (recipes["part"] == "recipes").any():
        verdicts.append(_recipes(recipes))
    return verdicts


def _equal(frame: DataFrame) -> Judgement:
    counts = named(frame).groupby(PLACE)["trained_parameters"].nunique()
    return Judgement(
        "all arrangements of a cell have the same number of trained parameters",
        f"{int((counts == 1).sum())} of {len(counts)} cells",
        bool((counts == 1).all()),
    )


def _bound(frame: DataFrame) -> Judgement:
    most = frame["width"] + frame["rank_direct"]
    most = most.clip(upper=frame["d_model"]).clip(upper=frame["values"])
    within = frame["rank_L_V"] <= most
    reached = frame["rank_L_V"] == most
    return Judgement(
        "rank L_(V) is at most d_model, |V|, and the widths of all layers plus rank(E_Q U)",
        f"{int(within.sum())} of {len(frame)}, reached by {int(reached.sum())}",
        bool(within.all()),
    )


def _leads(frame: DataFrame, first: str, second: str, criterion: str) -> Judgement:
    found = {name: lead(mine, first, second) for name, mine in frame.groupby("family")}
    return Judgement(
        f"{EMBEDDINGS['F']}: {criterion}: mean recall along the ladder, the 95% interval above 0",
        ", ".join(f"{name} {told(gap)}" for name, gap in found.items()),
        all(gap.low > 0 for gap in found.values()),
    )


def told(gap: Interval) -> str:
    """A difference of shares in points.

    >>> told(Interval(0.05, 0.04, 0.0612))
    '+5.0 points (+4.0 to +6.1)'
    """
    mean, low, high = (100 * end for end in gap)
    return f"{mean:+.1f} points ({low:+.1f} to {high:+.1f})"


def _ranks(frame: DataFrame) -> Judgement:
    """Where one layer of four heads and two of two recall all in most seeds."""
    found = cells(frame)
    one, two = (found[found["arrangement"] == name] for name in (ONE, TWO))
    both = one.merge(two, on=PLACE, suffixes=("_one", "_two"))
    both = both[(both["full_one"] > MOST) & (both["full_two"] > MOST)]
    gaps = {mode: (both[f"rank_{mode}_two"] - both[f"rank_{mode}_one"]) for mode in "KQV"}
    return Judgement(
        "where both recall every fact, two layers compute an L of no larger unfolding ranks than "
        "one: mean over seeds, in each cell, within 0.5",
        f"{len(both)} cells; two less one: "
        + ", ".join(f"{m} {gap.min():+.1f} to {gap.max():+.1f}" for m, gap in gaps.items()),
        bool(len(both) and all((gap <= 0.5).all() for gap in gaps.values())),
    )


def _composed(frame: DataFrame) -> Judgement:
    share = composed(frame)
    return Judgement(
        "of the lead of the true value at least a tenth passes through both layers in the mean",
        f"mean {share.mean():.0%}, {share.min():.0%} to {share.max():.0%}",
        bool(share.mean() >= 0.1),
    )


def _trained(frame: DataFrame) -> Judgement:
    found = {name: lead(mine, ONE, TWO) for name, mine in frame.groupby("family")}
    return Judgement(
        f"{EMBEDDINGS['T']}: one layer and two differ by less than two points in mean recall along "
        "the ladder",
        ", ".join(f"{name} {told(gap)}" for name, gap in found.items()),
        all(abs(gap.mean) < 0.02 for gap in found.values()),
    )


def by_recipe(frame: DataFrame) -> DataFrame:
    """Mean recall of each arrangement by family, rate and steps, where recipes were varied."""
    places = frame[frame["part"] == "recipes"][["family", "regime", "d_model"]].drop_duplicates()
    mine = named(frame).merge(places)
    mine = mine[mine["arrangement"] != WIDE]
    return mine.pivot_table("recalled", ["family", "lr", "steps"], "arrangement")


def _recipes(frame: DataFrame) -> Judgement:
    """Each arrangement with the recipe that suits it best."""
    best = by_recipe(frame).groupby("family").max()
    return Judgement(
        f"{EMBEDDINGS['F']}: with the best of five recipes for each, one layer still recalls more "
        "than two",
        ", ".join(
            f"{family} {one:.1%} and {two:.1%}"
            for family, one, two in best[[ONE, TWO]].itertuples()
        ),
        bool((best[ONE] > best[TWO]).all()),
    )
