"""N-Triples, Turtle and N-Quads, parsed by pyoxigraph (extra `rdf`): each fact with its line, the
graph of a quad as a note beside it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

from factrank.facts.reading.options import Faults, cut
from factrank.facts.rows import Collector
from factrank.packages import needed

# what the parser calls a blank node that the text does not name
_MADE = re.compile(r"[a-f][0-9a-f]{15,31}")
_PLACE = re.compile(r"Parser error [^:]*: ")


def rdf_of(text: str, faults: Faults, format: str) -> Collector:
    """The facts of N-Triples, N-Quads or Turtle: subject, predicate, object.

    Labels tell the kinds of terms apart: an IRI is its text, a literal is as N-Triples writes it
    (``"Oslo"``, ``"Oslo"@en``, ``"5"^^<...#integer>``), a blank node ``_:name``, or ``[n]`` for the
    n-th that has no name. The line of a fact is the one on which its object ends. In two graphs of
    N-Quads a fact stands twice, and counts once; the note ``graph`` of the default graph is empty.
    """
    needed(faults.name, "rdf")
    import pyoxigraph as ox

    quads, label = format == "nquads", Labels(text)
    collector = Collector(["graph"] if quads else [])
    read = _turtle(ox, text, faults) if format == "turtle" else _by_line(ox, text, quads, faults)
    for line, found in read:
        terms = found.subject, found.predicate, found.object
        if any(isinstance(term, ox.Triple) for term in terms):
            rule = "an IRI, a blank node or a literal"
            faults.add(line, f"found a triple inside a triple, expected {rule}")
            continue
        key, query, value = map(label, terms)
        named = quads and not isinstance(found.graph_name, ox.DefaultGraph)
        collector.add(line, key, query, value, [label(found.graph_name) if named else ""])
        collector.own.update(
            it for it, term in zip((key, value), terms[::2], strict=True)
            if isinstance(term, ox.BlankNode)
        )  # fmt: skip
    if not text.strip() and not faults.count:
        faults.add(1, f"found no text, expected {'N-Quads' if quads else format}", fatal=True)
    if any(collector.notes.get("graph", ())):
        collector.told.append(
            f"{faults.name}: kept the graph as a note, beside the fact of each line"
        )
    else:
        collector.notes.clear()
    return collector


def _by_line(ox: Any, text: str, quads: bool, faults: Faults) -> Iterator[tuple[int, Any]]:
    """Line by line: a fault costs its line alone."""
    format = ox.RdfFormat.N_QUADS if quads else ox.RdfFormat.N_TRIPLES
    for line, written in enumerate(io.StringIO(text, newline=""), 1):
        try:
            yield from [(line, it) for it in ox.parse(written, format=format)]
        except SyntaxError as error:
            faults.add(line, sentence(error, "N-Quads" if quads else "N-Triples"))


def _turtle(ox: Any, text: str, faults: Faults) -> Iterator[tuple[int, Any]]:
    """The parser is given one line at a time, so that what it returns ends on the line given last.

    After a fault it finds its way to a later statement and may pass over some: every fault here is
    fatal, so that none is left out in silence.
    """
    lines = _Lines(text)
    triples = ox.parse(lines, format=ox.RdfFormat.TURTLE)
    while True:
        try:
            for triple in triples:
                yield lines.line, triple
            return
        except SyntaxError as error:
            faults.add(error.lineno or lines.line, sentence(error, "Turtle"), fatal=True)


class _Lines:
    """A file whose every read is one line."""

    def __init__(self, text: str) -> None:
        self.lines = io.StringIO(text, newline="")
        self.line = 0

    def read(self, _size: int = -1) -> bytes:
        data = self.lines.readline().encode()
        self.line += bool(data)
        return data


def sentence(error: SyntaxError, format: str) -> str:
    reason = cut(_PLACE.sub("", error.msg), 120)
    at = "" if error.offset is None else f" at column {error.offset}"
    return f"found a fault{at} ({reason}), expected {format}"


class Labels:
    """The label of a term; equal terms have equal labels, and no others."""

    def __init__(self, text: str) -> None:
        self.named = set(re.findall(r"_:([a-f][0-9a-f]{15,31})", text))
        self.made: dict[str, str] = {}

    def __call__(self, term: Any) -> str:
        kind = type(term).__name__
        if kind == "NamedNode":
            return term.value  # type: ignore[no-any-return]  # a class told by its name
        if kind == "BlankNode" and _MADE.fullmatch(term.value) and term.value not in self.named:
            return self.made.setdefault(term.value, f"[{len(self.made) + 1}]")
        return str(term)
