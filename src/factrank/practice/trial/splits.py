"""The small experiment: one number of attention parameters, split between d_head_qk and d_head_vo.

Does a wider value-output part pay on these facts? [paper] asks; the person's own facts answer.
Recall seed by seed, and a word for it: is a difference more than luck of the seeds (``noise``)?
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from statistics import fmean

from factrank.errors import FactrankError
from factrank.facts.bits import bits
from factrank.facts.database import Database
from factrank.layer.config import LayerConfig
from factrank.layer.training.fitting import recipe_for
from factrank.layer.training.losses import Goal, Look, Pace
from factrank.layer.training.sizes import batch_for, cost
from factrank.practice.spread import Fits, one_by_one
from factrank.practice.trial.noise import FEWEST, Difference, paired

NEGLIGIBLE = 0.01  # of the facts: a smaller difference is none, however sure it is
WIDER, NARROWER, NEITHER = "wider value-output wins", "narrower value-output wins", "no difference"
UNDECIDED = "no verdict"


@dataclass(frozen=True)
class Arm:
    """One split, and the share of the facts that each seed recalled."""

    d_head_qk: int
    d_head_vo: int
    recalled: tuple[float, ...]

    @property
    def mean(self) -> float:
        return fmean(self.recalled)


@dataclass(frozen=True)
class Verdict:
    """What the seeds say; ``difference`` is recall of the splits with d_head_vo > d_head_qk minus
    that of those with d_head_vo < d_head_qk, seed by seed; None if not every split was trained."""

    word: str
    why: str
    difference: Difference | None


PARTS = 10**6  # shares of so many facts are told apart


def _mean(shares: Sequence[float]) -> Fraction:
    """The mean of shares of facts, as the fractions that they are: a tie is one."""
    return sum((Fraction(x).limit_denominator(PARTS) for x in shares), Fraction()) / len(shares)


def judge(arms: tuple[Arm, ...]) -> Verdict:
    """Which side wins, if one does, beyond the luck of the seeds. [ours]

    >>> arms = (Arm(1, 3, (0.9, 0.8, 0.9, 0.8, 0.9)), Arm(3, 1, (0.5, 0.6, 0.5, 0.6, 0.5)))
    >>> judge(arms).word
    'wider value-output wins'
    """
    wide = [arm.recalled for arm in arms if arm.d_head_vo > arm.d_head_qk]
    narrow = [arm.recalled for arm in arms if arm.d_head_vo < arm.d_head_qk]
    sides = (zip(*it, strict=True) for it in (wide, narrow))
    difference = paired([_mean(ours) - _mean(theirs) for ours, theirs in zip(*sides, strict=True)])
    if min(min(arm.recalled) for arm in arms) == 1:
        return Verdict(NEITHER, "every split recalls every fact: try fewer parameters", difference)
    if difference.sign == 0:
        return Verdict(NEITHER, "none beyond the luck of the seeds", difference)
    if abs(difference.mean) < NEGLIGIBLE:
        return Verdict(NEITHER, f"less than {NEGLIGIBLE:.0%} of the facts", difference)
    word = WIDER if difference.sign > 0 else NARROWER
    return Verdict(word, f"by {abs(difference.mean):.1%} of the facts", difference)


HEADS, HEAD = 4, 8  # heads, and the width of one that is split: d_head_qk + d_head_vo
LEAST = 4 * HEAD  # attention parameters of the smallest layer: 2 d_model (d_qk + d_vo)
SHARE = 0.5  # attention parameters a bit of facts to begin with, where none are given
TELLING = (0.3, 0.97)  # mean recall in which a difference can be seen
ROUNDS = 4  # numbers of parameters tried at most, where none is given


@dataclass(frozen=True)
class Trial:
    """The layers all had ``parameters`` in attention; ``before`` lists numbers of parameters that
    were tried first, with the mean recall there; ``note`` says what ended the search for one, or
    the only round: then ``arms`` has the splits that were done, and there is no verdict."""

    facts: int
    n_heads: int
    d_model: int
    parameters: int
    trained: bool
    steps: int
    seeds: tuple[int, ...]
    arms: tuple[Arm, ...]
    verdict: Verdict
    before: tuple[tuple[int, float], ...] = ()
    note: str = ""

    @property
    def mean(self) -> float:
        """Recall over all splits and seeds."""
        return fmean(arm.mean for arm in self.arms)


def splits(head: int) -> tuple[tuple[int, int], ...]:
    """Pairs (d_head_qk, d_head_vo) of one even sum, the widest value-output part first.

    >>> splits(8)
    ((1, 7), (2, 6), (4, 4), (6, 2), (7, 1))
    """
    asks = sorted({1, head // 4, head // 2, head - head // 4, head - 1} - {0, head})
    return tuple((qk, head - qk) for qk in asks)


def layout(database: Database, parameters: int, trained: bool = False) -> LayerConfig:
    """The layer of at most so many attention parameters whose heads are to be split; d_head_qk
    stands for the whole head.

    Heads are halved until d_model is at least their width; frozen embeddings are never wider than
    they have tokens, the heads are. [ours]

    Errors: ``FactrankError`` for fewer than ``LEAST`` parameters.

    >>> db = Database.from_triples([(str(k), "r", str(k)) for k in range(60)])
    >>> [(it.n_heads, it.d_model, it.d_head_qk) for it in (layout(db, 64), layout(db, 1024))]
    [(1, 4, 8), (4, 16, 8)]
    """
    if parameters < LEAST:
        raise FactrankError(f"parameters: expected at least {LEAST}, found {parameters}")
    heads, head = HEADS, HEAD
    while heads > 1 and parameters < 2 * HEAD * heads * head:
        heads //= 2
    d_model = parameters // (2 * heads * head)
    if not trained and d_model > (tokens := len(database.keys) + len(database.queries)):
        d_model = max(2, tokens)
        head = max(HEAD, parameters // (4 * heads * d_model) * 2)
    return LayerConfig(*database.shape, d_model, heads, head, 1, trainable_embeddings=trained)


def attempt(
    database: Database,
    parameters: int | None = None,
    *,
    seeds: int = 5,
    seed: int = 0,
    steps: int = 600,
    trained: bool = False,
    budget: float | None = None,
    say: Callable[[str], None] = lambda line: None,
    progress: Callable[[Look], None] = lambda look: None,
    clock: Callable[[], float] = time.monotonic,
    by: Fits = one_by_one,
) -> Trial:
    """Train every split with the same seeds, and compare.

    Without ``parameters`` the number is halved or doubled, at most ``ROUNDS`` times in all, until
    mean recall over all splits lies in ``TELLING``: where all is recalled, or next to nothing, no
    split can be seen to win. ``say`` is told the cost before each round. After ``budget`` seconds
    the round under way ends, and the one before it is the answer, or the splits that are done. A
    forecast ends nothing: it may be wrong. ``by`` trains the splits of a round, see ``spread``.
    [ours]

    Errors: ``FactrankError`` if there is no fact, for fewer than ``FEWEST`` seeds, and where no
    split is done after ``budget`` seconds.
    """
    if not database.facts:
        raise FactrankError("database: expected at least one fact, found none")
    if seeds < FEWEST:
        raise FactrankError(f"seeds: expected at least {FEWEST} to tell luck apart, found {seeds}")
    chosen = parameters is None
    number = max(LEAST, round(SHARE * bits(database))) if parameters is None else parameters
    clocked, rounds, note = _Budget(budget, clock, progress), list[Trial](), ""
    while True:
        config = layout(database, number, trained)
        try:
            found = _round(database, config, steps, range(seed, seed + seeds), say, clocked, by)
        except FactrankError as error:  # out of time at once
            if not rounds:
                raise
            note = f"ended before {number:,} parameters: {error}"
            break
        if found.note and rounds:
            note = f"ended before {number:,} parameters: {found.note}"
            break
        rounds.append(found)
        if found.note:
            note = found.note
            break
        number = _following(rounds[-1])
        if not chosen or len(rounds) == ROUNDS or number in {one.parameters for one in rounds}:
            break
    before = tuple((one.parameters, one.mean) for one in rounds[:-1])
    return replace(rounds[-1], before=before, note=note)


def _round(
    database: Database, config: LayerConfig, steps: int, seeds: Sequence[int],
    say: Callable[[str], None], clocked: _Budget, by: Fits,
) -> Trial:  # fmt: skip
    """All splits at one number of parameters, or those that are done in time: one at least."""
    head = config.d_head_qk
    shapes = [replace(config, d_head_qk=qk, d_head_vo=vo) for qk, vo in splits(head)]
    # one way of training for all splits: the widest decides
    batch = batch_for(max(shapes, key=lambda it: it.width), database)
    say(str(cost(shapes[0], len(shapes) * len(seeds), steps, batch)))
    recipe, arms, note = recipe_for(shapes[0], steps), list[Arm](), ""
    how = {"batch": batch, "progress": clocked.look}
    trained = by(shapes, database, recipe, seeds, Goal("recalled"), **how)
    for n, shape in enumerate(shapes):
        clocked.begin(n, len(shapes))
        try:
            fits = next(trained)
        except _TimeIsUp as error:
            if not arms:
                raise
            note = str(error)
            break
        recalled = tuple(one.recalled for one in fits)
        arms.append(Arm(shape.d_head_qk, shape.d_head_vo, recalled))
    if note:
        why = f"time was up after {len(arms)} of {len(shapes)} splits"
        verdict = Verdict(UNDECIDED, why, None)
    else:
        verdict = judge(tuple(arms))
    sizes = config.n_heads, config.d_model, shapes[0].parameters()["attention"]
    about = config.trainable_embeddings, steps, tuple(seeds)
    return Trial(len(database), *sizes, *about, tuple(arms), verdict, note=note)


def _following(found: Trial) -> int:
    """The number of parameters to try after this one; the same where it tells enough."""
    if found.mean > TELLING[1]:
        return max(LEAST, found.parameters // 2)
    return 2 * found.parameters if found.mean < TELLING[0] else found.parameters


class _TimeIsUp(FactrankError):
    """The budget is spent, and the split under way is not done."""


class _Budget:
    """Watches the time; ends a split when it is up, and no sooner, whatever the pace foretells."""

    def __init__(
        self, seconds: float | None, clock: Callable[[], float], progress: Callable[[Look], None]
    ) -> None:
        self.seconds, self.clock, self.progress = seconds, clock, progress
        self.start = clock()

    def begin(self, part: int, parts: int) -> None:
        self.part, self.parts = part, parts
        if part == 0:
            self.round, self.pace = self.clock(), Pace()

    def look(self, look: Look) -> None:
        """Told after every step of one split."""
        step, spent = self.part * look.steps + look.step, self.clock() - self.round
        told = Look(
            step, self.parts * look.steps, look.done + self.part * look.layers,
            look.layers * self.parts, look.recalled, spent, self.pace(step, spent),
        )  # fmt: skip
        self.progress(told)
        done = look.step == look.steps or look.done == look.layers
        if self.seconds is None or done or self.clock() - self.start < self.seconds:
            return
        raise _TimeIsUp(
            f"try: expected to end within {self.seconds:g} s, found {self.part} of {self.parts} "
            f"splits done then, {told.recalled:.1%} recalled at best in the next, and about "
            f"{told.left:,.0f} s left for all {told.layers} layers; fewer keys (--sample), "
            "--steps or --parameters take less, --budget allows more"
        )
