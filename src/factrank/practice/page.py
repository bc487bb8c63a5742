"""The audit as one page of HTML: pictures and tables, no script, nothing fetched. [ours]"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from factrank import __version__
from factrank.facts.audit import Audit
from factrank.practice.draft import places_text
from factrank.practice.markup import Safe, bar, el, join, label, strip, table
from factrank.practice.report import MODE, Report
from factrank.practice.style import CSS
from factrank.rank.words import PLURAL, counted, size_text

ROWS = 200  # rows of one table that the page shows
CELLS = 300  # cells of one strip; more keys share them
MATRIX = 14  # relations up to which shared values are drawn as a square


def page(found: Report) -> str:
    """The whole page as text."""
    counts = found.audit
    body = join(
        [
            *_head(found),
            *_size(found),
            *_relations(found),
            *_map(found),
            *_several(counts),
            *_repeats(counts),
            *_labels(counts),
            *_shared(counts),
            *_near(found),
            *_method(found),
        ]
    )
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=policy),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("title", f"Audit of {counts.name}"),
        el("style", Safe(CSS)),
    )
    return f'<!doctype html>\n<html lang="en">{head}{el("body", el("main", body))}</html>\n'


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
            f"{counted(n, 'row')} from {name or '(no source)'}" for name, n in _sources(counts)
        )
        yield el(
            "p", "; ".join(named), f". {counts.confirmed} facts stand in more than one source."
        )
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


def _sources(counts: Audit) -> list[tuple[str, int]]:
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
        kind = "look" if n else "good"
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
            el("b", _span(interval.lower, interval.upper)),
        ),
    ]  # fmt: skip
    yield el("ul", *lines, class_="bars")
    yield el(
        "p",
        f"At least {interval.lower} by {interval.lower_by}; at most {interval.upper} by "
        f"{interval.upper_by}. ",
        *(f"{_sentence(note)} " for note in interval.notes),
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
    yield _legend(
        ("solid", "costs at least"), ("maybe", "perhaps more"), ("pale", "its rank alone")
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
                f"{_span(c.least, c.most)} of {c.alone}",
            )
            for c in shown
        ),
        class_="bars",
    )  # fmt: skip
    yield el("p", _sentence(found.costs_how), class_="note")
    cost = {c.query: c for c in found.costs}
    head = ["relation", "facts", "keys with a value", "without", "with several", "values",
            "rank alone", "cost", "terms that serve only it"]  # fmt: skip
    sources = [name for name, _ in _sources(found.audit)][:6]
    yield el("h3", "Relation by relation")
    yield table(
        [*head, *(f"keys in {name or '(no source)'}" for name in sources)],
        (
            [label(c.query), c.facts, c.answered, c.missing, c.several, c.range,
             cost[c.query].alone,
             el("span", _span(cost[c.query].least, cost[c.query].most), class_="whole"),
             cost[c.query].own, *(c.by_source.get(name, 0) for name in sources)]
            for c in found.audit.columns[:ROWS]
        ),
        "Relations",
        max(0, len(found.audit.columns) - ROWS),
    )  # fmt: skip


def _map(found: Report) -> Iterator[Safe]:
    counts = found.audit
    yield el("h2", "Where values are missing", id="map")
    yield el(
        "p",
        f"{counts.missing} of {counts.keys * counts.queries} cells (key, query) have no value. One "
        "strip a relation, the keys from left to right in their order in the file. A relation need "
        "not concern every key.",
    )
    group = -(-counts.keys // CELLS)
    shared = f" ({group} keys a cell)" if group > 1 else ""
    part = [("pale", "some have")] if group > 1 else []
    yield _legend(("solid", "has a value"), *part, ("hole", "none"),
                  ("red", f"several values{shared}"))  # fmt: skip
    columns = counts.columns[:60]
    kinds = _kinds(found, len(columns), group)
    yield el(
        "ul",
        *(
            el("li", el("span", label(c.query), class_="name"),
               strip(cells, f"{c.answered} of {counts.keys} keys have a value"),
               el("span", f"{c.missing} missing", class_="told"))
            for c, cells in zip(columns, kinds, strict=True)
        ),
        class_="bars",
    )  # fmt: skip
    for column in [c for c in columns if c.missing]:
        named = column.missing_keys[:100]
        rest = column.missing - len(named)
        yield el(
            "details",
            el(
                "summary",
                label(column.query),
                f": {counted(column.missing, 'key')} without a value",
            ),
            el("p", *_listed(map(label, named)), f", and {rest} more" if rest else ""),
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


def _several(counts: Audit) -> Iterator[Safe]:
    yield el("h2", "Pairs with several values", id="several")
    if not counts.several:
        yield el("p", "None: every pair (key, query) that has a value has one.")
        return
    between = sum(s.between for s in counts.several)
    split = (
        f" For {between} of them no single source gives more than one: the sources differ. "
        if counts.sources
        else " "
    )
    yield el(
        "p",
        f"{len(counts.several)} pairs.{split}Some relations truly have several answers; a count "
        f"cannot tell. Whoever answers each pair with one value recalls at most {counts.pairs} of "
        f"{counts.facts} facts, {counts.ceiling:.4f}.",
    )
    yield table(
        ["key", "query", "values, and where they stand"],
        (
            [label(s.key), label(s.query), join(_valued(s.values))]
            for s in counts.several[:ROWS]
        ),
        "Pairs with several values",
        len(counts.several) - min(ROWS, len(counts.several)),
    )  # fmt: skip


def _valued(values: Sequence[tuple[str, Sequence]]) -> Iterator[object]:
    for n, (value, places) in enumerate(values[:20]):
        yield Safe("<br>") if n else ""
        yield label(value)
        yield el("span", f" {places_text(places)}", class_="note")


def _repeats(counts: Audit) -> Iterator[Safe]:
    yield el("h2", "Facts given twice by one source", id="repeats")
    if not counts.repeats:
        yield el("p", "None.")
        return
    yield table(
        ["key", "query", "value", "where"],
        (
            [label(r.key), label(r.query), label(r.value), places_text(r.places, 20)]
            for r in counts.repeats[:ROWS]
        ),
        "Facts given twice",
        len(counts.repeats) - min(ROWS, len(counts.repeats)),
    )


def _labels(counts: Audit) -> Iterator[Safe]:
    yield el("h2", "Labels spelled nearly alike", id="labels")
    yield el(
        "p",
        "Perhaps one thing under two names, perhaps two things: only a reader can tell. Facts in "
        "common are those that would become one.",
    )
    if counts.variants:
        yield table(
            ["kind", "one", "other", "likeness", "differ in", "facts in common",
             "pairs that clash"],
            (
                [MODE[v.mode], label(v.near.one), label(v.near.other), v.near.score,
                 v.near.differ_in, v.same, v.clash]
                for v in counts.variants[:ROWS]
            ),
            "Labels nearly alike",
            len(counts.variants) - min(ROWS, len(counts.variants)),
        )  # fmt: skip
    else:
        yield el("p", "None found.")
    partial = [f"{PLURAL[m]}: {s.how}. " for m, s in counts.searches.items() if not s.complete]
    yield el("p", *partial, class_="note") if partial else Safe("")
    yield el("h3", "Keys that share rare values", id="twins")
    yield el("p", "Two names of one thing agree where few others do, whatever their spelling.")
    if counts.same_keys:
        yield table(
            ["one", "other", "facts in common", "such as", "relations that differ"],
            (
                [label(t.one), label(t.other), len(t.same),
                 join(_listed(label(value) for _, value in t.same[:4])), t.differ]
                for t in counts.same_keys[:ROWS]
            ),
            "Keys that share rare values",
            len(counts.same_keys) - min(ROWS, len(counts.same_keys)),
        )  # fmt: skip
    else:
        yield el("p", "None.")
    yield el("h3", "Odd labels", id="odd")
    if not counts.odd:
        yield el("p", "None.")
        return
    yield table(
        ["kind", "label", "what is odd"],
        ([MODE[odd.mode], label(odd.label), odd.why] for odd in counts.odd[:ROWS]),
        "Odd labels",
        len(counts.odd) - min(ROWS, len(counts.odd)),
    )


def _shared(counts: Audit) -> Iterator[Safe]:
    yield el("h2", "Values shared by relations", id="shared")
    yield el(
        "p",
        f"{counts.shared_values} of {counts.values} values stand under two relations or more. "
        "Where none does, and each pair has one value, the rank is the number of values: only "
        "sharing can make it smaller than the pairs (query, value).",
    )
    if not counts.shared:
        return
    if len(counts.columns) <= MATRIX:
        yield _matrix(counts)
    yield table(
        ["relation", "relation", "shared values", "such as"],
        (
            [label(s.one), label(s.other), s.values, join(_listed(map(label, s.named)))]
            for s in counts.shared[:30]
        ),
        "Shared values",
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
              aria_label="Values shared by each pair of relations")  # fmt: skip


def _near(found: Report) -> Iterator[Safe]:
    yield el("h2", "Relations that nearly agree", id="near")
    yield el(
        "p",
        "A relation can be written as another one and their difference. Where the difference has "
        "a smaller rank than the relation itself, that saves terms.",
    )
    if not found.agreements:
        yield el("p", "None.")
        return
    yield table(
        ["relation", "relation", "rank of the difference", "saves", "same on keys", "not on"],
        (
            [label(a.one), label(a.two), a.apart, a.saved, a.same, a.other]
            for a in found.agreements[:ROWS]
        ),
        "Relations that nearly agree",
        len(found.agreements) - min(ROWS, len(found.agreements)),
    )


def _method(found: Report) -> Iterator[Safe]:
    yield el("h2", "How this was found", id="method")
    yield el(
        "p",
        "Every bound that was tried on the whole table. Labels that have the same facts are taken "
        "as one here, which leaves the rank as it is. P1, U2 and the like are names of theorems in "
        "the book of factrank: those with P are bounds from below, those with U from above.",
    )
    yield table(["bound", "value"], found.interval.evidence, "Bounds tried")
    yield el(
        "footer",
        f"factrank {__version__}. The facts, whatever file they stand in: SHA-256 "
        f"{found.database.digest()}. The rank is that of the 0/1 tensor over the real numbers; "
        "factrank rank --certificate writes the proof as a file.",
    )


def _legend(*entries: tuple[str, str]) -> Safe:
    inner = (
        el("span", el("span", class_=f"key {kind}"), name, class_="whole") for kind, name in entries
    )
    return el("p", join(_listed(inner, " ")), class_="note")


def _listed(parts: Iterable[Safe], between: str = ", ") -> Iterator[object]:
    for n, part in enumerate(parts):
        yield between if n else ""
        yield part


def _span(low: int, high: int) -> str:
    return str(low) if low == high else f"{low} to {high}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
