"""The experiment bits-per-parameter: how dense is storage? Its ladders of sizes and of layers.

A line is one size of database, one family, one regime (T or F). Along it stands a ladder of
layers: four layouts (as many heads as queries or twice as many, value-output width 1 or 2 a head,
d_qk = 1), each with the stream width d_model that brings it nearest to a wanted density of
bits a trained parameter. Densities run from what is easy to what no layer reached in a pilot, so
that a line can fail at either end. Nobody knows the best shape of a layer: what is found is what
these ladders reach.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import log2
from typing import Any, NamedTuple

from pandas import DataFrame, Series

from companion.engine.sweeps import Experiment, Judgement
from companion.engine.thresholds import EMBEDDINGS, MOST
from companion.studies.item import Config, Item, told
from companion.studies.measure import named, train_batch
from factrank.facts.bits import PUBLISHED, bits

SEEDS = {"quick": 3, "full": 10}
STEPS = {"quick": 600, "full": 1200}


class Shape(NamedTuple):
    """Sizes of a database; range_size values, shared by all queries."""

    name: str
    family: str
    keys: int
    queries: int
    range_size: int


LADDER = (
    Shape("tiny", "uniform", 8, 2, 4),
    Shape("small", "uniform", 16, 4, 8),
    Shape("middle", "uniform", 32, 8, 16),
    Shape("large", "uniform", 64, 16, 32),
)
LONG = Shape("long", "uniform", 64, 4, 8)  # more keys alone
TWICE = Shape("twice", "duplicated", 32, 8, 16)  # every relation twice
DENSITIES = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.25, 2.5, 3.0)
DENSER = (*DENSITIES[5:], 3.5)
LARGE = (1.75, 2.0, 2.25, 2.5)
LONGER = LADDER[2]._replace(name="longer")  # trained four times as long


def _quick() -> Iterator[Item]:
    for regime in "FT":
        yield from _line("quick", LADDER[0], regime, (0.25, 0.5, 3.0))
        yield from _line("quick", LADDER[1], regime, (0.5, 1.0, 3.0))


def _full() -> Iterator[Item]:
    for regime in "FT":
        for shape in LADDER[:3]:
            yield from _line("full", shape, regime, DENSITIES)
        yield from _line("full", LADDER[3], regime, LARGE)
        yield from _line("full", LONG, regime, DENSITIES[2:])
        yield from _line("full", TWICE, regime, DENSER)
        yield from _line("full", LONGER, regime, LARGE[1:], slice(1, 3), 4 * STEPS["full"])


items = told(lambda tier: _full() if tier == "full" else _quick())


def layouts(queries: int) -> list[tuple[int, int]]:
    """Numbers of heads with their value-output widths.

    >>> layouts(4)
    [(4, 1), (4, 2), (8, 1), (8, 2)]
    """
    return [(heads, width) for heads in (queries, 2 * queries) for width in (1, 2)]


def stream(shape: Shape, regime: str, heads: int, d_head_vo: int, density: float) -> int:
    """The d_model with which a layout comes nearest to a density, and at least 1.

    Each unit of d_model costs 2 heads (1 + d_vo) parameters, and with trained embeddings one a
    token. Bits are those of all values drawn from range_size.

    >>> stream(LADDER[1], "F", 4, 1, 1.0)  # 192 bits, 16 parameters a unit
    12
    """
    cost = 2 * heads * (1 + d_head_vo)
    if regime == "T":
        cost += shape.keys + shape.queries + shape.range_size
    facts = shape.keys * shape.queries
    if shape.family == "duplicated":
        facts -= shape.queries * (shape.keys // 8)
    return max(1, round(facts * log2(shape.range_size) / (density * cost)))


def _line(
    tier: str, shape: Shape, regime: str, densities: Sequence[float], some: slice = slice(None),
    steps: int | None = None,
) -> Iterator[Item]:  # fmt: skip
    for heads, d_head_vo in layouts(shape.queries)[some]:
        found = {stream(shape, regime, heads, d_head_vo, density) for density in densities}
        for d_model in sorted(found):
            for seed in range(SEEDS[tier]):
                yield Item(
                    *shape[1:], size=shape.name, regime=regime, n_heads=heads, d_model=d_model,
                    d_head_qk=1, width=heads * d_head_vo, steps=steps or STEPS[tier],
                    weight_decay=0.03, seed=seed,
                )  # fmt: skip


def train_and_count(batch: Sequence[Config]) -> list[dict[str, Any]]:
    """Train the layers of one group at once: what each recalls, its bits and its parameters.

    ``bits`` is the sum over facts; ``information`` the entropy of what was drawn (half of the sum
    for relations given twice, at most). Parameters: ``attention_parameters``,
    ``trained_parameters`` and ``all_parameters``, in which frozen ones count too. [ours]
    """
    done, rows = train_batch(batch), []
    for m, item in enumerate(done.items):
        found, said = done.found(m), bits(done.databases[m])
        rows.append(
            {
                **item.told(),
                **named(found, "facts"),
                "bits": round(said, 1),
                "information": round(said / (2 if item.family == "duplicated" else 1), 1),
                **named(found, *PARAMETERS, "steps", "most_steps", "loss_at_end"),
                **named(found, "recalled", "held_90"),
                "largest_logit": round(float(done.logits(m).abs().max()), 2),
            }
        )
    return rows


# ---- the criteria, as they were written before the record

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
    return Judgement.of(
        "every line has layers at which most seeds recall all facts, and layers at which they do "
        "not",
        both, " lines",
    )  # fmt: skip


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


EXPERIMENT = Experiment(
    "bits-per-parameter", items, train_and_count, judge,
    outcomes=("recalled", "held_90"),
    measured=("steps", "loss_at_end", "largest_logit", "information"),
)  # fmt: skip
