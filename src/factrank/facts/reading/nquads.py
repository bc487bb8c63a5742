"""N-Quads, parsed by pyoxigraph (extra `rdf`): a fact a line, its graph a note beside it."""

from __future__ import annotations

import io

from factrank.facts.reading.options import Faults
from factrank.facts.reading.rdf import Labels, sentence
from factrank.facts.rows import Collector
from factrank.packages import needed


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
