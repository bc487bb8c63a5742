"""Page 7: who reads a layer's numbers decides how wide it must be and how loud."""

from __future__ import annotations

from functools import cache
from math import ceil, cos, exp, pi, sin
from typing import TYPE_CHECKING

import factrank as fr
from companion.entrance import marks, onward, record
from companion.entrance.cliff import limit
from companion.entrance.facts import words
from companion.entrance.marks import Scene
from companion.entrance.tongue import say
from factrank.layer.bounds import circle_scale, hold_scale

if TYPE_CHECKING:
    from pandas import DataFrame


ANSWERS = ("EUR", "CHF", "GBP", "SGD", "MYR", "JPY", "INR", "AUD")
RIGHT = ANSWERS.index("SGD")
SURE = 0.9
HELD = 0.5  # what success means in the record, but in least squares
SCALES = tuple(range(1, 15))
Ask = tuple[str, int | None]  # a loss, and the norm of a question's numbers
#: What the record asks of a layer, from the mildest to the strictest.
ASKS: tuple[Ask, ...] = (
    ("cross-entropy", None), ("bounded", 10), ("bounded", 6), ("least squares", None),
)  # fmt: skip

CENTRE, RADIUS = (88, 106), 52
SHARE = marks.Axis(0, 1, 214, 338)
ROWS, FIRST, APART = 21, 22, 36
WIDTHS = marks.Axis(1, 24, 14, 334)
BELOW = 244


def angle(answer: int) -> float:
    """Where an answer stands on the circle, the first on the right."""
    return 2 * pi * answer / len(ANSWERS)


def probabilities(scale: float) -> list[float]:
    """Softmax of the scaled products of the question's arrow with the answers.

    >>> largest = [max(range(8), key=probabilities(scale).__getitem__) for scale in SCALES]
    >>> set(largest) == {RIGHT}
    True
    """
    raised = [exp(scale * cos(angle(a) - angle(RIGHT))) for a in range(len(ANSWERS))]
    return [it / sum(raised) for it in raised]


@cache
def cells(family: str) -> DataFrame:
    """A row for each ask and width: the share of layers that succeed, for tables of one rank."""
    from companion.studies import rank_threshold as judge

    full = record("rank-threshold")
    same = full["part"].isin(["disjoint", "free", "cross-entropy", "bounded"])
    fixed = {"regime": "F", "family": family, "queries": 4, "d_head_qk": 4}
    for name, value in fixed.items():
        same &= full[name] == value
    return judge.cells(full[same])


def asked(family: str, ask: Ask, by: str = "succeeded") -> list[tuple[int, float]]:
    """(width, share of the layers that succeed) for one ask."""
    loss, norm = ask
    rows = cells(family)
    rows = rows[(rows["loss"] == loss) & (rows["beta"].fillna(0) == (norm or 0))]
    return sorted(zip(rows["width"].astype(int), rows[by], strict=True))


def needed(family: str, ask: Ask, by: str = "succeeded") -> int:
    """The least width from which on most layers of every width succeed."""
    from pandas import Series

    return onward(Series(dict(asked(family, ask, by))))


def above(scale: float, digits: int = 0) -> str:
    """A scale that is enough, rounded up.

    >>> above(4.143, 1), above(9.9)
    ('4.2', '10')
    """
    return f"{ceil(scale * 10**digits) / 10**digits:.{digits}f}"


def numbers() -> dict[str, str]:
    """What the text is told."""
    n, elements = len(ANSWERS), len(fr.read("library:elements").values)
    apart = [needed("disjoint", ask) for ask in ASKS]
    shared = [needed("shared", ask) for ask in ASKS]
    return {
        "answers": words(n), "twice": words(2 * n),
        "sure": f"{SURE:g}", "scale": above(circle_scale(n, SURE), 1),
        "own_scale": above(hold_scale(n, SURE), 1),
        "twice_scale": above(circle_scale(2 * n, SURE)),
        "times": f"{circle_scale(2 * n, SURE) / circle_scale(n, SURE):.1f}",
        "elements": str(elements), "elements_scale": above(circle_scale(elements, SURE)),
        "elements_own_scale": above(hold_scale(elements, SURE), 1),
        "rank": str(int(cells("disjoint")["rank_upper"].iloc[0])), "half": f"{HELD:g}",
        "top": words(needed("disjoint", ASKS[0], "recalls")),
        "mild": words(apart[0]), "loud": words(apart[1]), "soft": words(apart[2]),
        "exact": str(apart[3]), "loud_norm": words(ASKS[1][1]), "soft_norm": words(ASKS[2][1]),
        "shared_values": words(int(cells("shared")["range_size"].iloc[0])),
        "shared_mild": words(shared[0]), "shared_exact": words(shared[3]),
    }  # fmt: skip


def said(scale: float) -> str:
    """The sentence of a scale."""
    share = probabilities(scale)[RIGHT]
    told = {"scale": scale, "answer": ANSWERS[RIGHT], "p": f"{share:.2f}", "sure": f"{SURE:g}"}
    if share < SURE:
        return say(
            "<strong>Scale {scale}: {answer} is on top.</strong> Its probability is {p}, not yet "
            "{sure}.",
            **told,
        )
    return say(
        "<strong>Scale {scale}: {answer} is on top.</strong> Its probability is {p}, at least "
        "{sure}: held.",
        **told,
    )


def circle(state: int, scale: float) -> str:
    """The arrow of the question, as long as it is loud."""
    (x, y), way = CENTRE, angle(RIGHT)
    length = RADIUS * scale / SCALES[-1]
    tip = x + length * cos(way), y - length * sin(way)
    sides = [(tip[0] - 7 * cos(way + turn), tip[1] + 7 * sin(way + turn)) for turn in (-0.5, 0.5)]
    head = [sides[0], tip, sides[1]]
    return marks.line([CENTRE, tip], "query", wide=2.5, shown=[state]) + marks.line(
        head, "query", wide=2.5, shown=[state]
    )


def stage() -> list[str]:
    """The circle of answers, the names of the bars and the line of being sure."""
    (x, y), parts = CENTRE, []
    parts.append(f'<circle cx="{x}" cy="{y}" r="{RADIUS}" class="t-line-faint" stroke-width="1"/>')
    for answer, name in enumerate(ANSWERS):
        way, right = angle(answer), answer == RIGHT
        tone = "value" if right else "soft"
        at = x + RADIUS * cos(way), y - RADIUS * sin(way)
        out = x + (RADIUS + 20) * cos(way), y - (RADIUS + 14) * sin(way)
        row = FIRST + answer * ROWS
        parts += [
            marks.dot(*at, 4.5 if right else 3.5, tone),
            marks.text(out[0], out[1] + 4, name, tone, at="middle", bold=right),
            marks.text(SHARE.start - 6, row + 12, name, tone, at="end", bold=right),
        ]
    x, end = SHARE(SURE), FIRST + len(ANSWERS) * ROWS
    parts += [
        marks.text(x, FIRST - 8, f"{SURE:g}", at="middle"),
        marks.line([(x, FIRST - 3), (x, end)], "ink", dash="2 3"),
        marks.line([(SHARE.start, FIRST - 3), (SHARE.start, end)], "faint"),
        marks.text(SHARE.start, FIRST - 8, say("probability"), "soft"),
    ]
    return parts


def read() -> list[tuple[str, list[tuple[int, float]]]]:
    """The readers of the picture in words, each with (width, share of layers that succeed)."""
    asks = [(named(ask), asked("disjoint", ask)) for ask in ASKS]
    return [(say("on top"), asked("disjoint", ASKS[0], "recalls")), *asks]


def named(ask: Ask) -> str:
    """An ask in words."""
    loss, norm = ask
    if loss == "least squares":
        return say("nearly exact: error below {limit}", limit=f"{limit():g}")
    if norm is None:
        return say("probability {p}, any loudness", p=f"{HELD:g}")
    return say("probability {p}, loudness {norm}", p=f"{HELD:g}", norm=norm)


def trained() -> list[str]:
    """For each ask a row: at each width tried a dot, as large as the share that succeeds."""
    parts, rank = [], cells("disjoint")["rank_upper"].iloc[0]
    rows = read()
    foot = BELOW + len(rows) * APART
    x = WIDTHS(rank)
    parts += [
        marks.text(0, BELOW - 14, say("Total width that was needed"), bold=True),
        marks.line([(x, BELOW - 24), (x, foot - 5)], "ink", wide=1.5),
        marks.text(x + 6, BELOW - 14, say("rank {rank}", rank=rank), bold=True),
    ]
    for row, (told, shares) in enumerate(rows):
        y = BELOW + row * APART
        parts.append(marks.text(0, y + 8, told))
        parts.append(marks.line([(WIDTHS.start, y + 22), (WIDTHS.end, y + 22)], "faint"))
        for width, share in shares:
            if share:
                parts.append(marks.dot(WIDTHS(width), y + 22, 6 * share**0.5, "one"))
            else:
                parts.append(marks.dot(WIDTHS(width), y + 22, 1.5, "soft"))
    for value, x in WIDTHS.ticks([1, 2, 4, 8, 12, 16, 20, 24]):
        parts.append(marks.text(x, foot + 10, f"{value:g}", "soft", at="middle"))
    return parts


def scene() -> Scene:
    """The circle and its bars at each scale; beneath, what training needed for each reader."""
    parts = stage()
    for state, scale in enumerate(SCALES):
        parts.append(circle(state, scale))
        for answer, share in enumerate(probabilities(scale)):
            tone = "value" if answer == RIGHT else "soft"
            y, wide = FIRST + answer * ROWS + 2, SHARE(share) - SHARE.start
            parts.append(marks.box(SHARE.start, y, wide, ROWS - 6, tone, shown=[state]))
    parts += trained()
    return Scene(
        title=say(
            "Eight answers on a circle and an arrow that points to one; beside it their "
            "probabilities. Beneath, the widths that training needed for five ways of reading."
        ),
        drawing="".join(parts),
        size=(344, BELOW + len(read()) * APART + 16),
        states=tuple(said(scale) for scale in SCALES),
        asks=say("Scale"),
        start=3,
    )
