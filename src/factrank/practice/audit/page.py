"""The audit as one page of HTML: pictures and tables, no script, nothing fetched. [ours]"""

from __future__ import annotations

from collections.abc import Iterator

from factrank.facts.words import counted, size_text
from factrank.practice.audit.page_map import missing_map
from factrank.practice.audit.page_tables import ROWS, labels, near, repeats, several, shared
from factrank.practice.audit.report import Report, limits
from factrank.practice.findings.counted import Audit
from factrank.practice.html.markup import (
    Safe,
    bar,
    document,
    el,
    label,
    legend,
    listed,
    sentence,
    span,
    table,
)


def page(found: Report) -> str:
    """The whole page as text."""
    counts = found.audit
    body = [
        *_head(found),
        *_size(found),
        *_relations(found),
        *missing_map(found),
        *several(counts),
        *repeats(counts),
        *labels(counts),
        *shared(counts),
        *near(found),
        *_method(found),
    ]
    foot = (
        f". The facts, whatever file they stand in: SHA-256 {found.database.digest()}. The rank "
        "is that of the 0/1 tensor over the real numbers; factrank rank --certificate writes the "
        "proof as a file."
    )
    return document(f"Audit of {counts.name}", body, foot)


def _head(found: Report) -> Iterator[Safe]:
    counts = found.audit
    yield el("p", "Audit of facts", class_="sub")
    yield el("h1", label(counts.name))
    rows = counted(counts.rows, "row")
    sizes = size_text((counts.keys, counts.queries, counts.values)).replace(" x ", " × ")
    yield el("p", f"{counted(counts.facts, 'fact')} in {rows}: {sizes}.", class_="sub")
    yield el("p", _verdict(found), class_="verdict")
    if counts.sources:
        named = (
            f"{counted(n, 'row')} from {name or '(no source)'}"
            for name, n in largest_sources(counts)
        )
        yield el(
            "p", "; ".join(named), f". {counts.confirmed} facts stand in more than one source."
        )
    for told in counts.told:
        yield el("p", sentence(told), class_="note")
    if counts.skipped:
        yield el(
            "p", f"{counted(counts.skipped, 'bad line')} skipped while reading.", class_="note"
        )
    yield el("ul", *_checks(counts), class_="cards")
    yield el("ul", *_counts(found), class_="cards")


def _verdict(found: Report) -> str:
    low, high = found.interval.lower, found.interval.upper
    known = f"exactly {low}" if low == high else f"at least {low} and at most {high}"
    return f"The rank is {known}."


def largest_sources(counts: Audit) -> list[tuple[str, int]]:
    """The largest sources, at most twelve."""
    return sorted(counts.sources.items(), key=lambda source: -source[1])[:12]


def _checks(counts: Audit) -> Iterator[Safe]:
    """What was looked for: green where nothing was found, orange where a reader should look."""
    checks = (
        ("several", len(counts.several), "pairs with several values"),
        ("repeats", len(counts.repeats), "facts given twice by one source"),
        ("labels", len(counts.variants), "pairs of labels nearly alike"),
        ("twins", len(counts.same_keys), "pairs of keys that may be one"),
        ("odd", len(counts.odd), "odd labels"),
    )
    for at, n, what in checks:
        kind = "look" if n or (at == "labels" and limits(counts)) else "good"
        yield el("li", el("a", el("b", n), el("span", what), href=f"#{at}", class_=kind))


def _counts(found: Report) -> Iterator[Safe]:
    """What else was counted."""
    counts = found.audit
    told = (
        ("several", f"{100 * counts.ceiling:.4g} %", "most that single answers can recall"),
        ("map", counts.missing, "cells without a value"),
        ("shared", counts.shared_values, "values shared by relations"),
        ("near", len(found.agreements), "pairs of relations that nearly agree"),
    )
    for at, n, what in told:
        yield el("li", el("a", el("b", n), el("span", what), href=f"#{at}"))


def _size(found: Report) -> Iterator[Safe]:
    counts, interval = found.audit, found.interval
    yield el("h2", "How large is it?", id="size")
    yield el(
        "p",
        "Facts that follow a rule are less than a list of facts. The rank counts what is left: the "
        "least number of simple pieces (some keys, some relations, some values) that the table is "
        "a sum of. It is proved from both sides; the number of facts is only its first bound.",
    )
    pairs = found.database.pair_counts()
    scale = max(counts.facts, 1)
    lines = [
        bar("facts", [(counts.facts / scale, "pale")], counts.facts),
        bar("pairs key, query", [(pairs["KQ"] / scale, "pale")], pairs["KQ"]),
        bar("pairs query, value", [(pairs["QV"] / scale, "pale")], pairs["QV"]),
        bar("values in use", [(len(found.database.used("V")) / scale, "pale")],
            len(found.database.used("V"))),
        bar(
            el("b", "rank"),
            [(interval.lower / scale, "solid"),
             ((interval.upper - interval.lower) / scale, "maybe")],
            el("b", span(interval.lower, interval.upper)),
        ),
    ]  # fmt: skip
    yield el("ul", *lines, class_="bars")
    yield el(
        "p",
        f"At least {interval.lower} by {interval.lower_by}; at most {interval.upper} by "
        f"{interval.upper_by}. ",
        *(f"{sentence(note)} " for note in interval.notes),
        class_="note",
    )


def _relations(found: Report) -> Iterator[Safe]:
    yield el("h2", "What each relation costs", id="relations")
    yield el(
        "p",
        "The cost of a relation is how far the rank falls if the relation is dropped. If it is 0, "
        "the relation comes free with the others. If it is the rank of the relation alone, nothing "
        "is shared. Costs need not add up to the rank.",
    )
    yield legend(("solid", "costs at least"), ("maybe", "perhaps more"), ("pale", "its rank alone"))
    scale = max((cost.alone for cost in found.costs), default=1) or 1
    shown = found.costs[:60]
    yield el(
        "ul",
        *(
            bar(
                label(c.query),
                [(c.least / scale, "solid"), ((c.most - c.least) / scale, "maybe"),
                 ((c.alone - c.most) / scale, "pale")],
                f"{span(c.least, c.most)} of {c.alone}",
            )
            for c in shown
        ),
        class_="bars",
    )  # fmt: skip
    yield el("p", sentence(found.costs_how), class_="note")
    if measured := [column.query for column in found.audit.columns if column.measured]:
        yield el(
            "p",
            "Relations of numbers, nearly every one different, whose rank is a count: ",
            *listed(map(label, measured)),
            ".",
            class_="note",
        )
    cost = {c.query: c for c in found.costs}
    head = ["relation", "facts", "keys with a value", "without", "with several", "values",
            "rank alone", "cost", "terms that serve only it"]  # fmt: skip
    sources = [name for name, _ in largest_sources(found.audit)][:6]
    yield el("h3", "Relation by relation")
    yield table(
        [*head, *(f"keys in {name or '(no source)'}" for name in sources)],
        (
            [label(c.query), c.facts, c.answered, c.missing, c.several, c.range,
             cost[c.query].alone,
             el("span", span(cost[c.query].least, cost[c.query].most), class_="whole"),
             cost[c.query].own, *(c.by_source.get(name, 0) for name in sources)]
            for c in found.audit.columns[:ROWS]
        ),
        "Relations",
        max(0, len(found.audit.columns) - ROWS),
    )  # fmt: skip


def _method(found: Report) -> Iterator[Safe]:
    yield el("h2", "How this was found", id="method")
    yield el(
        "p",
        "Every bound that was tried on the whole table. Labels that have the same facts are taken "
        "as one here, which leaves the rank as it is. P1, U2 and the like are names of theorems in "
        "the book of factrank: those with P are bounds from below, those with U from above.",
    )
    yield table(["bound", "value"], found.interval.evidence, "Bounds tried")
