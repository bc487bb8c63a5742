"""The findings of an audit as tables: what a reader should look at, case by case. [ours]"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from factrank.facts.labels import printable
from factrank.practice.audit.report import MODE, Report, limits
from factrank.practice.findings.counted import Audit
from factrank.practice.findings.items import Place
from factrank.practice.html.markup import Safe, el, join, label, listed, passed, sentence, table
from factrank.practice.html.tongue import many, say

ROWS = 200  # rows of one table that the page shows
MATRIX = 14  # relations up to which shared values are drawn as a square


def several(counts: Audit) -> Iterator[Safe]:
    yield el("h2", say("Pairs with several values"), id="several")
    if not counts.several:
        yield el("p", say("None: every pair (key, query) that has a value has one."))
        return
    between = sum(s.between for s in counts.several)
    split = say(
        "For {n} of them no single source gives more than one: the sources differ. ", n=between
    )
    yield el(
        "p",
        many(len(counts.several), "{n} pair. ", "{n} pairs. "),
        split if counts.sources else "",
        say(
            "Some relations truly have several answers; a count cannot tell. Whoever answers each "
            "pair with one value recalls at most {most} of {facts} facts, {share}.",
            most=counts.pairs,
            facts=counts.facts,
            share=f"{counts.ceiling:.4f}",
        ),
    )
    yield table(
        [say("key"), say("query"), say("values, and where they stand")],
        (
            [label(s.key), label(s.query), join(_valued(s.values))]
            for s in counts.several[:ROWS]
        ),
        say("Pairs with several values"),
        len(counts.several) - min(ROWS, len(counts.several)),
    )  # fmt: skip


def _valued(values: Sequence[tuple[str, Sequence[Place]]]) -> Iterator[object]:
    for n, (value, places) in enumerate(values[:20]):
        yield Safe("<br>") if n else ""
        yield label(value)
        yield el("span", f" {_places(places, 5)}", class_="note")


def _places(places: Sequence[Place], most: int) -> str:
    """Where a value stands."""
    shown = []
    for line, source, date in places[:most]:
        noted = ", ".join(printable(x) for x in (source, date) if x)
        if line and noted:
            shown.append(say("line {line} ({noted})", line=line, noted=noted))
        elif line or noted:
            shown.append(say("line {line}", line=line) if line else noted)
    more = say(", ... {n} more", n=len(places) - most) if len(places) > most else ""
    return say(", ").join(shown) + more


def repeats(counts: Audit) -> Iterator[Safe]:
    yield el("h2", say("Facts given twice by one source"), id="repeats")
    if not counts.repeats:
        yield el("p", say("None."))
        return
    yield table(
        [say("key"), say("query"), say("value"), say("where")],
        (
            [label(r.key), label(r.query), label(r.value), _places(r.places, 20)]
            for r in counts.repeats[:ROWS]
        ),
        say("Facts given twice"),
        len(counts.repeats) - min(ROWS, len(counts.repeats)),
    )


def labels(counts: Audit) -> Iterator[Safe]:
    yield el("h2", say("Labels spelled nearly alike"), id="labels")
    yield el(
        "p",
        say(
            "Perhaps one thing under two names, perhaps two things: only a reader can tell. Facts "
            "in common are those that would become one."
        ),
    )
    if counts.variants:
        yield table(
            [say("kind"), say("one"), say("other"), say("likeness"), say("differ in"),
             say("facts in common"), say("pairs that clash")],
            (
                [passed(MODE[v.mode]), label(v.near.one), label(v.near.other), v.near.score,
                 join([passed(v.near.differ_in),
                       say(", under different relations") if v.apart else ""]),
                 v.same, v.clash]
                for v in counts.variants[:ROWS]
            ),
            say("Labels nearly alike"),
            len(counts.variants) - min(ROWS, len(counts.variants)),
        )  # fmt: skip
    else:
        yield el("p", say("None, within these limits.") if limits(counts) else say("None."))
    for limit in limits(counts):
        yield el("p", sentence(limit), class_="note")
    yield el("h3", say("Keys that share rare values"), id="twins")
    yield el("p", say("Two names of one thing agree where few others do, whatever their spelling."))
    if counts.same_keys:
        yield table(
            [say("one"), say("other"), say("facts in common"), say("such as"),
             say("relations that differ")],
            (
                [label(t.one), label(t.other), len(t.same),
                 join(listed(label(value) for _, value in t.same[:4])), t.differ]
                for t in counts.same_keys[:ROWS]
            ),
            say("Keys that share rare values"),
            len(counts.same_keys) - min(ROWS, len(counts.same_keys)),
        )  # fmt: skip
    else:
        yield el("p", say("None."))
    yield el("h3", say("Odd labels"), id="odd")
    if not counts.odd:
        yield el("p", say("None."))
        return
    yield table(
        [say("kind"), say("label"), say("what is odd")],
        ([passed(MODE[odd.mode]), label(odd.label), passed(odd.why)] for odd in counts.odd[:ROWS]),
        say("Odd labels"),
        len(counts.odd) - min(ROWS, len(counts.odd)),
    )


def shared(counts: Audit) -> Iterator[Safe]:
    yield el("h2", say("Values shared by relations"), id="shared")
    yield el(
        "p",
        say(
            "{n} of {all} values stand under two relations or more. Where none does, and each "
            "pair has one value, the rank is the number of values: only sharing can make it "
            "smaller than the pairs (query, value).",
            n=counts.shared_values,
            all=counts.values,
        ),
    )
    if not counts.shared_complete:
        uncounted = say("Not all pairs were counted: too many relations share values.")
        yield el("p", uncounted, class_="note")
    if not counts.shared:
        return
    if len(counts.columns) <= MATRIX:
        yield _matrix(counts)
    yield table(
        [say("relation"), say("relation"), say("shared values"), say("such as")],
        (
            [label(s.one), label(s.other), s.values, join(listed(map(label, s.named)))]
            for s in counts.shared[:30]
        ),
        say("Shared values"),
        len(counts.shared) - min(30, len(counts.shared)),
    )


def _matrix(counts: Audit) -> Safe:
    names = [column.query for column in counts.columns]
    ranges = {column.query: column.range for column in counts.columns}
    both = {frozenset((s.one, s.other)): s.values for s in counts.shared}
    rows = []
    for one in names:
        cells = []
        for other in names:
            n = ranges[one] if one == other else both.get(frozenset((one, other)), 0)
            share = n / (min(ranges[one], ranges[other]) or 1)
            cells.append(el("td", n or "", style=f"--s:{100 * share:.0f}%"))
        rows.append(el("tr", el("th", label(one), scope="row"), *cells))
    head = el("tr", el("td"), *(el("th", label(name), scope="col") for name in names))
    square = el("table", el("thead", head), el("tbody", *rows), class_="pairs")
    return el("div", square, class_="scroll", tabindex=0, role="region",
              aria_label=say("Values shared by each pair of relations"))  # fmt: skip


def near(found: Report) -> Iterator[Safe]:
    yield el("h2", say("Relations that nearly agree"), id="near")
    yield el(
        "p",
        say(
            "A relation can be written as another one and their difference. Where the difference "
            "has a smaller rank than the relation itself, that saves terms."
        ),
    )
    if not found.all_compared:
        uncompared = say("Not all pairs were compared: too many relations.")
        yield el("p", uncompared, class_="note")
    if not found.agreements:
        yield el("p", say("None.") if found.all_compared else say("None among those compared."))
        return
    yield table(
        [say("relation"), say("relation"), say("rank of the difference"), say("saves"),
         say("same on keys"), say("not on")],
        (
            [label(a.one), label(a.two), a.apart, a.saved, a.same, a.other]
            for a in found.agreements[:ROWS]
        ),
        say("Relations that nearly agree"),
        len(found.agreements) - min(ROWS, len(found.agreements)),
    )  # fmt: skip
