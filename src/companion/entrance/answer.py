"""Page 1: how many facts one layer holds, from a toy's size to a model's, in three readings."""

from __future__ import annotations

from functools import cache
from html import escape
from math import log2, log10
from typing import TYPE_CHECKING

from companion.entrance import marks, record
from companion.entrance.facts import words
from companion.entrance.marks import Scene
from companion.entrance.tongue import mark, say

if TYPE_CHECKING:
    from factrank.practice.plan.capacity import Capacity, Cell, Named

TOKENS, RELATIONS, ANSWERS, TAU = 100_000, 10, 64, 0.9
START = "toy-16"  # the largest layer whose number was measured
READINGS = ("top", "held", "exact")
SHORT = {
    "nanogpt-characters": mark("nanoGPT, letters"), "bert-tiny": mark("BERT-Tiny"),
    "transformer-base": mark("Transformer, base"), "gpt2-small": mark("GPT-2 small"),
}  # fmt: skip
FRAME, DASHED = ' stroke-width="2"', ' stroke-width="2" stroke-dasharray="4 3"'
MANY = ("1", "10", "100", "1,000", "10k", "100k", "1M")
LEFT, RIGHT, TOP, ROW = 8, 344, 30, 52
PROVED, TRAINED = 12, 8  # heights: what is proved above, what training reaches beneath


def readings() -> dict[str, str]:
    """The three readings as the picture names them."""
    return {
        "top": say("on top: the right answer is the largest"),
        "held": say("sure: it is probable"),
        "exact": say("exact: every number is right"),
    }


@cache
def layers() -> tuple[tuple[Named, Capacity], ...]:
    """Each named layer with what it holds; the vectors of words are given, not fitted."""
    from factrank.practice.plan.capacity import NAMED, capacity

    table = (TOKENS, RELATIONS, ANSWERS)
    return tuple((it, capacity(it.config(*table), tau=TAU)) for it in NAMED)


def most(found: Capacity, reading: str) -> int:
    """The least number of facts beyond which some table is proved not to fit."""
    cells = (found.cell(reading, bound) for bound in ("at most", "at most in 32 bits"))
    return min(cell.low for cell in cells)


def numbers() -> dict[str, str]:
    """What the text is told."""
    from factrank.practice.plan.guarantees import STORED

    small = next(found for it, found in layers() if it.name == START)
    (big, large) = layers()[-1]
    expected, guess = small.cell("top", "expected"), large.cell("top", "expected")
    if expected.kind != "measured":
        raise ValueError(f"{START}: expected a measured number, found {expected.kind}")
    return {
        "tokens": f"{TOKENS:,}", "relations": f"{RELATIONS}", "answers": f"{ANSWERS}",
        "bits": f"{log2(ANSWERS):g}", "tau": f"{TAU:.0%}".removesuffix("%"),
        "low": f"{expected.low:,}", "high": f"{expected.high:,}",
        "exact": f"{small.cell('exact', 'at most').low:,}", "used": _used(expected.low),
        "stored": f"{STORED}", "stream": f"{small.config.d_model}", "model": _name(big),
        "big_low": _round(guess.low), "big_high": _round(guess.high),
        "big_heads": f"{big.n_heads}",
        "rule": _round(large.config.parameters()["attention"] / log2(ANSWERS)),
        **_per_bit(),
    }  # fmt: skip


def _used(facts: int) -> str:
    """How many answers are expected among so many random facts."""
    return say("about {n}", n=f"{ANSWERS * (1 - (1 - 1 / ANSWERS) ** facts):.0f}")


def _round(number: float) -> str:
    """Two digits of a number that is a guess.

    >>> _round(211_860), _round(95)
    ('210,000', '95')
    """
    return f"{float(f'{number:.2g}'):,.0f}"


def _per_bit() -> dict[str, str]:
    """Numbers in the heads for each bit where most seeds begin to recall all: median, 10%, 90%."""
    from statistics import median, quantiles

    from companion.studies import layer_size as sizes

    rows = record("layer-size")
    each = []
    for it in sizes.lines(rows[rows.regime == "F"]):
        if it.works:
            heads = 2 if it.works < 8 else 4
            each.append(2 * it.works * (2 * heads + it.works) / it.bits)
    ends = quantiles(each, n=10, method="inclusive")
    low, high = (f"{it:.1f}" for it in (ends[0], ends[-1]))
    return {"per_bit": words(round(median(each))), "bit_low": low, "bit_high": high}


def scene() -> Scene:
    """A slider through the sizes; three bars: what is proved, expected, excluded."""
    axis = marks.Axis(0, log10(TOKENS * RELATIONS), LEFT, RIGHT)
    parts = []
    for n, (name, told) in enumerate(readings().items()):
        y = TOP + n * ROW
        parts += [
            marks.text(LEFT, y - 8, told, bold=True),
            marks.box(LEFT, y, RIGHT - LEFT, 20, "tint"),
        ]
        for state, (_, found) in enumerate(layers()):
            parts.append(marks.group(_bar(axis, y, found, name), shown=[state]))
    foot = TOP + len(READINGS) * ROW - 22
    for power, x in axis.ticks(range(7)):
        at = "start" if power == 0 else "end" if power == 6 else "middle"
        parts.append(marks.line([(x, foot), (x, foot + 4)], "soft"))
        parts.append(marks.text(x, foot + 17, MANY[power], "soft", at=at, size=11))
    axis_title = say("facts, in powers of ten")
    parts.append(marks.text(RIGHT, foot + 33, axis_title, "soft", at="end", size=11))
    parts += _legend(foot + 56)
    return Scene(
        title=say(
            "For the chosen layer three bars on an axis from one to a million facts, one for "
            "each way of reading. On each bar: up to where every table fits by proof, up to where "
            "every table about few things does, what training reaches for random facts, and from "
            "where some table cannot fit by proof."
        ),
        drawing="".join(parts),
        size=(352, foot + 104),
        states=tuple(_said(it, found) for it, found in layers()),
        asks=say("Size of the layer"),
        start=[it.name for it, _ in layers()].index(START),
        beneath=_table(),
    )


def _bar(axis: marks.Axis, y: float, found: Capacity, reading: str) -> list[str]:
    parts = []
    fits, never = found.cell(reading, "at least").low, most(found, reading)
    if fits:
        x = axis(log10(fits))
        parts.append(marks.box(LEFT, y, max(2, x - LEFT), PROVED, "value"))
    if never < TOKENS * RELATIONS:
        x = axis(log10(never))
        parts.append(marks.box(x, y, RIGHT - x, PROVED, "minus"))
    if few := found.cell(reading, "about few tokens").low:
        x = axis(log10(few))
        parts.append(marks.box(LEFT + 1, y + 1, x - LEFT - 1, PROVED - 2, "line-value", more=FRAME))
    expected = found.cell(reading, "expected")
    if expected and expected.high:
        low, high = axis(log10(max(1, expected.low))), axis(log10(expected.high))
        tone = "line-plus" if expected.kind == "extrapolated" else "plus"
        more = DASHED if tone == "line-plus" else ""
        inset = 1 if more else 0
        tall = TRAINED - 2 * inset
        parts.append(marks.box(low, y + 12 + inset, max(3, high - low), tall, tone, more=more))
    return parts


def _legend(y: float) -> list[str]:
    told = (
        ("value", "", say("every table fits: proved")),
        ("line-value", FRAME, say("if about few things")),
        ("minus", "", say("some table never fits")),
        ("tint", "", say("not known")),
        ("plus", "", say("training: measured")),
        ("line-plus", DASHED, say("training: a far guess")),
    )
    parts = []
    for n, (tone, more, says) in enumerate(told):
        x, at = LEFT + 178 * (n % 2), y + 20 * (n // 2)
        parts.append(marks.box(x + 1, at - 9, 12, 10, tone, more=more))
        parts.append(marks.text(x + 19, at, says, size=11.5))
    return parts


def _name(it: Named) -> str:
    short = SHORT.get(it.name)
    return say(short) if short else say("a toy of {stream}", stream=it.d_model)


def _size(it: Named) -> str:
    return say(
        "{heads} heads, each {qk} to choose and {vo} to say, stream {stream}",
        heads=it.n_heads, qk=it.d_head_qk, vo=it.d_head_vo, stream=it.d_model,
    )  # fmt: skip


def _span(cell: Cell) -> str:
    low, high = (
        _round(it) if cell.kind == "extrapolated" else f"{it:,}" for it in (cell.low, cell.high)
    )
    return low if low == high else say("{low} to {high}", low=low, high=high)


def _said(it: Named, found: Capacity) -> str:
    """One layer in words."""
    expected, never = found.cell("top", "expected"), found.cell("exact", "at most")
    few, exact = (found.cell(it, "about few tokens") for it in ("top", "exact"))
    span = _span(expected)
    name, size = escape(_name(it)), _size(it)
    told = [say("<strong>{name}</strong>: {size}.", name=name, size=size)]
    if expected.kind == "measured":
        told.append(say("On top: training reaches {n} random facts, as measured.", n=span))
    else:
        told.append(say("On top: {n} random facts, if the record went on like that.", n=span))
    if few.tokens > 1:
        told.append(say("Every table about {things} things fits, {n} facts at most.", **_few(few)))
    elif few.tokens:
        told.append(say("Every table about one thing fits, {n} facts at most.", n=few.low))
    if exact.tokens:
        told.append(say("Exact: every one about {things}, {n} facts at most.", **_few(exact)))
    if never.source == "A2":
        told.append(say("Exact: at most {n} different answers.", n=f"{never.low:,}"))
    if never.low < found.questions:
        told.append(say("Exact: some table of {n} facts never fits.", n=f"{never.low + 1:,}"))
    return " ".join(told)


def _few(cell: Cell) -> dict[str, str]:
    return {"things": f"{cell.tokens:,}", "n": f"{cell.low:,}"}


def _table() -> str:
    """All sizes at once, for who does not move the slider."""
    rows = "".join(_row(it, found) for it, found in layers())
    name = escape(say("All sizes"))
    heads = (
        say("one layer"), say("on top: random facts"), say("on top: every table of"),
        say("exact: every table of"), say("exact: not every table of"),
        say("on top, in {n} binary digits: not every table of", n=numbers()["stored"]),
    )  # fmt: skip
    command = (
        f"factrank capacity --like {START} --tokens {TOKENS} --relations {RELATIONS} "
        f"--answers {ANSWERS}"
    )
    shown = " ".join(f'<span class="pre">{it}</span>' for it in command.split())  # no torn option
    told = say("A dash: no limit is known. The numbers of one layer:")
    head = "".join(f'<th scope="col">{told}</th>' for told in heads)
    return (
        f'<details class="touch-all"><summary>{name}</summary>'
        f'<div class="touch-table" tabindex="0" role="region" aria-label="{name}"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
        f'<p>{told} <code class="literal">{shown}</code></p></details>'
    )


def _row(it: Named, found: Capacity) -> str:
    expected = found.cell("top", "expected")
    kind = say("measured") if expected.kind == "measured" else say("guess")
    proved = [_proved(found, reading) for reading in ("top", "exact")]
    for reading, bound in (("exact", "at most"), ("top", "at most in 32 bits")):
        most = found.cell(reading, bound).low
        proved.append(f"{most + 1:,}" if most < found.questions else "-")
    cells = "".join(f"<td>{it}</td>" for it in proved)
    return (
        f'<tr><th scope="row">{escape(_name(it))}<br><small>{_size(it)}</small></th>'
        f"<td>{_span(expected)}<br><small>{kind}</small></td>{cells}</tr>"
    )


def _proved(found: Capacity, reading: str) -> str:
    few = found.cell(reading, "about few tokens")
    least = say("{n} facts", n=f"{found.cell(reading, 'at least').low:,}")
    if not few.tokens:
        return least
    if few.tokens == 1:
        about = say("{n} if about one thing", n=few.low)
    else:
        about = say("{n} if about {things} things", **_few(few))
    return f"{least}<br><small>{about}</small>"
