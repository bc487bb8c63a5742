"""The criteria of bits-per-parameter, as they were written before its figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from companion.engine.intervals import EMBEDDINGS
from companion.engine.sweeps import Judgement
from companion.engine.thresholds import MOST
from factrank.facts.bits import PUBLISHED

if TYPE_CHECKING:
    from pandas import DataFrame, Series

LINE = ["size", "family", "keys", "queries", "range_size", "regime"]
LAYER = ["n_heads", "width", "d_model"]
PARAMETERS = ["attention_parameters", "trained_parameters", "all_parameters"]
SIZES = ("tiny", "small", "middle", "large")


def cells(frame: DataFrame) -> DataFrame:
    """One row a cell: the share of its seeds that recall every fact, that hold every one at 0.9.

    ``density`` is the mean of bits recalled for each trained parameter, were all facts recalled.
    """
    frame = frame.assign(full=frame["recalled"] == 1, held=frame["held_90"] == 1)
    found = (
        frame.groupby([*LINE, *LAYER, *PARAMETERS])
        .agg(
            full=("full", "mean"),
            held=("held", "mean"),
            seeds=("seed", "size"),
            bits=("bits", "mean"),
            information=("information", "mean"),
        )
        .reset_index()
    )
    return found.assign(density=found["bits"] / found["trained_parameters"])


def smallest(
    frame: DataFrame, by: str = "full", share: float = MOST, count: str = "trained_parameters"
) -> DataFrame:
    """For each line the layer of fewest parameters at which more than that share succeed.

    ``count`` names the parameters. Chosen on the share of the seeds of a cell, never on its best
    seed. A line without one is left out.
    """
    found = cells(frame)
    found = found[found[by] > share]
    order = found.sort_values([count, by], ascending=[True, False])
    return order.groupby(LINE, as_index=False).first()


def judge(frame: DataFrame) -> list[Judgement]:
    """Every criterion, on the lines that the table has."""
    best = smallest(frame)
    verdicts = [_grid(frame)]
    for regime, words in EMBEDDINGS.items():
        mine = best[best["regime"] == regime]
        uniform = mine[mine["family"] == "uniform"]
        for name, most in PUBLISHED.items():
            verdicts.append(_below(words, uniform, name, most))
        verdicts += _growth(words, dict(zip(uniform["size"], uniform["density"], strict=True)))
        verdicts += _twice(words, mine.set_index("size"))
        verdicts += _longer(words, mine.set_index("size")["density"])
    return verdicts


def _grid(frame: DataFrame) -> Judgement:
    lines = cells(frame).groupby(LINE)["full"]
    both = (lines.max() > MOST) & (lines.min() <= MOST)
    return Judgement(
        "every line has layers at which most seeds recall all facts, and layers at which they do "
        "not",
        f"{int(both.sum())} of {len(both)} lines",
        bool(both.all()),
    )


def _below(words: str, best: DataFrame, name: str, most: float) -> Judgement:
    told = ", ".join(f"{row.size} {row.density:.2f}" for row in _ordered(best))
    return Judgement(
        f"{words}: at full recall, uniform values, below {most:g} bits a trained parameter "
        f"({name}) at every size",
        told,
        bool(len(best) and (best["density"] < most).all()),
    )


def _growth(words: str, density: Mapping[str, float]) -> Iterator[Judgement]:
    """Denser with every step up the ladder; each step adds a smaller factor than the one before."""
    steps = [density[name] for name in SIZES if name in density]
    factors = [b / a for a, b in pairwise(steps)]
    told = ", ".join(f"x {factor:.2f}" for factor in factors)
    yield Judgement(
        f"{words}: the density grows with each step up the ladder of sizes",
        told,
        bool(factors and min(factors) > 1),
    )
    yield Judgement(
        f"{words}: the growth slows, each factor smaller than the one before",
        told,
        bool(factors == sorted(factors, reverse=True) and len(set(factors)) == len(factors)),
    )


def _twice(words: str, best: DataFrame) -> Iterator[Judgement]:
    """Relations given twice against uniform values of the same sizes."""
    if "twice" not in best.index:
        return
    twice = best.loc["twice"]
    real = twice["information"] / twice["trained_parameters"]
    plain = best["density"].get("middle", float("nan"))
    told = f"sum {twice['density']:.2f}, information {real:.2f}, uniform {plain:.2f}"
    yield Judgement(
        f"{words}: relations given twice look denser than uniform values by the sum, and are not "
        "by what they say",
        told,
        bool(twice["density"] > plain >= real),
    )


def _longer(words: str, density: Series) -> Iterator[Judgement]:
    """The middle size trained four times as long."""
    if "longer" not in density.index:
        return
    factor = density["longer"] / density.get("middle", float("nan"))
    yield Judgement(
        f"{words}: four times the steps raise the density of the middle size by less than a "
        "quarter",
        f"x {factor:.2f}",
        bool(factor < 1.25),
    )


def _ordered(best: DataFrame) -> list[Any]:
    order = {name: n for n, name in enumerate((*SIZES, "longer", "long", "twice"))}
    return sorted(best.itertuples(), key=lambda row: order.get(row.size, 99))
