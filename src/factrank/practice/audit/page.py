"""The audit as one page of HTML: pictures and tables, no script, nothing fetched. [ours]"""

from __future__ import annotations

from collections.abc import Iterator

from factrank.practice.audit.page_tables import labels, near, repeats, several, shared
from factrank.practice.audit.report import Report, limits
from factrank.practice.findings.counted import Audit
from factrank.practice.html.markup import (
    Safe,
    bar,
    cards,
    document,
    el,
    facts,
    filled,
    label,
    legend,
    listed,
    para,
    passed,
    rank_known,
    sentence,
    sizes,
    span,
    strip,
    table,
)
from factrank.practice.html.tongue import ENGLISH, catalogue, many, say, speaking

CELLS = 300  # cells of one strip; more keys share them


def missing_map(found: Report) -> Iterator[Safe]:
    counts = found.audit
    yield el("h2", say("Where values are missing"), id="map")
    yield para(
        "{n} of {all} cells (key, query) have no value. One strip a relation, the keys from "
        "left to right in their order in the file. A relation need not concern every key.",
        n=counts.missing,
        all=counts.keys * counts.queries,
    )
    group = -(-counts.keys // CELLS)
    part = [("pale", say("some have"))] if group > 1 else []
    red = say("several values")
    if group > 1:
        red = say("several values ({n} keys a cell)", n=group)
    yield legend(("solid", say("has a value")), *part, ("hole", say("none")), ("red", red))
    columns = counts.columns[:60]
    kinds = _kinds(found, len(columns), group)
    yield el(
        "ul",
        *(
            el("li", el("span", label(c.query), class_="name"),
               strip(cells, say("{n} of {all} keys have a value", n=c.answered, all=counts.keys)),
               el("span", say("{n} missing", n=c.missing), class_="told"))
            for c, cells in zip(columns, kinds, strict=True)
        ),
        class_="bars",
    )  # fmt: skip
    for column in [c for c in columns if c.missing]:
        named = column.missing_keys[:100]
        rest = column.missing - len(named)
        without = many(column.missing, "{n} key without a value", "{n} keys without a value")
        yield el(
            "details",
            el("summary", filled("{relation}: {told}", relation=label(column.query), told=without)),
            el("p", *listed(map(label, named)), say(", and {n} more", n=rest) if rest else ""),
        )


def _kinds(found: Report, relations: int, group: int) -> list[str]:
    """For each relation the kind of each cell: f filled, h half, - hole, s several."""
    cells = -(-found.audit.keys // group)
    full: list[list[int]] = [[0] * cells for _ in range(relations)]
    several: list[list[bool]] = [[False] * cells for _ in range(relations)]
    seen: set[tuple[int, int]] = set()
    for k, q, _ in found.database.facts:
        if q >= relations:
            continue
        if (k, q) in seen:
            several[q][k // group] = True
        else:
            seen.add((k, q))
            full[q][k // group] += 1
    sizes = [min(group, found.audit.keys - n * group) for n in range(cells)]
    return [
        "".join(
            "s" if many else "f" if n == size else "h" if n else "-"
            for n, size, many in zip(full[q], sizes, several[q], strict=True)
        )
        for q in range(relations)
    ]


def page(found: Report, language: str = ENGLISH) -> str:
    """The whole page as text."""
    with speaking(language, catalogue(language)):
        return _page(found)


def _page(found: Report) -> str:
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
    foot = say(
        ". The facts, whatever file they stand in: SHA-256 {digest}. The rank is that of the 0/1 "
        "tensor over the real numbers; factrank rank --certificate writes the proof as a file.",
        digest=found.database.digest(),
    )
    return document(say("Audit of {name}", name=counts.name), body, foot)


def _head(found: Report) -> Iterator[Safe]:
    counts = found.audit
    yield para("Audit of facts", class_="sub")
    yield el("h1", label(counts.name))
    yield para(
        "{facts} in {rows}: {sizes}.",
        facts=facts(counts.facts),
        rows=many(counts.rows, "{n} row", "{n} rows"),
        sizes=sizes((counts.keys, counts.queries, counts.values)),
        class_="sub",
    )
    yield el("p", rank_known(found.interval.lower, found.interval.upper), class_="verdict")
    if counts.sources:
        named = (
            many(n, "{n} row from {name}", "{n} rows from {name}", name=name or say("(no source)"))
            for name, n in largest_sources(counts)
        )
        more = many(
            counts.confirmed,
            ". {n} fact stands in more than one source.",
            ". {n} facts stand in more than one source.",
        )
        yield el("p", say("; ").join(named), more)
    for it in counts.told:
        yield el("p", sentence(it), class_="note")
    if counts.skipped:
        skipped = many(
            counts.skipped,
            "{n} bad line skipped while reading.",
            "{n} bad lines skipped while reading.",
        )
        yield el("p", skipped, class_="note")
    yield cards(_checks(counts))
    yield cards(_counts(found))


def largest_sources(counts: Audit) -> list[tuple[str, int]]:
    """The largest sources, at most twelve."""
    return sorted(counts.sources.items(), key=lambda source: -source[1])[:12]


def _checks(counts: Audit) -> Iterator[tuple[str, int, str, str]]:
    """What was looked for: green where nothing was found, orange where a reader should look."""
    checks = (
        ("several", len(counts.several), say("pairs with several values")),
        ("repeats", len(counts.repeats), say("facts given twice by one source")),
        ("labels", len(counts.variants), say("pairs of labels nearly alike")),
        ("twins", len(counts.same_keys), say("pairs of keys that may be one")),
        ("odd", len(counts.odd), say("odd labels")),
    )
    for at, n, what in checks:
        yield at, n, what, "look" if n or (at == "labels" and limits(counts)) else "good"


def _counts(found: Report) -> Iterator[tuple[str, object, str, None]]:
    """What else was counted."""
    counts = found.audit
    most = say("most that single answers can recall")
    yield "several", f"{100 * counts.ceiling:.4g} %", most, None
    yield "map", counts.missing, say("cells without a value"), None
    yield "shared", counts.shared_values, say("values shared by relations"), None
    yield "near", len(found.agreements), say("pairs of relations that nearly agree"), None


def _size(found: Report) -> Iterator[Safe]:
    counts, interval = found.audit, found.interval
    yield el("h2", say("How large is it?"), id="size")
    yield para(
        "Facts that follow a rule are less than a list of facts. The rank counts what is left: "
        "the least number of simple pieces (some keys, some relations, some values) that the "
        "table is a sum of. It is proved from both sides; the number of facts is only its "
        "first bound."
    )
    pairs, used = found.database.pair_counts(), len(found.database.used("V"))
    scale = max(counts.facts, 1)
    lines = [
        *(
            bar(name, [(n / scale, "pale")], n)
            for name, n in (
                (say("facts"), counts.facts),
                (say("pairs key, query"), pairs["KQ"]),
                (say("pairs query, value"), pairs["QV"]),
                (say("values in use"), used),
            )
        ),
        bar(
            el("b", say("rank")),
            [(interval.lower / scale, "solid"),
             ((interval.upper - interval.lower) / scale, "maybe")],
            el("b", span(interval.lower, interval.upper)),
        ),
    ]  # fmt: skip
    yield el("ul", *lines, class_="bars")
    bounds = filled(
        "At least {lower} by {lower_by}; at most {upper} by {upper_by}. ",
        lower=interval.lower,
        lower_by=passed(interval.lower_by),
        upper=interval.upper,
        upper_by=passed(interval.upper_by),
    )
    notes = (part for note in interval.notes for part in (sentence(note), " "))
    yield el("p", bounds, *notes, class_="note")


def _relations(found: Report) -> Iterator[Safe]:
    yield el("h2", say("What each relation costs"), id="relations")
    yield para(
        "The cost of a relation is how far the rank falls if the relation is dropped. If it "
        "is 0, the relation comes free with the others. If it is the rank of the relation "
        "alone, nothing is shared. Costs need not add up to the rank."
    )
    yield legend(
        ("solid", say("costs at least")),
        ("maybe", say("perhaps more")),
        ("pale", say("its rank alone")),
    )
    scale = max((cost.alone for cost in found.costs), default=1) or 1
    shown = found.costs[:60]
    yield el(
        "ul",
        *(
            bar(
                label(c.query),
                [(c.least / scale, "solid"), ((c.most - c.least) / scale, "maybe"),
                 ((c.alone - c.most) / scale, "pale")],
                say("{cost} of {alone}", cost=span(c.least, c.most), alone=c.alone),
            )
            for c in shown
        ),
        class_="bars",
    )  # fmt: skip
    yield el("p", sentence(found.costs_how), class_="note")
    if measured := [column.query for column in found.audit.columns if column.measured]:
        yield el(
            "p",
            filled(
                "Relations of numbers, nearly every one different, whose rank is a count: {names}.",
                names=el("span", *listed(map(label, measured))),
            ),
            class_="note",
        )
    cost = {c.query: c for c in found.costs}
    head = [
        say("relation"), say("facts"), say("keys with a value"), say("without"),
        say("with several"), say("values"), say("rank alone"), say("cost"),
        say("terms that serve only it"),
    ]  # fmt: skip
    sources = [name for name, _ in largest_sources(found.audit)][:6]
    yield el("h3", say("Relation by relation"))
    yield table(
        [*head, *(say("keys in {name}", name=name or say("(no source)")) for name in sources)],
        found.audit.columns,
        lambda c: [label(c.query), c.facts, c.answered, c.missing, c.several, c.range,
                   (it := cost[c.query]).alone, el("span", span(it.least, it.most), class_="whole"),
                   it.own, *(c.by_source.get(name, 0) for name in sources)],
        say("Relations"),
    )  # fmt: skip


def _method(found: Report) -> Iterator[Safe]:
    yield el("h2", say("How this was found"), id="method")
    yield para(
        "Every bound that was tried on the whole table. Labels that have the same facts are "
        "taken as one here, which leaves the rank as it is. P1, U2 and the like are names of "
        "theorems in the book of factrank: those with P are bounds from below, those with U "
        "from above."
    )
    tried = found.interval.evidence
    yield table(
        [say("bound"), say("value")],
        tried,
        lambda it: (passed(it[0]), it[1]),
        say("Bounds tried"),
        len(tried),
    )
