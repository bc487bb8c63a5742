"""Page 9: a small table goes through three steps. It is made up; what becomes of it is computed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import factrank as fr
from companion.entrance import marks
from companion.entrance.facts import words
from companion.entrance.marks import Scene
from companion.entrance.tongue import say
from factrank.facts.database import Database
from factrank.facts.reading.read import parse_rows
from factrank.practice.cleaning.decisions import parse
from factrank.practice.cleaning.normalize import Clean, normalize
from factrank.practice.findings.counted import Audit, audit

if TYPE_CHECKING:
    from factrank.facts.rows import Rows
    from factrank.layer.model import NamedLayer
    from factrank.practice.plan.layers import Choice, Plan

LINES = """key,query,value,date
Oslo,country,Norway,2024
Oslo,currency,krone,2024
oslo,country,Norway,2019
Bergen,country,norway,2019
Vienna,country,Austria,2024
Vienna,currency,euro,2024
Vienna,currency,schilling,1999
Graz,country,Austria,2024
Graz,currency,Euro,2019
Zagreb,country,Croatia,2024
Zagreb,currency,kuna,2019
Zagreb,currency,euro,2024
Lisbon,country,Portugal,2024
Lisbon,currency,euro,2024
"""

#: What a person agreed to, of the entries that `factrank audit --decisions` drafts.
DECISIONS = """
[[decision]]
apply = true
rule = "merge"
mode = "key"
labels = ["Oslo", "oslo"]
into = "Oslo"

[[decision]]
apply = true
rule = "merge"
mode = "value"
labels = ["Norway", "norway"]
into = "Norway"

[[decision]]
apply = true
rule = "merge"
mode = "value"
labels = ["euro", "Euro"]
into = "euro"

[[decision]]
apply = true
rule = "newest"
by = "date"
"""

SURE = 0.9  # how probable an answer must be to count as held
FOUND, NORMALISE, BALANCE, VERIFY = range(4)
LATER = (NORMALISE, BALANCE, VERIFY)
LEFT, TALL, TOP, WIDE, FOOT = (2, 64, 140, 212, 248), 18, 30, 350, 286
TONES = ("key", "query", "value", "soft")
SHORT = "bfloat16"  # sixteen bits a number, as large models are often stored


@cache
def rows() -> Rows:
    """The table as it was found."""
    return parse_rows(LINES, "cities.csv")


@cache
def looked() -> Audit:
    """What an audit says of it."""
    return audit(rows())


@cache
def cleaned() -> Clean:
    """The table after the decisions, and what became of each line."""
    return normalize(rows(), parse(DECISIONS))


@cache
def table(clean: bool) -> Database:
    """The facts, before or after."""
    return Database.from_triples(f[0] for f in cleaned().facts) if clean else rows().database()


@cache
def planned(clean: bool) -> Plan:
    """The layers that could hold the facts."""
    return fr.plan(table(clean), tau=SURE)


def exact(plan: Plan) -> Choice:
    """The smallest layer whose every number is right: one where a fact is, and zero elsewhere."""
    right = ("terms", "values", "relations", "key-independent")
    return next(it for it in plan.choices if it.how in right and it.recalled == it.held == 1)


@cache
def layer(how: str) -> NamedLayer:
    """A layer with the clean facts in it, built and not trained."""
    return fr.compile_facts(table(True), how, tau=SURE)


def still_held(how: str) -> int:
    """How many facts a layer holds once its numbers are stored short."""
    from factrank.layer.building.at_size import precision

    share = precision(layer(how), table(True), SHORT, SURE).held
    return round(share * len(table(True)))


class Said(NamedTuple):
    """What the layer says when it is asked one question: its answer, and the largest share."""

    key: str
    query: str
    answer: str | None
    share: float


@cache
def asked(how: str) -> tuple[Said, ...]:
    """Every question that the clean table has room for, put to the layer."""
    named, found = layer(how), []
    for key in named.keys:
        for query in named.queries:
            logits = named.logits(key, query).double()
            share = float(logits.softmax(-1).max())
            found.append(Said(key, query, named.answer(key, query), share))
    return tuple(found)


def ranked(clean: bool) -> str:
    """The rank of the table in words: a number, or an interval.

    >>> ranked(False), ranked(True)
    ('10', '6')
    """
    found = fr.rank_interval(table(clean))
    return str(found.lower) if found.exact else f"{found.lower} to {found.upper}"


def numbers() -> dict[str, str]:
    """What the text is told."""
    before, after = (len(table(clean)) for clean in (False, True))
    small, right = planned(True).certified, exact(planned(True))
    said = fr.recall(layer(small.how), table(True), SURE)
    return {
        "lines": str(len(rows())), "spellings": words(len(looked().variants)),
        "several": words(len(looked().several)),
        "ceiling": say("{n} of {all}", n=looked().pairs, all=before),
        "facts": str(after), "repeats": words(cleaned().counts(0)[1]),
        "kinds_before": words(table(False).shape[2]), "kinds": words(table(True).shape[2]),
        "rank_before": ranked(False), "rank": ranked(True),
        "holes": words(table(True).shape[0] * table(True).shape[1] - after),
        "dirty": str(exact(planned(False)).parameters["all"]),
        "small": str(small.parameters["all"]), "small_width": words(small.config.width),
        "right": str(right.parameters["all"]), "right_width": words(right.config.width),
        "recalled": str(round(said.recalled * after)), "sure": f"{SURE:.0%}",
        "short_small": words(still_held(small.how)), "short_right": words(still_held(right.how)),
    }  # fmt: skip


def notes() -> dict[tuple[int, int], tuple[str, tuple[int, ...]]]:
    """By line and state a note beside it, and the columns that it is about."""
    found: dict[tuple[int, int], tuple[str, tuple[int, ...]]] = {}
    spelled = {v.near.other: v.near.one for v in looked().variants}  # the rarer one: the other
    argued = {(s.key, s.query) for s in looked().several}
    for n, row in enumerate(rows()):
        odd = tuple(c for c in (0, 2) if row[c] in spelled)
        if (row.key, row.query) in argued:
            found[n, FOUND] = say("two answers"), (2,)
        elif odd:
            found[n, FOUND] = say("also {name}", name=spelled[row[odd[0]]]), odd
    for change in cleaned().changes:
        if change.after is None:
            why = say("told again") if change.rule == "repeat" else say("out of date")
            found[change.row, NORMALISE] = why, ()
        else:
            moved = tuple(c for c in range(3) if change.before[c] != change.after[c])
            found[change.row, NORMALISE] = say("was {name}", name=change.before[moved[0]]), moved
    return found


def written() -> Iterator[str]:
    """The lines of the table, as found and as normalised."""
    heads = say("city"), say("query"), say("answer"), say("year")
    yield marks.group(
        (marks.text(LEFT[c], 14, head, TONES[c], bold=True) for c, head in enumerate(heads)),
        shown=(FOUND, NORMALISE),
    )
    out = {c.row for c in cleaned().changes if c.after is None}
    last = {c.row: c.after for c in cleaned().changes if c.after}
    for n, row in enumerate(rows()):
        for state in (FOUND, NORMALISE):
            told, about = notes().get((n, state), ("", ()))
            gone = state == NORMALISE and n in out
            labels = (last.get(n, row[:3]) if state == NORMALISE else row[:3], row.notes["date"])
            yield marks.group(line(n, (*labels[0], labels[1]), told, about, gone), shown=(state,))


def line(
    n: int, labels: tuple[str, ...], told: str, about: tuple[int, ...], gone: bool
) -> Iterator[str]:
    """One line: what it says, what is marked in it, and struck through if it goes."""
    y = TOP + n * TALL
    for c in about:
        yield marks.box(LEFT[c] - 3, y - 1, 6 + 6.6 * len(labels[c]), TALL - 2, "tint", round_=3)
    for c, (label, tone) in enumerate(zip(labels, TONES, strict=True)):
        yield marks.text(LEFT[c], y + 12, label, "soft" if gone else tone, bold=c in about)
    if gone:
        yield marks.line([(0, y + 8), (LEFT[3] + 28, y + 8)], "minus")
    if told:
        yield marks.text(LEFT[4], y + 12, told, "minus" if gone else "ink")


def priced() -> Iterator[str]:
    """Three layers as bars, as long as they have numbers."""
    small, right = planned(True).certified, exact(planned(True))
    bars = (
        ("minus", say("The table as found"), exact(planned(False)), say("every number right")),
        ("plus", say("Normalised"), right, say("every number right")),
        ("value", say("Normalised"), small, say("the right answer on top")),
    )
    most = max(choice.parameters["all"] for _, _, choice, _ in bars)
    yield marks.text(2, 14, say("What a layer for it costs, in numbers to store"), "soft")
    for n, (tone, which, choice, what) in enumerate(bars):
        y, count = 46 + n * 76, choice.parameters["all"]
        long = 290 * count / most
        yield marks.text(2, y, which, bold=True)
        wide = say("{what}, total width {width}", what=what, width=choice.config.width)
        yield marks.text(2, y + 16, wide, "soft")
        yield marks.box(2, y + 24, long, 18, tone, round_=2)
        yield marks.text(long + 8, y + 38, str(count), bold=True)


def answered() -> Iterator[str]:
    """Every question with the answer of the smaller layer, and how sure it is."""
    small = planned(True).certified
    keys, queries = (table(True).labels(mode) for mode in "KQ")
    facts = set(table(True).triples())
    for q, query in enumerate(queries):
        yield marks.text(64 + q * 146, 22, query, "query", bold=True)
    for k, key in enumerate(keys):
        yield marks.text(2, 51 + k * 38, key, "key", bold=True)
    for said in asked(small.how):
        x, y = 64 + 146 * queries.index(said.query), 48 + 38 * keys.index(said.key)
        right = said.answer and (said.key, said.query, said.answer) in facts
        yield marks.box(x - 6, y - 16, 138, 30, "tint", round_=3)
        told = (
            f"{said.answer} {said.share:.0%}"
            if right
            else say("none above {share}", share=f"{said.share:.0%}")
        )
        yield marks.text(x, y + 3, told, "value" if right else "soft")
        if right:
            tick = [(x + 112, y - 1), (x + 116, y + 4), (x + 124, y - 7)]
            yield marks.line(tick, "plus", wide=2)


def counted() -> Iterator[str]:
    """Facts, kinds of answer and rank, after each step."""
    yield marks.line([(0, FOOT), (WIDE, FOOT)], "faint")
    names = say("facts"), say("kinds of answer"), say("rank")
    for x, name in zip((2, 82, 212), names, strict=True):
        yield marks.text(x, FOOT + 38, name, "soft")
    for clean, shown in ((False, (FOUND,)), (True, LATER)):
        database = table(clean)
        for x, told in zip(
            (2, 82, 212), (len(database), database.shape[2], ranked(clean)), strict=True
        ):
            yield marks.text(x, FOOT + 22, str(told), bold=True, size=18, shown=shown)


def scene() -> Scene:
    """Four buttons: the table as found, and after each step."""
    n = numbers()
    parts = [
        *written(),
        marks.group(priced(), shown=(BALANCE,)),
        marks.group(answered(), shown=(VERIFY,)),
        *counted(),
    ]
    return Scene(
        title=say(
            "A made-up table of cities, line by line; the same with spellings mended and old "
            "answers struck out; what a layer for it costs; and the layer's answers."
        ),
        drawing="".join(parts),
        size=(WIDE, FOOT + 48),
        asks=say("How far have we come?"),
        names=(say("As found"), say("Normalise"), say("Balance"), say("Verify")),
        start=NORMALISE,
        states=(
            say(
                "As found: {lines} lines. What an audit points at is marked: {spellings} pairs of "
                "spellings, and {several} questions with two answers.",
                **n,
            ),
            say(
                "Normalised: one spelling each, and of two answers the newer one. {facts} facts "
                "remain. Rank {rank_before} has become rank {rank}.",
                **n,
            ),
            say(
                "Balanced: {small} numbers put the right answer on top, {right} make every number "
                "right. The table as found would have taken {dirty}.",
                **n,
            ),
            say(
                "Verified: the layer of {small} numbers is asked everything. {recalled} of {facts} "
                "facts come back, each with at least {sure}. Where the table has a gap, no answer "
                "reaches that.",
                **n,
            ),
        ),
    )
