"""The findings of an audit as tables: what a reader should look at, case by case. [ours]"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from factrank.practice.audit.report import MODE, Report, limits
from factrank.practice.cleaning.draft import places_text
from factrank.practice.findings.counted import Audit
from factrank.practice.findings.items import Place
from factrank.practice.html.markup import Safe, el, join, label, listed, sentence, table

ROWS = 200  # rows of one table that the page shows
MATRIX = 14  # relations up to which shared values are drawn as a square


def several(counts: Audit) -> Iterator[Safe]:
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


def _valued(values: Sequence[tuple[str, Sequence[Place]]]) -> Iterator[object]:
    for n, (value, places) in enumerate(values[:20]):
        yield Safe("<br>") if n else ""
        yield label(value)
        yield el("span", f" {places_text(places)}", class_="note")


def repeats(counts: Audit) -> Iterator[Safe]:
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


def labels(counts: Audit) -> Iterator[Safe]:
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
                 v.near.differ_in + (", under different relations" if v.apart else ""), v.same,
                 v.clash]
                for v in counts.variants[:ROWS]
            ),
            "Labels nearly alike",
            len(counts.variants) - min(ROWS, len(counts.variants)),
        )  # fmt: skip
    else:
        yield el("p", "None, within these limits." if limits(counts) else "None.")
    for limit in limits(counts):
        yield el("p", sentence(limit), class_="note")
    yield el("h3", "Keys that share rare values", id="twins")
    yield el("p", "Two names of one thing agree where few others do, whatever their spelling.")
    if counts.same_keys:
        yield table(
            ["one", "other", "facts in common", "such as", "relations that differ"],
            (
                [label(t.one), label(t.other), len(t.same),
                 join(listed(label(value) for _, value in t.same[:4])), t.differ]
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


def shared(counts: Audit) -> Iterator[Safe]:
    yield el("h2", "Values shared by relations", id="shared")
    yield el(
        "p",
        f"{counts.shared_values} of {counts.values} values stand under two relations or more. "
        "Where none does, and each pair has one value, the rank is the number of values: only "
        "sharing can make it smaller than the pairs (query, value).",
    )
    if not counts.shared_complete:
        yield el("p", "Not all pairs were counted: too many relations share values.", class_="note")
    if not counts.shared:
        return
    if len(counts.columns) <= MATRIX:
        yield _matrix(counts)
    yield table(
        ["relation", "relation", "shared values", "such as"],
        (
            [label(s.one), label(s.other), s.values, join(listed(map(label, s.named)))]
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


def near(found: Report) -> Iterator[Safe]:
    yield el("h2", "Relations that nearly agree", id="near")
    yield el(
        "p",
        "A relation can be written as another one and their difference. Where the difference has "
        "a smaller rank than the relation itself, that saves terms.",
    )
    if not found.all_compared:
        yield el("p", "Not all pairs were compared: too many relations.", class_="note")
    if not found.agreements:
        yield el("p", "None." if found.all_compared else "None among those compared.")
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
