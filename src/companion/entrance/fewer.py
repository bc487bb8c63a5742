"""Page 4: why four pieces are too few. The facts laid flat hold a staircase of five rows."""

from __future__ import annotations

from functools import cache

import factrank as fr
from companion.entrance import facts, marks
from companion.entrance.marks import Scene
from companion.entrance.tongue import say

LEFT, TOP, SIDE = 78, 30, 20
STAIR = 24
Step = tuple[int, tuple[int, int]]


@cache
def staircase() -> tuple[Step, ...]:
    """The proof that the rank is at least five, as it stands in the interval: one stair a row.

    A step is a key and a pair (query, value). It is a fact, and no later key has that pair.
    """
    database = facts.example()
    data = fr.rank_interval(database).proof.data
    if data["mode"] != "K" or data["core"]["rows"]:
        raise ValueError("the stairs: expected a proof by rows that are keys, all of them pivots")
    return tuple(
        (
            database.keys.index(key),
            (database.queries.index(query), database.values.index(value)),
        )
        for key, (query, value) in data["pivots"]
    )


def numbers() -> dict[str, str]:
    """What the text is told."""
    keys, queries, values = facts.example().shape
    steps = len(staircase())
    return {
        "rank": facts.words(steps), "Rank": facts.words(steps).capitalize(),
        "less": facts.words(steps - 1), "rows": facts.words(keys),
        "columns": facts.words(queries * values),
    }  # fmt: skip


def scene() -> Scene:
    """The facts laid flat; the columns that are kept; the stairs."""
    steps = len(staircase())
    kept = {pair for _, pair in staircase()}
    states = (
        say(
            "Every key is one row now. The three grids stand side by side: {rows} rows.",
            rows=facts.words(steps),
        ),
        say("Keep {columns} of the columns, and forget the others.", columns=facts.words(steps)),
        say(
            "Put rows and columns into another order. The facts form a staircase: beneath a step "
            "its column is empty."
        ),
        say(
            "Read it from below. Every row has a one where all rows beneath it have none: no row "
            "is a mixture of rows beneath it."
        ),
    )
    wide = LEFT + len(_pairs()) * SIDE + 4
    tall = TOP + len(staircase()) * STAIR + 118
    return Scene(
        title=say(
            "The facts as one flat table, a row for each key and a column for each pair of query "
            "and value; then five of its columns, put in order so that the facts form a staircase."
        ),
        drawing=_flat((0,), set(_pairs())) + _flat((1,), kept) + _stairs((2, 3)) + _ground((3,)),
        size=(wide, tall),
        states=states,
        asks=say("Step by step"),
        start=len(states) - 1,
    )


def _pairs() -> list[tuple[int, int]]:
    _, queries, values = facts.example().shape
    return [(q, v) for q in range(queries) for v in range(values)]


def _flat(shown: tuple[int, ...], kept: set[tuple[int, int]]) -> str:
    """The flat table; columns that are not kept are faint."""
    database, pairs = facts.example(), _pairs()
    rows, across = len(database.keys), len(database.values)
    parts = [
        marks.named_rows(LEFT, TOP, database.keys, SIDE),
        marks.grid(LEFT, TOP, rows, len(pairs), SIDE),
    ]
    for q, name in enumerate(database.queries):
        x = LEFT + q * across * SIDE
        parts.append(
            marks.text(x + across * SIDE / 2, TOP - 9, name, "query", at="middle", bold=True)
        )
        if q:
            parts.append(marks.line([(x, TOP - 8), (x, TOP + rows * SIDE)], "soft", wide=2))
    for j, (q, v) in enumerate(pairs):
        x, tone = LEFT + j * SIDE, "value" if (q, v) in kept else "soft"
        parts.append(marks.named_columns(x, TOP + rows * SIDE, [database.values[v]], SIDE, tone))
        for k in range(rows):
            if (k, q, v) in database.facts:
                tone = "fact" if (q, v) in kept else "faint"
                parts.append(_cell(x, TOP + k * SIDE, tone))
    return marks.group(parts, shown=shown)


def _cell(x: float, y: float, tone: str, side: int = SIDE) -> str:
    return marks.box(x + 2, y + 2, side - 4, side - 4, tone)


def _stairs(shown: tuple[int, ...]) -> str:
    """Rows and columns in the order of the proof."""
    database, steps = facts.example(), staircase()
    order = [k for k, _ in steps]
    parts = [
        marks.named_rows(LEFT, TOP, [database.keys[k] for k in order], STAIR),
        marks.grid(LEFT, TOP, len(steps), len(steps), STAIR),
    ]
    for j, (_, (q, v)) in enumerate(steps):
        x, y = LEFT + j * STAIR, TOP + len(steps) * STAIR
        parts.append(_pair(x + STAIR / 2 + 4, y + 6, database.queries[q], database.values[v]))
        for i, (k, _) in enumerate(steps):
            if (k, q, v) in database.facts:
                parts.append(_cell(x, TOP + i * STAIR, "plus" if i == j else "fact", STAIR))
    return marks.group(parts, shown=shown)


def _pair(x: float, y: float, query: str, value: str) -> str:
    """A query and a value under a column, read upwards."""
    both = f'<tspan class="t-query">{query}</tspan> <tspan class="t-value">{value}</tspan>'
    turned = f'text-anchor="end" font-size="12" transform="rotate(-90 {x:g} {y:g})"'
    return f'<text x="{x:g}" y="{y:g}" {turned}>{both}</text>'


def _ground(shown: tuple[int, ...]) -> str:
    """The line of the stairs: beneath it nothing is filled."""
    at = [(LEFT, TOP)]
    for i in range(len(staircase())):
        down, right = TOP + (i + 1) * STAIR, LEFT + (i + 1) * STAIR
        at += [(LEFT + i * STAIR, down), (right, down)]
    return marks.line(at, "minus", wide=2.5, shown=shown)
