"""Several sources as one: every occurrence of each, in their order, with its source beside it."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from factrank.facts.reading.options import SHOWN
from factrank.facts.rows import Rows
from factrank.facts.words import counted


def pooled(parts: Sequence[Rows]) -> Rows:
    """The rows of all parts; equal text is the same label, and a fact that stands in several of
    them counts once, as one given twice in one file does.

    Where no part has a column ``source``, the note ``source`` says which part it was (an audit
    counts by it); else the note ``file`` does.

    >>> from factrank.facts.reading.parse import parse_rows
    >>> one, two = (parse_rows(f"key,query,value\\nAnn,likes,{it}\\n", it) for it in ("tea", "ale"))
    >>> both = pooled([one, two])
    >>> both.values, both.notes, both.told
    (('tea', 'ale'), {'source': ['tea', 'ale']}, ('tea+ale: read 2 sources as one, 2 facts',))
    """
    name = "+".join(part.name for part in parts)
    keys, queries, values = (dict[str, int]() for _ in range(3))
    k, q, v, line = (array("i") for _ in range(4))
    for part in parts:
        for all_, labels, codes, into in (
            (keys, part.keys, part.k, k), (queries, part.queries, part.q, q),
            (values, part.values, part.v, v),
        ):  # fmt: skip
            place = [all_.setdefault(label, len(all_)) for label in labels]
            into.extend(place[code] for code in codes)
        line.extend(part.line)
    labels = tuple(keys), tuple(queries), tuple(values)
    skipped = tuple(sentence for part in parts for sentence in part.skipped)
    count = sum(part.skipped_count for part in parts)
    told = [_told(name, parts, k, q, v), *(sentence for part in parts for sentence in part.told)]
    return Rows(name, *labels, k, q, v, line, _notes(parts), skipped[:SHOWN], count, tuple(told))


def _notes(parts: Sequence[Rows]) -> dict[str, list[str]]:
    names = dict.fromkeys(name for part in parts for name in part.notes)
    notes = {
        name: [text for part in parts for text in part.notes.get(name) or [""] * len(part)]
        for name in names
    }
    names = ("source", "file", *(f"file {n}" for n in range(2, len(notes) + 3)))
    which = next(it for it in names if it not in notes)
    notes[which] = [part.name for part in parts for _ in range(len(part))]
    return notes


def _told(name: str, parts: Sequence[Rows], *columns: Sequence[int]) -> str:
    facts = list(zip(*columns, strict=True))
    at, seen, again = 0, set[tuple[int, ...]](), set[tuple[int, ...]]()
    for part in parts:
        mine = set(facts[at : at + len(part)])
        again |= mine & seen
        seen |= mine
        at += len(part)
    twice = f", {len(again)} of them in more than one" if again else ""
    return f"{name}: read {len(parts)} sources as one, {counted(len(seen), 'fact')}{twice}"
