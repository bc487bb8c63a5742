"""Databases from what a program already holds: a data frame, a graph, an array of 0 and 1."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Sequence, Set
from itertools import product
from typing import Any

from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.facts.reading.options import TABLES, Reading
from factrank.facts.reading.typed import NoCell, rows_of_cells, shortest, text_of
from factrank.facts.words import counted

_AGAIN = re.compile(r" rows as \S+ keys?: (line (\d+)) has the key ")
NARROW = {"float32": "f", "float[pyarrow]": "f", "float16": "e", "halffloat[pyarrow]": "e"}


def from_frame(
    frame: Any,
    *,
    format: str | None = None,
    key: Any = None,
    columns: Any = None,
) -> Database:
    """The database in a pandas or polars frame, read as the same table in a file is. [ours]

    Columns whose names mean key, query and value are triples, in any order; all else is a wide
    table, a row a key, a column a relation, an empty cell no fact; where three columns could be
    either, a warning says so. ``format``, ``key`` and ``columns`` as in ``read``. A whole number is
    the same label whatever its column holds else (1 and 1.0 are "1"), a day is "2024-05-31".

    An index of whole numbers is dropped as a numbering of the rows, with a warning if it does not
    number them from 0.

    Errors: ``FactrankError`` for what is no frame, an index that is no mere numbering, another
    ``format``, a cell that is no text, number, date or truth value, and as ``parse_rows`` tells
    them.

    >>> import pandas as pd
    >>> frame = pd.DataFrame({"country": ["Norway", "Japan"], "capital": ["Oslo", None]})
    >>> list(from_frame(frame).triples())
    [('Norway', 'capital', 'Oslo')]
    """
    if format not in (None, *TABLES):
        raise FactrankError(f"format: expected one of {', '.join(TABLES)}, found {format!r}")
    names, cells = _columns(frame)
    texts = [
        [_text(cell, "frame: column {!r}, row {}", name, n) for n, cell in enumerate(column)]
        for name, column in zip(names, cells, strict=True)
    ]
    how = Reading(format, True, key=_named(key), columns=_named(columns))
    rows = rows_of_cells([names, *zip(*texts, strict=True)], "frame", how)
    for sentence in rows.told:
        read = sentence.partition(" (")[0]  # how else a file could be read is a command's words
        if again := _AGAIN.search(read):
            line = f"row {int(again[2]) - 2}"  # the names are line 1 of a file, and no row here
            read = f"{read[: again.start(1)]}{line}{read[again.end(1) :]}"
            warnings.warn(f"{read}; key=[...] chooses the columns of the key", stacklevel=2)
        elif format is None and key is None:
            warnings.warn(f"{read}; format='triples' or 'wide' settles it", stacklevel=2)
    return rows.database()


def _columns(frame: Any) -> tuple[list[str], list[list[Any]]]:
    """The names of a frame's columns, and their cells."""
    if hasattr(frame, "get_columns"):  # polars
        return list(frame.columns), [_cells(column) for column in frame.get_columns()]
    if not (hasattr(frame, "iloc") and getattr(frame, "ndim", 0) == 2):
        kind = type(frame)
        found = f"{kind.__module__}.{kind.__name__}".removeprefix("builtins.")
        raise FactrankError(f"frame: expected a data frame of pandas or polars, found a {found}")
    index = frame.index
    if index.nlevels > 1 or index.name is not None or index.dtype.kind not in "iu":
        raise FactrankError(
            "frame: expected a mere numbering as index, found one that may hold facts "
            "(reset_index() makes it a column, reset_index(drop=True) drops it)"
        )
    if frame.columns.nlevels > 1:
        raise FactrankError("frame: expected one name a column, found several levels of names")
    cells = [_cells(frame.iloc[:, n]) for n in range(frame.shape[1])]
    if sorted(index) != list(range(len(index))):
        warnings.warn(
            "frame: took an index of whole numbers that is no numbering from 0 as one "
            "(reset_index() makes it a column, reset_index(drop=True) drops it)",
            stacklevel=3,
        )
    return [_name(name) for name in frame.columns], cells


def _name(name: Any) -> str:
    """The name of a column, as a cell would be read."""
    try:
        return text_of(name)
    except NoCell:
        return str(name)


def _cells(column: Any) -> list[Any]:
    """The cells of a column; a number of 32 bits or fewer as a file has it: its shortest text."""
    kind, cells = NARROW.get(str(column.dtype).lower()), column.to_list()
    return cells if kind is None else [shortest(cell, kind) for cell in cells]


def _text(cell: Any, place: str, *at: Any) -> str:
    try:
        return text_of(cell)
    except NoCell as error:
        rule = "expected text, a number or a date"
        raise FactrankError(f"{place.format(*at)}: {rule}, found a {error}") from None


def _named(columns: Any) -> Any:
    """Names of columns, which a frame may have as numbers, as text."""
    if columns is None or isinstance(columns, str):
        return columns
    return [_name(it) for it in (columns if isinstance(columns, Iterable) else [columns])]


def from_graph(graph: Any, query: str | None = None) -> Database:
    """The database of a directed graph of networkx: an edge is a fact, from key to value. [ours]

    Its query is the attribute of that name; without one, the key of an edge of a MultiDiGraph.
    Nodes are labels as cells of a frame are; one without an edge is none.

    Errors: ``FactrankError`` for what is no directed graph, an edge without a query, a node that
    is no text, number or date, and two nodes of one label.

    >>> import networkx
    >>> graph = networkx.MultiDiGraph([("Norway", "Oslo", "capital")])
    >>> list(from_graph(graph).triples())
    [('Norway', 'capital', 'Oslo')]
    """
    if not all(hasattr(graph, it) for it in ("edges", "nodes", "is_directed")):
        kind = type(graph).__name__
        raise FactrankError(f"graph: expected a directed graph of networkx, found a {kind}")
    if not graph.is_directed():
        raise FactrankError("graph: expected directed edges, from key to value, found undirected")
    names: dict[Any, str] = {node: _text(node, "graph: node {!r}", node) for node in graph.nodes}
    if len(set(names.values())) < len(names):
        raise FactrankError("graph: expected nodes of different labels, found two of one")
    if query is None and not graph.is_multigraph():
        raise FactrankError("graph: expected the edge attribute that is the query, found none")
    if query is None:
        edges = list(graph.edges(keys=True))
    else:
        edges = [(k, v, data.get(query)) for k, v, data in graph.edges(data=True)]
    triples = []
    for key, value, said in edges:
        where = f"edge {key!r} to {value!r}"
        if query is None and not isinstance(said, str):
            raise FactrankError(f"graph: {where}: expected a text as its key, found {said!r}")
        if said is None or not (told := _text(said, "graph: edge {!r} to {!r}", key, value)):
            raise FactrankError(f"graph: {where}: expected a query in {query!r}, found none")
        triples.append((names[key], told, names[value]))
    return Database.from_triples(triples)


def from_tensor(
    tensor: Any,
    keys: Sequence[str] | None = None,
    queries: Sequence[str] | None = None,
    values: Sequence[str] | None = None,
) -> Database:
    """The database whose tensor D[k, q, v] is an array of zeros and ones. [ours]

    ``tensor`` has three modes (numpy, torch, nested lists). Labels are given for all indices of a
    mode, or are k0, k1, ..., q0, ..., v0, ...

    Errors: ``FactrankError`` for what is no array, another number of modes, another entry, or
    labels too few or many.

    >>> list(from_tensor([[[1, 0]], [[0, 1]]], values=["tea", "milk"]).triples())
    [('k0', 'q0', 'tea'), ('k1', 'q0', 'milk')]
    """
    import numpy as np

    try:
        D = np.asarray(tensor.detach().cpu() if hasattr(tensor, "detach") else tensor)
    except (TypeError, ValueError, RuntimeError) as error:
        raise FactrankError(f"tensor: expected a dense array of numbers, found: {error}") from None
    if D.ndim != 3:
        raise FactrankError(f"tensor: expected three modes, found shape {D.shape}")
    if np.ma.isMaskedArray(tensor):
        raise FactrankError("tensor: expected a plain array, found a masked one")
    if len(wrong := D[(D != 0) & (D != 1)]):
        raise FactrankError(f"tensor: expected entries 0 and 1, found {wrong[0]}")
    labels = []
    for letter, size, given in zip("kqv", D.shape, (keys, queries, values), strict=True):
        try:
            if isinstance(given, Set):  # which label is the first changes from run to run
                raise TypeError
            names = [f"{letter}{n}" for n in range(size)] if given is None else [*given]
        except TypeError:
            raise FactrankError(
                f"tensor: expected a list of labels of mode {letter.upper()}, found {given!r}"
            ) from None
        if len(names) != size:
            raise FactrankError(
                f"tensor: expected {counted(size, 'label')} of mode {letter.upper()}, "
                f"found {len(names)}"
            )
        # numpy has a text type of its own, which is text and reads otherwise
        labels.append(tuple(str(it) if isinstance(it, str) else it for it in names))
    facts = tuple((k, q, v) for k, q, v in product(*map(range, D.shape)) if D[k, q, v])
    return Database(labels[0], labels[1], labels[2], facts)
