"""The criteria of whole-block, written after a pilot of four other seeds and before the record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf

import numpy as np
from pandas import DataFrame, Series

from companion.engine import predictors
from companion.engine.sweeps import Judgement
from companion.engine.thresholds import EMBEDDINGS, MOST, SAME, edge, lead, leads, points

NAMES = {
    "both": "heads and MLP",
    "heads": "heads alone",
    "mlp": "MLP alone",
    "heads frozen": "heads frozen",
    "mlp frozen": "MLP frozen",
}
CLOSE, FAR = 0.05, 0.2  # differences of recall, means along the ladder
HALF = 0.5
WIDE = 2  # d_vo that is enough beside the widest MLP
LONGER = 1.5  # by which factor a longer context may raise the least d_vo
SIZES = ("rank_lower", "rank_upper", "bits", "free_bits")
REPEATS, SEED = 1000, 0


def regimes(frame: DataFrame) -> Iterator[tuple[str, DataFrame]]:
    """The blocks of each regime, with its words."""
    for regime, mine in frame.groupby("regime"):
        yield EMBEDDINGS[str(regime)], mine


def parts(frame: DataFrame) -> DataFrame:
    """The three arrangements at equal parameters, on the tables that all three were given."""
    mine = frame[frame["part"] == "parts"]
    return mine[mine["values"] == 8]


def least(frame: DataFrame, width: str) -> float:
    """The least width from which on most seeds recall every fact; infinite if none does."""
    good = (frame["recalled"] == 1).groupby(frame[width]).mean() > MOST
    works = edge(good)[1]
    return inf if np.isnan(works) else float(works)


def widths(frame: DataFrame, regime: str) -> dict[int, float]:
    """The least d_vo by the width of the MLP, two fillers."""
    mine = frame[(frame["part"] == "d_vo") & (frame["regime"] == regime)]
    return {int(m): least(rows, "d_head_vo") for m, rows in mine.groupby("d_mlp")}


def lengths(frame: DataFrame, regime: str) -> dict[int, float]:
    """The least d_vo by the number of fillers, beside the middle MLP."""
    mine = frame[(frame["regime"] == regime) & (frame["n_heads"] > 0)]
    longer = mine[mine["part"] == "length"]
    usual = mine[(mine["part"] == "d_vo") & (mine["d_mlp"] == longer["d_mlp"].iloc[0])]
    return {
        int(n): least(rows, "d_head_vo")
        for both in (longer, usual)
        for n, rows in both.groupby("length")
    }


def shown(number: float) -> str:
    """A least width in words.

    >>> shown(3.0), shown(inf)
    ('3', 'none')
    """
    return "none" if number == inf else f"{number:g}"


def looking(frame: DataFrame, regime: str) -> Series:
    """Mean recall by the width of the MLP and d_qk."""
    mine = frame[(frame["regime"] == regime) & frame["part"].isin(["d_vo", "d_qk"])]
    width = mine.loc[mine["part"] == "d_qk", "d_head_vo"].iloc[0]
    mine = mine[mine["d_head_vo"] == width]
    return mine.groupby(["d_mlp", "d_head_qk"])["recalled"].mean()


def orders(frame: DataFrame) -> dict[str, tuple[float, np.ndarray]]:
    """How well each size orders blocks with both parts by full recall: AUC, and its resamples.

    The score is the parameters of the block over the size; what is resampled are tables.
    """
    mine = frame[(frame["part"] == "parts") & (frame["arrangement"] == "both")]
    kind = mine.groupby(["family", "values", "seed"]).ngroup().to_numpy()
    good, groups = (mine["recalled"] == 1).to_numpy(), int(kind.max()) + 1
    spent = np.log(mine["attention_parameters"] + mine["mlp_parameters"])
    draws = predictors.resamples(groups, REPEATS, SEED)
    found = {}
    for size in SIZES:
        score = (spent - np.log(mine[size])).to_numpy()
        wins, pairs = predictors.pair_counts(score, good, kind, groups)
        found[size] = predictors.auc(wins, pairs), predictors.aucs(wins, pairs, draws)
    return found


def judge(frame: DataFrame) -> list[Judgement]:
    """Every criterion, as far as the table has what it asks."""
    verdicts = [_equal(frame), *_frozen_parts(frame)]
    if len(frame[frame["part"] != "parts"]):
        verdicts += [_trained_parts(frame), *_widths(frame), *_lengths(frame)]
        verdicts += [*_orders(frame), *_stills(frame)]
    return [*verdicts, _without(frame)]


def _equal(frame: DataFrame) -> Judgement:
    place = ["regime", "family", "d_head_qk", "d_head_vo"]
    mine = parts(frame)
    heads = mine[mine["arrangement"] != "mlp"].groupby(place)["trained_parameters"].nunique()
    spent = mine.groupby("arrangement")["trained_parameters"].unique().map(sorted).map(tuple)
    return Judgement(
        "all arrangements of a rung have the same number of trained parameters",
        f"{int((heads == 1).sum())} of {len(heads)} cells, ladders "
        f"{'equal' if spent.nunique() == 1 else 'unequal'}",
        bool((heads == 1).all() and spent.nunique() == 1),
    )


def _frozen_parts(frame: DataFrame) -> Iterator[Judgement]:
    mine = parts(frame)
    mine = mine[mine["regime"] == "F"]
    words = (
        f"{EMBEDDINGS['F']}: an MLP is worth what as many parameters of further heads are: mean "
        f"recall along the ladder differs by less than {CLOSE:.0%} of the facts, in each family"
    )
    yield leads(mine, "both", "heads", words, lambda gap: abs(gap.mean) < CLOSE)
    words = (
        f"{EMBEDDINGS['F']}: among fillers an MLP alone recalls less than heads alone by at least "
        f"{FAR:.0%} of the facts, in each family"
    )
    yield leads(mine, "heads", "mlp", words, lambda gap: gap.mean >= FAR)


def _trained_parts(frame: DataFrame) -> Judgement:
    mine = parts(frame)
    gap = lead(mine[(mine["regime"] == "T") & (mine["family"] == "uniform")], "mlp", "heads")
    return Judgement(
        f"{EMBEDDINGS['T']}: on uniform tables an MLP alone recalls more than heads alone: mean "
        "along the ladder, the 95% interval above 0",
        points(gap),
        gap.low > 0,
    )


def _widths(frame: DataFrame) -> Iterator[Judgement]:
    for regime, words in EMBEDDINGS.items():
        found = widths(frame, regime)
        none, middle, most = (found[m] for m in sorted(found))
        told = ", ".join(f"{shown(it)} with {m} neurons" for m, it in found.items())
        ladder = frame.loc[frame["regime"].eq(regime) & frame["part"].eq("d_vo"), "d_head_vo"]
        yield Judgement(
            f"{words}: an MLP as large as the heads are at d_vo 6 or 2 halves the least d_vo of "
            "full recall, where none works counting as the widest that was tried",
            told,
            bool(middle <= HALF * min(none, ladder.max())),
        )
        yield Judgement(
            f"{words}: beside the widest MLP a d_vo of {WIDE} is enough", told, most <= WIDE
        )
        seen = looking(frame, regime).unstack()
        gain = seen[[4, 8]].max(axis=1) - seen[2]
        yield Judgement(
            f"{words}: d_qk of 4 or 8 recalls at most {SAME:.0%} of the facts more than 2, "
            "whatever the MLP",
            ", ".join(f"{100 * it:+.1f} points with {m} neurons" for m, it in gain.items()),
            bool((gain <= SAME).all()),
        )


def _lengths(frame: DataFrame) -> Iterator[Judgement]:
    for regime, words in EMBEDDINGS.items():
        found = lengths(frame, regime)
        yield Judgement(
            f"{words}: eight fillers in the place of none raise the least d_vo by a factor of at "
            f"most {LONGER}",
            ", ".join(f"{shown(it)} with {n} fillers" for n, it in sorted(found.items())),
            found[8] <= LONGER * found[0] < inf,
        )
    alone = frame[frame["part"].eq("length") & frame["arrangement"].eq("mlp")]
    by = alone.groupby(["regime", "length"])["recalled"].mean()
    yield Judgement(
        "of what an MLP alone recalls without fillers less than half is left among eight with "
        "frozen embeddings, and at least nine tenths with trained ones",
        ", ".join(f"{EMBEDDINGS[r]} {by[r, 0]:.0%} and {by[r, 8]:.0%}" for r in EMBEDDINGS),
        bool(by["F", 8] < HALF * by["F", 0] and by["T", 8] >= 0.9 * by["T", 0]),
    )


def _orders(frame: DataFrame) -> Iterator[Judgement]:
    for words, mine in regimes(frame):
        found = orders(mine)
        best = max(("rank_lower", "rank_upper"), key=lambda size: found[size][0])
        low, high = predictors.interval(found[best][1] - found["bits"][1])
        yield Judgement(
            f"{words}: parameters over the rank order blocks with both parts by full recall better "
            "than parameters over bits, the 95% interval of the difference of AUCs above 0",
            f"{', '.join(f'{size} {it[0]:.2f}' for size, it in found.items())}; {best} less bits "
            f"{found[best][0] - found['bits'][0]:+.2f} ({low:+.2f} to {high:+.2f})",
            low > 0,
        )


def _stills(frame: DataFrame) -> Iterator[Judgement]:
    for words, mine in regimes(frame):
        gap = lead(mine[mine["part"] == "frozen"], "mlp frozen", "heads frozen")
        yield Judgement(
            f"{words}: to leave the heads as they were drawn costs more recall than to leave the "
            "MLP so: mean over four families, the 95% interval above 0",
            points(gap),
            gap.low > 0,
        )


def complete(frame: DataFrame, columns: Sequence[str]) -> DataFrame:
    """By regime and family, the mean of columns over the blocks with both parts that hold all.

    NaN where no block holds all.
    """
    mine = parts(frame)
    mine = mine[mine["arrangement"] == "both"]
    values = mine[list(columns)].where(mine["recalled"] == 1)
    return values.groupby([mine["regime"], mine["family"]]).mean()


def _without(frame: DataFrame) -> Judgement:
    left = complete(frame, ["without_mlp"])["without_mlp"].xs("F", level="regime")
    one = left.pop("token")
    return Judgement(
        f"{EMBEDDINGS['F']}: of blocks that recall every fact, without what the MLP wrote less "
        "than half is left where an answer needs both tokens, more than half where it needs one",
        ", ".join(f"{name} {it:.0%}" for name, it in {**left, "token": one}.items()),
        bool((left < HALF).all() and one > HALF),
    )
