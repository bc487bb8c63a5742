"""What train and try print: the answer for a person and for a program, the bar while one waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from math import inf
from statistics import fmean
from typing import TYPE_CHECKING

from factrank.cli.edge import passing
from factrank.cli.layer_answers import SETS, finite, off_facts, recall_record, shares
from factrank.facts.words import counted

if TYPE_CHECKING:
    from factrank.facts.database import Database
    from factrank.layer.model import NamedLayer
    from factrank.layer.survey import Recall
    from factrank.layer.training.losses import Fit, Goal, Look
    from factrank.layer.training.sizes import Cost
    from factrank.practice.trial.splits import Trial

WIDE = 20  # characters of the bar
SEEDS = 12  # seeds shown one by one
Tried = tuple[int, "Goal", bool, int | None]  # seeds wanted, goal, interrupted, keys sampled


# ---- while one waits --------------------------------------------------------------------------


@contextmanager
def bar() -> Iterator[Callable[[Look], None]]:
    """A bar on a terminal, with what the last steps foretell; nothing elsewhere."""
    last = -inf
    with passing() as show:

        def tell(look: Look) -> None:
            nonlocal last
            if look.seconds - last > 0.1:
                last = look.seconds
                show(line(look))

        yield tell


def line(look: Look) -> str:
    """The bar.

    >>> from factrank.layer.training.fitting import Look
    >>> line(Look(50, 200, 1, 4, 0.5, 2.0))
    '[#####---------------] 1 of 4 layers done, best recall 50.0%, at most 6 s left'
    """
    done = WIDE * look.step // look.steps
    return (
        f"[{'#' * done}{'-' * (WIDE - done)}] {look.done} of {counted(look.layers, 'layer')} done, "
        f"best recall {look.recalled:.1%}, at most {look.left:.0f} s left"
    )


# ---- train ------------------------------------------------------------------------------------


def fitted_record(
    named: NamedLayer, found: Recall, fits: Sequence[Fit], best: Fit, price: Cost, tried: Tried,
    path: str,
) -> dict[str, object]:  # fmt: skip
    """What train tells a program; JSON has no infinity."""
    seeds, goal, interrupted, sample = tried
    return {
        "layer": path,
        "method": named.method,
        "database": named.database,
        **named.layer.config.to_dict(),
        "cost": asdict(price),
        "sample": sample,
        "seeds_wanted": seeds,
        "until": goal.until,
        "tau": goal.tau,
        "interrupted": interrupted,
        "best_seed": best.seed,
        "best": recall_record(found),
        "seeds": [_seed_record(one) for one in fits],
    }


def _seed_record(one: Fit) -> dict[str, object]:
    told = {name: it for name, it in vars(one).items() if name != "layer"}
    return told | {"margin": finite(one.margin)}


def fitted(
    database: Database, named: NamedLayer, found: Recall, fits: Sequence[Fit], best: Fit,
    price: Cost, tried: Tried, path: str,
) -> str:  # fmt: skip
    """What train tells a person: the layer that was kept, and all the seeds that it is best of."""
    seeds, goal, interrupted, sample = tried
    many, reached = len(fits) > 1, sum(one.reached for one in fits)
    lines = [
        shares(found),
        f"  the best of {len(fits)} seeds, which {_spread(fits)}" if many else "  one seed",
        f"  all facts {goal.until} by {reached} of {len(fits)}",
    ]
    if interrupted or len(fits) < seeds:
        why = "interrupted" if interrupted else "out of time"
        begun = f"{len(fits)} of {counted(seeds, 'seed')} begun"
        lines.append(f"  {why}: {begun}, each as good as it had become")
    for one in fits[:SEEDS]:
        mark = "   <- kept" if one is best and many else ""
        lines.append(
            f"  seed {one.seed}: recalled {one.recalled:.1%}, held {one.held:.1%}, least margin "
            f"{one.margin:.3g}, {counted(one.steps, 'step')}{mark}"
        )
        if not one.finite:
            lines.append(
                f"    ended there: the loss was no number any more; best is step {one.step}"
            )
    if len(fits) > SEEDS:
        lines.append(f"  {counted(len(fits) - SEEDS, 'more seed')}; kept is seed {best.seed}")
    config = named.layer.config
    learned = "trained" if config.trainable_embeddings else "frozen"
    lines += [
        f"  {counted(config.n_heads, 'head')}, d_model {config.d_model}, d_head_qk "
        f"{config.d_head_qk}, d_head_vo {config.d_head_vo}, embeddings {learned}",
        f"  cost: {price}",
        f"  {off_facts(named, found)}",
    ]
    if sample is not None:
        keys = counted(len(database.keys), "key")
        lines.append(f"  learned are {keys} only, those of the sample")
    if not database.functional:
        lines.append(SETS)
    return "\n".join([*lines, f"  written to {path}"])


def _spread(fits: Sequence[Fit]) -> str:
    found = [one.recalled for one in fits]
    return f"recalled {min(found):.1%} to {max(found):.1%}, mean {fmean(found):.1%}"


# ---- try --------------------------------------------------------------------------------------


def tried_record(found: Trial, path: str | None) -> dict[str, object]:
    """What try tells a program."""
    return asdict(found) | {"figure": path}


def tried(found: Trial, database: Database, sampled: bool) -> str:
    """What try tells a person: the verdict, then the table that it rests on."""
    verdict, gap = found.verdict, found.verdict.difference
    learned = "trained" if found.trained else "frozen"
    head = found.arms[0].d_head_qk + found.arms[0].d_head_vo
    taken = f" of {counted(len(database.keys), 'sampled key')}" if sampled else ""
    lines = [f"{verdict.word}: {verdict.why}"]
    if gap is not None:
        lines.append(
            f"  wider minus narrower, seed by seed: {gap.mean:+.1%} ({gap.low:+.1%} to "
            f"{gap.high:+.1%} over {len(found.seeds)} seeds)"
        )
    lines += [
        f"  {counted(found.facts, 'fact')}{taken}; {found.parameters:,} attention parameters in "
        "every layer:",
        f"  {counted(found.n_heads, 'head')} of d_head_qk + d_head_vo = {head}, d_model "
        f"{found.d_model}, embeddings {learned}; at most {counted(found.steps, 'step')}",
        "  d_head_qk  d_head_vo  recalled: mean, least to greatest",
    ]
    for arm in found.arms:
        low, high = min(arm.recalled), max(arm.recalled)
        lines.append(
            f"  {arm.d_head_qk:9}  {arm.d_head_vo:9}  {arm.mean:14.1%}, {low:.1%} to {high:.1%}"
        )
    top = max(found.arms, key=lambda arm: arm.mean)
    if min(arm.mean for arm in found.arms) < top.mean:
        lines.append(f"  most on average: d_head_qk {top.d_head_qk}, d_head_vo {top.d_head_vo}")
    for parameters, mean in found.before:
        lines.append(f"  tried first: {parameters:,} parameters, where {mean:.1%} was recalled")
    return "\n".join(lines + ([f"  {found.note}"] if found.note else []))
