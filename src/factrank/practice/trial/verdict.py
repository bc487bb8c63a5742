"""Which side of a split wins, if one does: recall seed by seed, and a word for it."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean

from factrank.practice.trial.noise import Difference, paired

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


def judge(arms: tuple[Arm, ...]) -> Verdict:
    """Which side wins, if one does, beyond the luck of the seeds. [ours]

    >>> arms = (Arm(1, 3, (0.9, 0.8, 0.9, 0.8, 0.9)), Arm(3, 1, (0.5, 0.6, 0.5, 0.6, 0.5)))
    >>> judge(arms).word
    'wider value-output wins'
    """
    wide = [arm.recalled for arm in arms if arm.d_head_vo > arm.d_head_qk]
    narrow = [arm.recalled for arm in arms if arm.d_head_vo < arm.d_head_qk]
    difference = paired(
        [
            fmean(ours) - fmean(theirs)
            for ours, theirs in zip(zip(*wide, strict=True), zip(*narrow, strict=True), strict=True)
        ]
    )
    if min(min(arm.recalled) for arm in arms) == 1:
        return Verdict(NEITHER, "every split recalls every fact: try fewer parameters", difference)
    if difference.sign == 0:
        return Verdict(NEITHER, "none beyond the luck of the seeds", difference)
    if abs(difference.mean) < NEGLIGIBLE:
        return Verdict(NEITHER, f"less than {NEGLIGIBLE:.0%} of the facts", difference)
    word = WIDER if difference.sign > 0 else NARROWER
    return Verdict(word, f"by {abs(difference.mean):.1%} of the facts", difference)
