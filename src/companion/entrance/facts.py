"""Page 2: eight facts become three grids of cells; a cell that is turned changes the list."""

from __future__ import annotations

from functools import cache
from html import escape

import factrank as fr
from companion.entrance import marks
from companion.entrance.marks import Scene
from companion.entrance.tongue import say
from factrank.facts.database import Database

SIDE, LEFT, TOP, APART = 17, 78, 24, 20


@cache
def example() -> Database:
    """The eight facts of the book."""
    return fr.read("library:example")


def numbers() -> dict[str, str]:
    """What the text is told."""
    database = example()
    keys, queries, values = database.shape
    return {
        "facts": words(len(database)), "keys": words(keys), "queries": words(queries),
        "values": words(values), "cells": str(keys * queries * values),
    }  # fmt: skip


def words(number: int) -> str:
    """A small number as it is written in a sentence.

    >>> words(8), words(60)
    ('eight', '60')
    """
    small = say("no one two three four five six seven eight nine ten").split()
    return small[number] if number < len(small) else str(number)


def place(query: int) -> float:
    """Where the grid of a query begins."""
    return LEFT + query * (len(example().values) * SIDE + APART)


def frame() -> list[str]:
    """The three empty grids with the names of their rows and columns."""
    database = example()
    rows, columns = len(database.keys), len(database.values)
    parts = [marks.named_rows(LEFT, TOP, database.keys, SIDE)]
    for query, name in enumerate(database.queries):
        x, middle = place(query), place(query) + columns * SIDE / 2
        parts += [
            marks.text(middle, TOP - 8, name, "query", at="middle", bold=True),
            marks.grid(x, TOP, rows, columns, SIDE),
            marks.named_columns(x, TOP + rows * SIDE, database.values, SIDE, "value"),
        ]
    return parts


def cell(query: int, key: int, value: int) -> tuple[float, float]:
    """The upper left corner of a cell."""
    return place(query) + value * SIDE, TOP + key * SIDE


def size() -> tuple[int, int]:
    """Of the drawing."""
    database = example()
    wide = place(len(database.queries)) - APART + 4
    return round(wide), TOP + len(database.keys) * SIDE + 66


def scene() -> Scene:
    """Three grids; every cell can be switched, and the list says the facts that are on."""
    database = example()
    facts = set(database.facts)
    parts, listed = frame(), []
    for q, query in enumerate(database.queries):
        for k, key in enumerate(database.keys):
            for v, value in enumerate(database.values):
                x, y = cell(q, k, v)
                on, name = (k, q, v) in facts, f"{q} {k} {v}"
                off = "" if on else ' data-off=""'
                label = escape(f"{key}, {query}, {value}")
                parts.append(
                    f'<g data-cell="{name}" aria-checked="{str(on).lower()}" aria-label="{label}">'
                    + marks.box(x, y, SIDE, SIDE, "none")
                    + marks.box(
                        x + 2, y + 2, SIDE - 4, SIDE - 4, "fact", more=f' data-of="{name}"{off}'
                    )
                    + "</g>"
                )
                listed.append(f'<li data-of="{name}"{off}>{label}</li>')
    name = escape(say("The facts"))
    return Scene(
        title=say(
            "Three grids, one for each query: born_in, lives_in and currency. Rows are keys, "
            "columns are values, and a filled cell is a fact."
        ),
        drawing="".join(parts),
        size=size(),
        beneath=f"<p>{counted(len(facts))}</p>"
        f'<ul class="touch-list" aria-label="{name}">{"".join(listed)}</ul>',
    )


def counted(facts: int) -> str:
    """How many cells are on, and how the script is to say it of another number."""
    one, many = say("{n} fact", n="#"), say("{n} facts", n="#")
    now = say("{n} facts", n=facts)
    return (
        f'<strong data-count data-one="{escape(one)}" data-many="{escape(many)}" '
        f'aria-live="polite">{now}</strong>'
    )
