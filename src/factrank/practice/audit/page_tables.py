"""The findings of an audit as tables: what a reader should look at, case by case. [ours]"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from factrank.facts.labels import NAMES, printable
from factrank.practice.audit.report import Report, limits
from factrank.practice.findings.counted import Audit
from factrank.practice.findings.counts import Place
from factrank.practice.html.markup import (
    Safe,
    el,
    join,
    label,
    listed,
    para,
    passed,
    sentence,
    table,
)
from factrank.practice.html.tongue import many, say

MATRIX = 14  # relations up to which shared values are drawn as a square


def several(counts: Audit) -> Iterator[Safe]:
    yield el("h2", say("Pairs with several values"), id="several")
    if not counts.several:
        yield para("None: every pair (key, query) that has a value has one.")
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
        counts.several,
        lambda it: [label(it.key), label(it.query), join(_valued(it.values))],
        say("Pairs with several values"),
    )


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
        yield para("None.")
        return
    yield table(
        [say("key"), say("query"), say("value"), say("where")],
        counts.repeats,
        lambda it: [label(it.key), label(it.query), label(it.value), _places(it.places, 20)],
        say("Facts given twice"),
    )


def labels(counts: Audit) -> Iterator[Safe]:
    yield el("h2", say("Labels spelled nearly alike"), id="labels")
    yield para(
        "Perhaps one thing under two names, perhaps two things: only a reader can tell. Facts "
        "in common are those that would become one."
    )
    apart = say(", under different relations")
    if counts.variants:
        yield table(
            [say("kind"), say("one"), say("other"), say("likeness"), say("differ in"),
             say("facts in common"), say("pairs that clash")],
            counts.variants,
            lambda it: [passed(NAMES[it.mode]), label(it.near.one), label(it.near.other),
                        it.near.score, join([passed(it.near.differ_in), apart if it.apart else ""]),
                        it.same, it.clash],
            say("Labels nearly alike"),
        )  # fmt: skip
    else:
        yield el("p", say("None, within these limits.") if limits(counts) else say("None."))
    for limit in limits(counts):
        yield el("p", sentence(limit), class_="note")
    yield el("h3", say("Keys that share rare values"), id="twins")
    yield para("Two names of one thing agree where few others do, whatever their spelling.")
    if counts.same_keys:
        yield table(
            [say("one"), say("other"), say("facts in common"), say("such as"),
             say("relations that differ")],
            counts.same_keys,
            lambda it: [label(it.one), label(it.other), len(it.same),
                        join(listed(label(value) for _, value in it.same[:4])), it.differ],
            say("Keys that share rare values"),
        )  # fmt: skip
    else:
        yield para("None.")
    yield el("h3", say("Odd labels"), id="odd")
    if not counts.odd:
        yield para("None.")
        return
    yield table(
        [say("kind"), say("label"), say("what is odd")],
        counts.odd,
        lambda it: [passed(NAMES[it.mode]), label(it.label), passed(it.why)],
        say("Odd labels"),
    )


def shared(counts: Audit) -> Iterator[Safe]:
    yield el("h2", say("Values shared by relations"), id="shared")
    yield para(
        "{n} of {all} values stand under two relations or more. Where none does, and each "
        "pair has one value, the rank is the number of values: only sharing can make it "
        "smaller than the pairs (query, value).",
        n=counts.shared_values,
        all=counts.values,
    )
    if not counts.shared_complete:
        yield para("Not all pairs were counted: too many relations share values.", class_="note")
    if not counts.shared:
        return
    if len(counts.columns) <= MATRIX:
        yield _matrix(counts)
    yield table(
        [say("relation"), say("relation"), say("shared values"), say("such as")],
        counts.shared,
        lambda it: [label(it.one), label(it.other), it.values, join(listed(map(label, it.named)))],
        say("Shared values"),
        most=30,
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
    yield para(
        "A relation can be written as another one and their difference. Where the difference "
        "has a smaller rank than the relation itself, that saves terms."
    )
    if not found.all_compared:
        yield para("Not all pairs were compared: too many relations.", class_="note")
    if not found.agreements:
        yield el("p", say("None.") if found.all_compared else say("None among those compared."))
        return
    yield table(
        [say("relation"), say("relation"), say("rank of the difference"), say("saves"),
         say("same on keys"), say("not on")],
        found.agreements,
        lambda it: [label(it.one), label(it.two), it.apart, it.saved, it.same, it.other],
        say("Relations that nearly agree"),
    )  # fmt: skip
