"""Chapter 7, bounds on the rank of a layer."""

from __future__ import annotations

from typing import Any

from companion.exercises import exercise, require
from companion.exercises._kinds import NUMBER, WHOLE, reader, several


@exercise(several(WHOLE, 2, "two whole numbers (least width, bound A1)"), 4, "easy")
def two_values(answer: tuple[int, int]) -> str:
    """The width A2 asks for two used values, and A1 for one head of width 2 (50 x 20).

    >>> two_values((1000, 40))
    Not yet: A2 counts the used values, not the facts.
    """
    width, bound = answer
    require(width != 1000, "A2 counts the used values, not the facts.")
    require(width >= 2, f"two rows of the value unfolding are not zero, so {width} is too narrow.")
    require(width == 2, f"A2 does not ask for {width}: the value unfolding has two rows.")
    require(bound != 2 * 50, "the smaller of |K| and |Q| counts, for both paths together.")
    require(bound != 60, "that is the head's two paths apart; together they need fewer terms.")
    require(bound >= 40, f"A1 allows more than {bound}: each unit of width is worth 20 terms.")
    require(bound == 40, f"A1 does not allow {bound} with a single head of width 2.")
    return "width 2 for two used values, and a rank of up to 2 · 20; that of D is at most 21."


def _config(answer: Any) -> Any:
    from factrank.layer.config import LayerConfig

    if not isinstance(answer, LayerConfig):
        raise TypeError
    return answer


@exercise(reader("a LayerConfig", _config), 10, "hard")
def loose_bound(answer: Any) -> str:
    """A design for which A1 exceeds d_model min(|K|, |Q|).

    >>> loose_bound((6, 4, 9, 2, 8, 1, 1))
    Not yet: expected a LayerConfig, found (6, 4, 9, 2, 8, 1, 1).
    """
    from factrank.layer.bounds import rank_bound

    bound, least = rank_bound(answer), min(answer.keys, answer.queries)
    cap = answer.d_model * least
    told = f"A1 gives {bound}, and {answer.d_model} · {least} is {cap}"
    require(bound > cap, f"{told}: A1 is no larger.")
    return f"{told}, which no layer of this design exceeds."


@exercise(NUMBER, 6, "medium")
def full_pattern(answer: float) -> str:
    """The determinant of A for u = (1, 2) and w = (1, 3).

    >>> full_pattern(0)
    Not yet: A3 says that A has full rank, so this is not 0.
    """
    require(abs(answer) > 1e-9, "A3 says that A has full rank, so this is not 0.")
    require(abs(answer + 1 / 30) > 1e-9, "rows are keys and columns queries; look at the sign.")
    off = "an entry of A is u over u + w, and the determinant takes both diagonals"
    require(abs(answer - 1 / 30) < 1e-9, f"{answer:.4g}: {off}.")
    return "1/2 · 2/5 - 1/4 · 2/3 = 1/30, not zero though both widths are 1."
