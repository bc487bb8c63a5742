"""What layer for my facts? Layers that hold them for certain, layers that training is expected to
find, what each costs, and which to take; as one JSON object, and as what a person reads. [ours]"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral, Real
from types import NoneType
from typing import Any

import torch

from factrank.errors import FactrankError, given
from factrank.facts.database import Database
from factrank.facts.words import counted, shown
from factrank.layer.bounds import check_tau
from factrank.layer.building.at_size import compiled as built
from factrank.layer.building.at_size import least_weights
from factrank.layer.building.recipes import METHODS, TABLES, sets_of
from factrank.layer.model import NamedLayer, recall
from factrank.layer.survey import Recall, looked_everywhere
from factrank.layer.training.losses import Goal
from factrank.practice.plan.capacity import aligned
from factrank.practice.plan.expected import Choice, expected_layers
from factrank.rank.effort import effort_notes
from factrank.rank.interval import RankInterval, rank_interval

MOST_BUILT = 20_000_000  # numbers of a layer that is built only to be looked at
MOST_ASKED = 2 * 10**10  # numbers of a layer times facts: some ten seconds to build and ask


@dataclass(frozen=True, repr=False)
class Plan:
    """The facts, their rank, and the choices, smallest first.

    ``certified`` and ``expected`` are the recommendations: the smallest choice of each kind that
    recalls every fact (that can be recalled at all), within ``budget`` parameters if one is given;
    None if there is none. ``left_out`` says what was not built and why.
    """

    facts: int
    shape: tuple[int, int, int]
    interval: RankInterval
    ceiling: float
    tau: float
    budget: int | None
    choices: tuple[Choice, ...]
    certified: Choice | None
    expected: Choice | None
    left_out: tuple[str, ...]

    def __repr__(self) -> str:
        told = (
            f"{word}: none" if it is None else f"{word}: {it.how}, {it.parameters['all']} numbers"
            for word, it in (("certain", self.certified), ("expected", self.expected))
        )
        return f"Plan({counted(self.facts, 'fact')}; {'; '.join(told)})"

    def _repr_html_(self) -> str:
        """Every choice, for a notebook."""
        head = ["layer", "certain", "d_model", "width", "numbers"]
        rows = (
            (it.how, "yes" if it.certain else "no", it.config.d_model, it.config.width,
             it.parameters["all"])
            for it in self.choices
        )  # fmt: skip
        return shown(repr(self), head, rows)


def plan(
    database: Database,
    *,
    budget: int | None = None,
    tau: float = 0.9,
    interval: Callable[[Database], RankInterval] = rank_interval,
) -> Plan:
    """Choices for a database, and the smallest that will do.

    ``budget`` bounds the numbers of the whole layer, embeddings included. ``interval`` ranks the
    facts, once.

    Errors: ``FactrankError`` for no fact, a budget below 1, a tau outside (0, 1).

    >>> from factrank import read
    >>> found = plan(read("library:example"))
    >>> found.certified.how, found.certified.config.width, found.certified.recalled
    ('gates', 2, 1.0)
    """
    given("database", database, Database)
    given("budget", budget, (Integral, NoneType), "a whole number")
    given("tau", tau, Real, "a probability")
    given("interval", interval, Callable, "a function from a database to its interval")  # type: ignore[arg-type]  # isinstance takes it
    if not database.facts:
        raise FactrankError("database: expected at least one fact, found none")
    if budget is not None and budget < 1:
        raise FactrankError(f"--parameters: expected at least 1, found {budget!r}")
    check_tau(tau)
    ranked = interval(database)
    built, left_out = compiled(database, tau, ranked)
    choices = sorted(
        [*built, *expected_layers(database, ranked)], key=lambda it: it.parameters["all"]
    )
    ceiling = database.pair_counts()["KQ"] / len(database)
    fit = [it for it in choices if budget is None or it.parameters["all"] <= budget]
    sure = (it for it in fit if it.certain and it.recalled == 1 and it.held == 1)
    hoped = (it for it in fit if not it.certain)
    return Plan(
        len(database),
        database.shape,
        ranked,
        ceiling,
        tau,
        budget,
        tuple(choices),
        next(sure, None),
        next(hoped, None),
        tuple(left_out),
    )


def compiled(
    database: Database, tau: float, ranked: RankInterval
) -> tuple[list[Choice], list[str]]:
    """Each method's layer, built and asked for every fact in float32; and what was not built."""
    found, left_out = [], []
    several = sets_of(database) > 1
    for method in METHODS:
        if several and method in TABLES:
            left_out.append(f"{method}: reads one answer a pair, and some pairs have several")
            continue
        try:
            numbers = least_weights(database, method)
            if numbers > MOST_BUILT:
                raise FactrankError(f"at least {numbers:,} numbers, too many to build for a plan")
            if numbers * len(database) > MOST_ASKED:
                raise FactrankError(
                    f"at least {numbers:,} numbers and {len(database):,} facts, too many to build "
                    "and ask for a plan"
                )
            named, known = built(
                database, method, tau=tau, embeddings="smallest", allow_sets=True,
                interval=lambda _: ranked,
            )  # fmt: skip
        except FactrankError as error:  # one that cannot be built leaves the others
            left_out.append(f"{method}: {str(error).removeprefix(f'compile {method}: ')}")
            continue
        found.append(_asked(database, named, method, tau, known))
    return found, left_out


def _asked(
    database: Database, named: NamedLayer, method: str, tau: float, known: Recall | None
) -> Choice:
    """In both precisions, the worse of the two: what float32 loses is not certain. ``known`` is
    what was recalled in float64, where that was asked already: of a large table half the work."""
    coarse, everywhere = named.layer.to(torch.float32), looked_everywhere(named)
    exact = known or recall(named, database, tau, everywhere=everywhere)
    rough = recall(named, database, tau, layer=coarse, everywhere=everywhere)
    return Choice(
        method,
        True,
        named.layer.config,
        min(exact.recalled, rough.recalled),
        min(exact.held, rough.held),
    )


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
    for kind, it in (("certain", found.certified), ("expected", found.expected)):
        told += recommended(kind, it, found.budget, found.tau, several=found.ceiling < 1)
    told += ["", "all choices, smallest first", *_table(found.choices, found.budget)]
    return [*told, *(f"  not built: {why}" for why in found.left_out)]


def recommended(
    kind: str, it: Choice | None, budget: int | None, tau: float, *, several: bool = False
) -> list[str]:
    """A recommendation: its sizes, why, in what it extrapolates, and last the command; ``several``
    says that some pairs have several values."""
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
        why = f"built and asked: recalls and holds at {tau} every fact, in float32 too"
        return [f"certain: {sizes}", f"  {why}", f"  {command(it, tau, several)}"]
    low, high = it.d_models
    why = f"most seeds should recall every fact from a d_model between {low} and {high} on"
    beyond = [f"  extrapolated: {why}" for why in it.beyond]
    return [f"expected: {sizes}", f"  {why}", *beyond, f"  {command(it, tau, several)}"]


def command(it: Choice, tau: float, several: bool = False) -> str:
    """The command that makes such a layer, of facts with ``several`` values for some pairs."""
    config = it.config
    if it.certain:
        sets = " --allow-sets" if several else ""
        return f"factrank compile FACTS --method {it.how} --hold {tau}{sets} -o LAYER"
    return (
        f"factrank train FACTS --n-heads {config.n_heads} --d-head-qk {config.d_head_qk} "
        f"--d-head-vo {config.d_head_vo} --d-model {config.d_model} "
        f"--{'trained' if config.trainable_embeddings else 'frozen'}"
        f"{'' if tau == Goal().tau else f' --tau {tau}'} -o LAYER"
    )


def _table(choices: tuple[Choice, ...], budget: int | None) -> list[str]:
    rows = [
        ("", "heads", "d_qk", "d_vo", "d_model", "parameters", "multiply-adds", "MB", "recalled")
    ]
    for it in choices:
        config = it.config
        recalled = "expected" if it.recalled is None else f"{it.recalled:.1%}"
        rows.append((
            f"{it.how}{'' if budget is None or it.parameters['all'] <= budget else ' (too large)'}",
            str(config.n_heads), str(config.d_head_qk), str(config.d_head_vo),
            str(config.d_model), f"{it.parameters['all']:,}", f"{config.multiply_adds():,}",
            f"{it.memory / 1e6:.3g}", recalled,
        ))  # fmt: skip
    return [f"  {line}" for line in aligned(rows)]
