"""Thresholds of knowledge-graphs, how well numbers order and foretell them, and the criteria.

The criteria were written after a pilot of single layers on parts of three databases, and before the
run.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from pandas import DataFrame

from companion.engine.predictors import auc, interval, resamples
from companion.engine.sweeps import Judgement
from companion.engine.thresholds import SAME, edge

OUTCOMES = ("recalled", "held_90", "truth", "hidden", "artifacts")
LINE = ["database", "most_facts", "seed"]
PREDICTORS = {
    "facts": "facts",
    "bits": "bits",
    "values, rank D_(V)": "values",
    "rank (lower)": "rank_lower",
    "rank (upper)": "rank_upper",
    "keys": "keys",
    "bits / labels": "bits_a_label",
}
RANKS = ("rank (lower)", "rank (upper)")
ASKED = ("facts", "bits", "values, rank D_(V)")  # what rank is to be better than
REPEATS, FEW = 2000, 4
FACTOR, LOUD = 1.5, 0.5


class Verdict(NamedTuple):
    """How a number orders the lines (the share of pairs, one half is guessing), with its interval
    over databases; and by what factor it misses the threshold of a database left out (typically,
    a root mean square)."""

    concordance: float
    low: float
    high: float
    factor: float


def there(frame: DataFrame) -> DataFrame:
    """The rows of databases that were there."""
    return frame[frame["recalled"].notna()]


def lines(frame: DataFrame, least: float = 1.0) -> DataFrame:
    """Each clean line with ``works``, from which rung on that share is recalled (NaN: not in the
    grid), ``fails``, the rung below (0: none tried), and its sizes."""
    clean = there(frame[frame["kind"] == "clean"])
    found = []
    for _, rows in clean.groupby(LINE, sort=False):
        fails, works = edge(rows.set_index("d_model")["recalled"] >= least)
        one = rows.sort_values("d_model", ascending=False).iloc[0]
        labels = one["keys"] + one["queries"] + one["values"]
        sizes = {
            "works": works,
            "fails": np.nan_to_num(fails),
            "bits_a_label": one["bits"] / labels,
        }
        found.append(one.to_dict() | sizes)
    return pd.DataFrame(found)


def _ordered(found: DataFrame) -> np.ndarray:
    """1 where line i surely needs less than line j: what is above the grid needs more than all
    that it tried, and nothing is known between two of these."""
    works, fails = found["works"].to_numpy(float), found["fails"].to_numpy(float)
    least = np.where(np.isnan(works), np.inf, works)
    return np.asarray(least[:, None] <= fails[None, :])


def compared(frame: DataFrame, least: float = 1.0, seed: int = 0) -> dict[str, Verdict]:
    """Each number's verdict over all lines; databases are drawn again, not lines."""
    found = lines(frame, least)
    wins, weights = _wins(found)
    draws = _draws(found, seed)
    told = {}
    for name, won in wins.items():
        ends = interval([auc(won, weights, at) for at in draws])
        told[name] = Verdict(auc(won, weights), *ends, off(found, PREDICTORS[name]))
    return told


def above(frame: DataFrame, seed: int = 0) -> tuple[str, str, float, float, float]:
    """The better rank, the best of the numbers it is asked against, and its concordance minus
    theirs, with the interval over databases."""
    found = lines(frame)
    wins, weights = _wins(found)
    whole = {name: auc(won, weights) for name, won in wins.items()}
    rank, rival = (max(those, key=whole.__getitem__) for those in (RANKS, ASKED))

    def ahead(at: np.ndarray | None = None) -> float:
        return auc(wins[rank], weights, at) - auc(wins[rival], weights, at)

    ends = interval([ahead(at) for at in _draws(found, seed)])
    return rank, rival, ahead(), *ends


def _wins(found: DataFrame) -> tuple[dict[str, np.ndarray], np.ndarray]:
    sure = _ordered(found).astype(float)
    wins = {}
    for name, column in PREDICTORS.items():
        x = found[column].to_numpy(float)
        less, same = x[:, None] < x[None, :], x[:, None] == x[None, :]
        wins[name] = sure * (less + 0.5 * same)
    return wins, sure


def _draws(found: DataFrame, seed: int) -> list[np.ndarray]:
    """How often each line counts, in each draw of databases."""
    names, of = np.unique(found["database"], return_inverse=True)
    return [times[of].astype(float) for times in resamples(len(names), REPEATS, seed)]


def off(found: DataFrame, column: str) -> float:
    """exp of the root mean square of log works minus what a line through the other databases'
    points says, log against log; lines above the grid are not in it."""
    known = found[found["works"].notna()]
    errors = []
    for _, rows in known.groupby("database"):
        rest = known.drop(rows.index)
        if rest[column].nunique() < 2:
            return float("nan")
        slope, at = np.polyfit(np.log(rest[column]), np.log(rest["works"]), 1)
        errors += list(np.log(rows["works"]) - at - slope * np.log(rows[column]))
    return float(np.exp(np.sqrt(np.mean(np.square(errors)))))


def costs(frame: DataFrame) -> DataFrame:
    """What spoiling costs: for each database, kind and seed the recall of the clean facts minus
    that of the spoiled ones, by the same layer."""
    own = ["database", "most_facts", "d_model", "n_heads", "seed"]
    rows = there(frame)
    clean = rows[rows["kind"] == "clean"].set_index(own)["recalled"]
    spoiled = rows[rows["kind"] != "clean"].copy()
    before = [clean.get(tuple(it), np.nan) for it in spoiled[own].itertuples(index=False)]
    return spoiled.assign(cost=before - spoiled["recalled"])


def judge(frame: DataFrame) -> list[Judgement]:
    """What is there against the criteria; fewer than four databases are compared with nothing."""
    names = {*there(frame)["database"]}
    absent = sorted({*frame["database"]} - names)
    verdicts = [
        Judgement(
            "every database of the experiment is here",
            f"{len(names)} are" + (f", absent: {', '.join(absent)}" if absent else ""),
            not absent,
        )
    ]
    if not names:
        return verdicts
    found = lines(frame)
    words = "some d_model of the grid recalls every fact on at least 80% of the lines"
    verdicts.append(Judgement.of(words, found["works"].notna(), least=0.8))
    if len(names) >= FEW:
        verdicts += _predicted(frame)
    if "noise" in {*there(frame)["kind"]}:
        verdicts.append(_spoiled(frame))
    full = there(frame)
    full = full[(full["recalled"] == 1) & full["artifacts"].notna()]
    if len(full):
        mean = full.groupby("database")["artifacts"].mean()
        verdicts.append(
            Judgement(
                "layers that recall every fact of a database answer at most half of the questions "
                "without a fact with a probability of 0.9",
                ", ".join(f"{name} {share:.2f}" for name, share in mean.items()),
                bool((mean <= LOUD).all()),
            )
        )
    return verdicts


def _predicted(frame: DataFrame) -> list[Judgement]:
    rank, rival, ahead, low, high = above(frame)
    told = compared(frame)
    best = min(told, key=lambda name: told[name].factor)
    return [
        Judgement(
            "rank orders the least d_model better than facts, bits and values, beyond chance",
            f"{rank} {told[rank].concordance:.3f}, {rival} {told[rival].concordance:.3f}, "
            f"difference {ahead:+.3f} ({low:+.3f} to {high:+.3f})",
            low > 0,
        ),
        Judgement(
            f"one number foretells the least d_model of a database left out within a factor of "
            f"{FACTOR:g} (root mean square)",
            f"best is {best}: {told[best].factor:.2f}",
            told[best].factor <= FACTOR,
        ),
    ]


def _spoiled(frame: DataFrame) -> Judgement:
    mean = costs(frame).groupby(["kind", "database"])["cost"].mean()
    told = ", ".join(f"{' '.join(where)} {cost:+.3f}" for where, cost in mean.items())
    return Judgement(
        f"noise costs more than {SAME:g} of recall on every database that was spoiled",
        told,
        bool((mean["noise"] > SAME).all()),
    )
