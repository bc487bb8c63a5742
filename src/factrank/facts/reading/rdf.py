"""N-Triples, Turtle and N-Quads, parsed by pyoxigraph (extra `rdf`): each fact with its line, the
graph of a quad as a note beside it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from factrank.facts.reading.options import Faults, cut
from factrank.facts.rows import Collector
from factrank.packages import needed

if TYPE_CHECKING:
    import pyoxigraph


# what the parser calls a blank node that the text does not name
_MADE = re.compile(r"[a-f][0-9a-f]{15,31}")
_PLACE = re.compile(r"Parser error [^:]*: ")


def rdf_of(text: str, format: str, faults: Faults) -> Collector:
    """The facts of N-Triples or Turtle: subject, predicate, object.

    Labels tell the kinds of terms apart: an IRI is its text, a literal is as N-Triples writes it
    (``"Oslo"``, ``"Oslo"@en``, ``"5"^^<...#integer>``), a blank node ``_:name``, or ``[n]`` for the
    n-th that has no name. The line of a fact is the one on which its object ends.
    """
    needed(faults.name, "rdf")
    import pyoxigraph

    collector = Collector()
    label = Labels(text)
    read = _ntriples if format == "ntriples" else _turtle
    for line, triple in read(pyoxigraph, text, faults):
        terms = triple.subject, triple.predicate, triple.object
        if any(isinstance(term, pyoxigraph.Triple) for term in terms):
            found = "found a triple inside a triple, expected an IRI, a blank node or a literal"
            faults.add(line, found)
        else:
            collector.add(line, *map(label, terms))
    if not text.strip() and not faults.count:
        faults.add(1, f"found no text, expected {format}", fatal=True)
    return collector


def _ntriples(ox: Any, text: str, faults: Faults) -> Iterator[tuple[int, pyoxigraph.Triple]]:
    """Line by line: a fault costs its line alone."""
    for line, written in enumerate(io.StringIO(text, newline=""), 1):
        try:
            yield from [(line, it) for it in ox.parse(written, format=ox.RdfFormat.N_TRIPLES)]
        except SyntaxError as error:
            faults.add(line, sentence(error, "N-Triples"))


def _turtle(ox: Any, text: str, faults: Faults) -> Iterator[tuple[int, pyoxigraph.Triple]]:
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


def nquads_of(text: str, faults: Faults) -> Collector:
    """The facts of N-Quads, labels as in N-Triples (``rdf_of``); in two graphs a fact stands twice,
    and counts once. The note ``graph`` of the default graph is empty."""
    needed(faults.name, "rdf")
    import pyoxigraph as ox

    collector = Collector(["graph"])
    label = Labels(text)
    for line, written in enumerate(io.StringIO(text, newline=""), 1):
        try:
            for quad in ox.parse(written, format=ox.RdfFormat.N_QUADS):
                terms = quad.subject, quad.predicate, quad.object
                if any(isinstance(term, ox.Triple) for term in terms):
                    rule = "an IRI, a blank node or a literal"
                    faults.add(line, f"found a triple inside a triple, expected {rule}")
                    continue
                key, query, value = map(label, terms)
                default = isinstance(quad.graph_name, ox.DefaultGraph)
                collector.add(line, key, query, value, ["" if default else label(quad.graph_name)])
        except SyntaxError as error:
            faults.add(line, sentence(error, "N-Quads"))
    if not text.strip() and not faults.count:
        faults.add(1, "found no text, expected N-Quads", fatal=True)
    if any(collector.notes["graph"]):
        collector.told.append(
            f"{faults.name}: kept the graph as a note, beside the fact of each line"
        )
    else:
        del collector.notes["graph"]
    return collector
