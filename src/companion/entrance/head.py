"""Page 5: two heads hold a rule and its exception; every vote of every question, with its sign."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from companion.entrance import facts, marks
from companion.entrance.marks import Scene
from companion.entrance.tongue import say
from factrank.facts.database import Database

HALF, TURN = Fraction(1, 2), Fraction(3, 4)
Vote = tuple[Fraction, ...]
LEFT, WIDE, ROW = 144, 98, 26


def names() -> tuple[str, ...]:
    """The heads, as the picture calls them."""
    return say("head 1, the rule"), say("head 2, the exception")


@cache
def people() -> Database:
    """The six facts about persons."""
    database = facts.example()
    asked = {"born_in", "lives_in"}
    return Database.from_triples(it for it in database.triples() if it[1] in asked)


def attention(head: int, key: int, query: int) -> Fraction:
    """The weight of the key in a head; the query has the rest.

    The same numbers as the layer by hand of the chapter on attention layers.
    """
    moved = (people().keys[key], people().queries[query]) == ("Astrid", "lives_in")
    return TURN if head == 1 and moved else HALF


def says(head: int, key: int | None) -> Vote:
    """What a key, or for None a query, says in a head: one number for each value."""
    database = people()
    if head == 0:
        born = database.queries.index("born_in")
        place = next((v for k, q, v in database.facts if (k, q) == (key, born)), None)
        return tuple(Fraction(2 * (v == place)) for v in range(len(database.values)))
    away = {"Singapore": -2, "Malaysia": 2}
    sign = -1 if key is None else 1
    return tuple(Fraction(sign * away[value]) for value in database.values)


def votes(key: int, query: int) -> list[tuple[str, Fraction, Vote]]:
    """Every vote on a question: who, with which weight, and weight times what is said."""
    database, found = people(), []
    for head in range(2):
        weight = attention(head, key, query)
        for name, share, said in (
            (database.keys[key], weight, says(head, key)),
            (database.queries[query], 1 - weight, says(head, None)),
        ):
            found.append((name, share, tuple(share * x for x in said)))
    return found


def logits(key: int, query: int) -> Vote:
    """The sum of the votes."""
    return tuple(sum(column) for column in zip(*(it for *_, it in votes(key, query)), strict=True))


def questions() -> list[tuple[int, int]]:
    """All questions, in the order of the facts."""
    return [(k, q) for k, q, _ in people().facts]


def numbers() -> dict[str, str]:
    """What the text is told."""
    database = people()
    moved = database.keys.index("Astrid"), database.queries.index("lives_in")
    key, query = (share for _, share, _ in votes(*moved)[2:])
    return {
        "facts": facts.words(len(database)), "heads": facts.words(len(names())),
        "moved": str(key), "rest": str(query), "even": str(HALF),
        "alone": facts.words(_alone()).capitalize(),
    }  # fmt: skip


def _alone() -> int:
    """How many facts the first head answers without the second."""
    right = 0
    for key, query, value in people().facts:
        sums = [sum(column) for column in zip(*(v for *_, v in votes(key, query)[:2]), strict=True)]
        right += sums.index(max(sums)) == value
    return right


def scene() -> Scene:
    """For each question its four votes and their sum."""
    database = people()
    parts = [
        marks.text(LEFT + (n + 0.5) * WIDE, 16, value, "value", at="middle", bold=True)
        for n, value in enumerate(database.values)
    ]
    for n in range(len(database.values)):
        x = _zero(n)
        parts.append(marks.line([(x, 24), (x, _y(4) + 22)], "faint"))
    parts.append(marks.text(96, 16, say("hears"), "soft", at="end", size=11))
    parts.append(marks.text(LEFT - 4, 16, say("says"), "soft", at="end", size=11))
    for head, name in enumerate(names()):
        parts.append(marks.text(4, _y(2 * head) - 7, name, "soft", size=11))
    parts.append(marks.line([(4, _y(4) - 14), (LEFT + 2 * WIDE, _y(4) - 14)], "soft"))
    for state, (key, query) in enumerate(questions()):
        parts.append(marks.group(_question(key, query), shown=[state]))
    start = questions().index((database.keys.index("Astrid"), database.queries.index("lives_in")))
    return Scene(
        title=say(
            "The votes on one question, two from each head: bars to the right are for a value, "
            "bars to the left against it. Beneath a line stand their sums, the answer."
        ),
        drawing="".join(parts),
        size=(LEFT + 2 * WIDE + 12, _y(4) + 26),
        states=tuple(_said(*it) for it in questions()),
        asks=say("Ask"),
        names=tuple(f"{database.keys[k]}, {database.queries[q]}" for k, q in questions()),
        start=start,
    )


def _y(row: int) -> float:
    return 52 + row * ROW + (row // 2) * 16


def _zero(column: int) -> float:
    return LEFT + (column + 0.5) * WIDE


def _question(key: int, query: int) -> list[str]:
    parts = []
    for row, (name, share, vote) in enumerate(votes(key, query)):
        tone = "query" if row % 2 else "key"
        parts.append(marks.text(14, _y(row) + 12, name, tone))
        parts.append(marks.text(96, _y(row) + 12, f"{share}", "soft", at="end"))
        told = ", ".join(_number(x / share) for x in vote)
        parts.append(marks.text(LEFT - 4, _y(row) + 12, told, "soft", at="end"))
        parts += [_bar(n, _y(row), x) for n, x in enumerate(vote)]
    parts.append(marks.text(14, _y(4) + 13, say("sum"), bold=True))
    parts += [_bar(n, _y(4), x, total=True) for n, x in enumerate(logits(key, query))]
    return parts


def _bar(column: int, y: float, x: Fraction, *, total: bool = False) -> str:
    """A vote as a bar from zero, and its number."""
    zero, long = _zero(column), abs(float(x)) * 24
    tone = "value" if total else "plus" if x > 0 else "minus"
    bar = marks.box(zero if x > 0 else zero - long, y + 2, long, 14, tone) if x else ""
    words = _number(x)
    if x < 0:
        return bar + marks.text(zero - long - 4, y + 13, words, at="end", bold=total)
    return bar + marks.text(zero + long + 4, y + 13, words, bold=total)


def _number(x: Fraction) -> str:
    return str(x).replace("-", "−")


def _said(key: int, query: int) -> str:
    database = people()
    sums = logits(key, query)
    best = database.values[sums.index(max(sums))]
    second = [it for *_, it in votes(key, query)[2:]]
    silent = not any(sum(column) for column in zip(*second, strict=True))
    told = {"key": database.keys[key], "query": database.queries[query], "answer": best}
    if silent:
        return say(
            "{key}, {query}: {answer}. The two votes of the second head cancel. The rule decides.",
            **told,
        )
    return say(
        "{key}, {query}: {answer}. The second head hears Astrid more than the query, and outvotes "
        "the rule.",
        **told,
    )
