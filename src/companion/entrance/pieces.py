"""Page 3: the eight facts as five pieces, a rule at a time; the last takes one cell back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

import factrank as fr
from companion.entrance import facts, marks
from companion.entrance.marks import Scene
from companion.entrance.tongue import say
from factrank.facts.database import Database
from factrank.rank.algebra.terms import Term, expand, sums_to
from factrank.rank.upper.counts import pair_terms
from factrank.rank.upper.tree import tree_terms

TONES = ("one", "two", "three", "four", "five")
ROW = 19
WIDE = 344  # the longest sentence of a piece, with air


@cache
def terms() -> tuple[Term, ...]:
    """The five pieces: they add up to the facts, and no fewer do."""
    database = facts.example()
    found = tuple(tree_terms(database, "Q"))
    interval = fr.rank_interval(database)
    if not (interval.exact and len(found) == interval.lower and sums_to(found, database)):
        raise ValueError(f"the pieces: expected as many as the rank, found {len(found)}")
    return found


def numbers() -> dict[str, str]:
    """What the text is told."""
    database, sums = facts.example(), expand(terms()[:1])
    return {
        "facts": facts.words(len(database)), "pieces": facts.words(len(terms())),
        "first": facts.words(len(sums)),
        "moved": facts.words(_moved()),
        "boxes": facts.words(len(pair_terms(database, "QV"))),
    }  # fmt: skip


def _moved() -> int:
    """The rank where Bernard lives where Astrid lives."""
    old, new = ("Bernard", "lives_in", "Singapore"), ("Bernard", "lives_in", "Malaysia")
    moved = (new if it == old else it for it in facts.example().triples())
    interval = fr.rank_interval(Database.from_triples(moved))
    if not interval.exact:
        raise ValueError(f"the facts after a move: expected an exact rank, found {interval}")
    return interval.lower


def scene() -> Scene:
    """The pieces one after another: each fills its cells, the last takes one back."""
    database = facts.example()
    asked = set(database.facts)
    steps = len(terms()) + 1
    parts = facts.frame()
    for n, term in enumerate(terms()):
        for (k, q, v), x in sorted(expand([term]).items()):
            cell = facts.cell(q, k, v)
            parts.append(_filled(cell, TONES[n], range(n + 1, steps)) if x > 0 else _back(cell, n))
    for k, q, v in sorted(asked):
        x, y = facts.cell(q, k, v)
        parts.append(
            f'<rect x="{x + 1}" y="{y + 1}" width="{facts.SIDE - 2}" height="{facts.SIDE - 2}" '
            'class="t-line-ink" stroke-width="1.5"/>'
        )
    wide, tall = facts.size()
    for n, term in enumerate(terms()):
        y = tall + 16 + n * ROW
        said = marks.text(22, y, stated(term), size=11)
        row = [marks.box(4, y - 10, 12, 12, TONES[n]), said]
        parts.append(marks.group(row, shown=range(n + 1, steps)))
    return Scene(
        title=say(
            "The three grids, filled by five pieces in five colours. The first fills four cells, "
            "one of them no fact; the last takes that cell back and fills its neighbour."
        ),
        drawing="".join(parts),
        size=(max(wide, WIDE), tall + 10 + len(terms()) * ROW),
        states=tuple(_said(n) for n in range(steps)),
        asks=say("Pieces"),
        start=steps - 1,
    )


def stated(term: Term) -> str:
    """A piece in words: whom and what it names, what it says, and what it takes back."""
    keys, queries, values = (facts.example().labels(mode) for mode in "KQV")
    told = {"keys": _names(keys, term.a), "queries": _names(queries, term.b)}
    told["value"] = _names(values, (v for v, x in term.c.items() if x > 0))
    if taken := _names(values, (v for v, x in term.c.items() if x < 0)):
        return say("{keys}, {queries}: {value}; take back {taken}", taken=taken, **told)
    return say("{keys}, {queries}: {value}", **told)


def _names(labels: Sequence[str], named: Iterable[int]) -> str:
    """Labels in a sentence; here a piece names two at most."""
    found = [labels[i] for i in sorted(named)]
    return say("{one} and {other}", one=found[0], other=found[1]) if found[1:] else "".join(found)


def _filled(cell: tuple[float, float], tone: str, shown: range) -> str:
    return marks.box(cell[0] + 2, cell[1] + 2, 13, 13, tone, shown=shown)


def _back(cell: tuple[float, float], n: int) -> str:
    """A cell that is taken back: what was there is covered, and a minus stands for it."""
    x, y = cell
    cover = marks.box(x + 2, y + 2, 13, 13, "paper")
    bar = marks.box(x + 4, y + 7, 9, 3, TONES[n])
    return marks.group([cover, bar], shown=range(n + 1, len(terms()) + 1))


def _said(n: int) -> str:
    """What is true when the first ``n`` pieces are on."""
    database = facts.example()
    if not n:
        return say("No piece is on. The frames are the facts: they wait to be filled.")
    sums, asked = expand(terms()[:n]), set(database.facts)
    right = sum(sums.get(fact, 0) == 1 for fact in asked)
    wrong = sum(x != 0 for cell, x in sums.items() if cell not in asked)
    pieces = say("{n} piece on", n=n) if n == 1 else say("{n} pieces on", n=n)
    told = {"pieces": pieces, "right": right, "all": len(asked), "wrong": wrong}
    if not wrong:
        return say(
            "{pieces}: {right} of {all} facts are there, and every other cell is empty.", **told
        )
    if wrong == 1:
        return say(
            "{pieces}: {right} of {all} facts are there, and {wrong} filled cell is no fact.",
            **told,
        )
    return say(
        "{pieces}: {right} of {all} facts are there, and {wrong} filled cells are no fact.", **told
    )
