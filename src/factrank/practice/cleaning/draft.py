"""A file of decisions drafted from an audit: proposals with evidence, none applied yet."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from factrank.facts.labels import NAMES
from factrank.facts.rows import Rows
from factrank.facts.words import counted
from factrank.practice.cleaning.decisions import VERSION
from factrank.practice.cleaning.normalize import rows_digest
from factrank.practice.findings.counted import PLACEHOLDERS, Audit
from factrank.practice.findings.counts import Place
from factrank.rank.algebra.graphs import DisjointSets

SURE = 99  # likeness of labels that differ in marks or order only
MOST = 500  # blocks of one kind; a file of thousands is read by nobody

OPENING = """\
# Decisions about {name}, drafted by factrank audit for a person to read.
#
# Nothing here is applied yet. Read each block, correct it or delete it, and where you agree write
# apply = true. Blocks are applied from the top down, each to what the ones before it left.
# Then: factrank normalize {name} -o CLEAN.csv --decisions THIS_FILE
"""


class Link(NamedTuple):
    """Two labels of a mode that may be one, and why."""

    mode: str
    one: str
    two: str
    why: str
    sure: bool


def draft(rows: Rows, audit: Audit) -> str:
    """The text of the file: what to keep, to drop, to merge, to do where values differ. [ours]

    >>> from factrank.practice.findings.counted import audit
    >>> from factrank.facts.reading.read import parse_rows
    >>> rows = parse_rows("key,query,value\\nOslo,in,Norway\\nOslo,in,norway\\n")
    >>> print(draft(rows, audit(rows)).split("[[decision]]")[2])
    <BLANKLINE>
    apply = false
    rule = "merge"
    mode = "value"
    labels = ["Norway", "norway"]
    into = "Norway"
    # "Norway" and "norway": likeness 100 (case, accents, blanks or marks), given 1 and 1 times,
    1 fact in common
    <BLANKLINE>
    <BLANKLINE>
    """
    # a name with a line end would leave the comment
    parts = [OPENING.format(name=json.dumps(audit.name) if not _plain(audit.name) else audit.name)]
    parts.append(
        f"version = {VERSION}\nfacts = {text(audit.name)}\nsha256 = {text(rows_digest(rows))}\n"
    )
    blocks = [*_keeps(audit), *_drops(audit), *_merges(rows, audit), *_general(rows, audit)]
    if not blocks:
        parts.append(
            "# The audit found nothing to decide in what it compared. A block for your own use:\n"
            '# [[decision]]\n# rule = "drop"\n# value = "a label"\n'
        )
    return "\n".join([*parts, *blocks])


def text(label: str) -> str:
    """The label as a TOML string, on one line.

    >>> print(text('a "b"'))
    "a \\"b\\""
    """
    return json.dumps(label, ensure_ascii=False).replace("\x7f", "\\u007f")


def _plain(name: str) -> bool:
    return name.isprintable() and " " not in name


def _block(rule: str, fields: Iterable[tuple[str, object]], why: Sequence[str]) -> str:
    lines = ["[[decision]]", "apply = false", f'rule = "{rule}"']
    for name, value in fields:
        written = text(value) if isinstance(value, str) else f"[{', '.join(map(text, value))}]"  # type: ignore[call-overload]
        lines.append(f"{name} = {written}")
    return "\n".join([*lines, *(f"# {line}" for line in why), ""])


def _merges(rows: Rows, audit: Audit) -> Iterator[str]:
    """A block for each group of labels that are one but for marks, or share all that they say; then
    one for each pair that is only likely. The most frequent label is proposed."""
    for mode, column, labels in (
        ("K", rows.k, rows.keys),
        ("Q", rows.q, rows.queries),
        ("V", rows.v, rows.values),
    ):
        times = Counter(column)
        often = {label: times[i] for i, label in enumerate(labels)}
        links = [link for link in _links(audit, often) if link.mode == mode]
        name: dict[str, str] = {}  # label -> that of its group
        blocks = 0
        for sure in (True, False):
            for group in _groups([link for link in links if link.sure == sure], name, sure):
                into = max(group, key=lambda label: (label == label.strip(), often[label]))
                name.update(dict.fromkeys(group, into))
                why = [
                    link.why for link in links if name.get(link.one) == name.get(link.two) == into
                ]
                fields = [("mode", NAMES[mode]), ("labels", group), ("into", into)]
                blocks += 1
                if blocks <= MOST:
                    yield _block("merge", fields, [*dict.fromkeys(why)])
        if blocks > MOST:
            more = counted(blocks - MOST, "more proposal")
            yield f"# and {more} to merge labels of mode {NAMES[mode]}\n"


def _groups(links: Sequence[Link], name: Mapping[str, str], joined: bool) -> Iterator[list[str]]:
    """The labels to merge, by the names that they have by now; likely links are not joined up."""
    pairs = [(name.get(link.one, link.one), name.get(link.two, link.two)) for link in links]
    pairs = [pair for pair in dict.fromkeys(pairs) if pair[0] != pair[1]]
    if not joined:
        taken: set[str] = set()
        for pair in pairs:  # one block a label: merged once, its other links are moot
            if taken.isdisjoint(pair):
                taken.update(pair)
                yield [*pair]
        return
    sets: DisjointSets = DisjointSets()
    for one, two in pairs:
        sets.join(one, two)
    groups: dict[object, list[str]] = {}
    for label in dict.fromkeys(label for pair in pairs for label in pair):
        groups.setdefault(sets.root(label), []).append(label)
    yield from groups.values()


def _links(audit: Audit, often: Mapping[str, int]) -> Iterator[Link]:
    for mode, near, same, clash, apart in audit.variants:
        if mode == "V" and {near.one.lower(), near.other.lower()} & PLACEHOLDERS:
            continue  # no value under any spelling: that is for a drop
        if clash and not same:  # they contradict each other wherever both speak
            continue
        times = f"given {often.get(near.one)} and {often.get(near.other)} times"
        clashes = f"; {counted(clash, 'pair')} would get several values" if clash else ""
        names = f"{text(near.one)} and {text(near.other)}: likeness {near.score} ({near.differ_in})"
        under = ", under different relations" if apart else ""
        why = f"{names}, {times}, {counted(same, 'fact')} in common{under}{clashes}"
        yield Link(mode, near.one, near.other, why, near.score >= SURE)
    for one, other, same, differ in audit.same_keys:
        values = ", ".join(text(value) for _, value in same[:4])
        why = f"{text(one)} and {text(other)} share {values}; differ on "
        yield Link("K", one, other, why + counted(differ, "relation"), not differ)


def _drops(audit: Audit) -> Iterator[str]:
    for odd in audit.odd:  # as many as there are placeholders, capitals and blanks aside
        if odd.why == "stands for no value" and odd.mode == "V":
            yield _block("drop", [("value", odd.label)], [odd.why])


def _keeps(audit: Audit) -> Iterator[str]:
    for several in audit.several[:MOST]:
        why = [f"{text(v)}: {places_text(places)}".rstrip(": ") for v, places in several.values]
        value = max(several.values, key=lambda value: len(value[1]))[0]  # the first of equals
        fields = [("key", several.key), ("query", several.query), ("value", value)]
        yield _block("keep", fields, why)
    if len(audit.several) > MOST:
        yield f"# and {counted(len(audit.several) - MOST, 'more pair')} with several values\n"


def _general(rows: Rows, audit: Audit) -> Iterator[str]:
    if not audit.several:
        return
    between = sum(several.between for several in audit.several)
    if len(audit.sources) > 1:
        sources = sorted(audit.sources, key=lambda source: -audit.sources[source])
        pairs = counted(len(audit.several), "pair")
        why = [f"would settle up to {between} of {pairs} with several values"]
        yield _block(
            "prefer", [("sources", sources)], [*why, "put the source you trust most first"]
        )
    by = "date" if "date" in rows.notes else "line"
    why = ["the newest date wins" if by == "date" else "the last line wins: only if later is newer"]
    yield _block("newest", [("by", by)], why)


def places_text(places: Sequence[Place], most: int = 5) -> str:
    """Where a value stands, in words.

    >>> places_text([Place(3, "a", "2024"), Place(9, "", "")])
    'line 3 (a, 2024), line 9'
    """
    shown = []
    for line, source, date in places[:most]:
        noted = ", ".join(text(x)[1:-1] for x in (source, date) if x)
        at = f"line {line}" if line else ""
        if at or noted:
            shown.append(f"{at} ({noted})" if at and noted else at or noted)
    more = f", ... {len(places) - most} more" if len(places) > most else ""
    return ", ".join(shown) + more
