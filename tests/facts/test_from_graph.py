"""A directed graph as a database: edges are facts, nothing is lost in silence."""

from __future__ import annotations

import pytest

import factrank as fr

nx = pytest.importorskip("networkx")


def test_a_multigraph_has_its_queries_as_keys_or_attributes():
    graph = nx.MultiDiGraph()
    graph.add_edge("Norway", "Oslo", key="capital")
    graph.add_edge("Norway", "Oslo", key="largest city", kind="size")
    graph.add_node("alone")
    assert set(fr.from_graph(graph)) == {
        ("Norway", "capital", "Oslo"), ("Norway", "largest city", "Oslo"),
    }  # fmt: skip
    graph["Norway"]["Oslo"]["capital"]["kind"] = 3.0
    assert set(fr.from_graph(graph, "kind")) == {
        ("Norway", "3", "Oslo"),
        ("Norway", "size", "Oslo"),
    }


def test_a_digraph_has_them_as_an_attribute():
    graph = nx.DiGraph()
    graph.add_edge(1, 2.5, relation="next")
    assert list(fr.from_graph(graph, "relation")) == [("1", "next", "2.5")]


def digraph(*edges):
    graph = nx.DiGraph()
    for key, value, data in edges:
        graph.add_edge(key, value, **data)
    return graph


@pytest.mark.parametrize(
    ("graph", "query", "sentence"),
    [
        (nx.Graph([("a", "b")]), None,
         "graph: expected directed edges, from key to value, found undirected"),
        ([("a", "b")], None, "graph: expected a directed graph of networkx, found a list"),
        (digraph(("a", "b", {})), None,
         "graph: expected the edge attribute that is the query, found none"),
        (digraph(("a", "b", {"r": "x"}), ("b", "a", {})), "r",
         "graph: edge 'b' to 'a': expected a query in 'r', found none"),
        (digraph(("a", "b", {"r": ""})), "r",
         "graph: edge 'a' to 'b': expected a query in 'r', found none"),
        (nx.MultiDiGraph([("a", "b")]), None,
         "graph: edge 'a' to 'b': expected a text as its key, found 0"),
        (digraph((1, "1", {"r": "x"})), "r",
         "graph: expected nodes of different labels, found two of one"),
        (digraph((("a", 1), "b", {"r": "x"})), "r",
         "graph: node ('a', 1): expected text, a number or a date, found a tuple"),
        (digraph(("a", "b", {"r": ["x"]})), "r",
         "graph: edge 'a' to 'b': expected text, a number or a date, found a list"),
    ],
)  # fmt: skip
def test_what_is_refused(graph, query, sentence):
    with pytest.raises(fr.FactrankError) as said:
        fr.from_graph(graph, query)
    assert str(said.value) == sentence
