"""Databases from what a program already holds: a data frame, an array of zeros and ones."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from itertools import product
from typing import Any

from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.facts.reading.parse import parse_rows


def from_frame(
    frame: Any,
    *,
    format: str | None = None,
    key: str | Sequence[str] | None = None,
    columns: str | Sequence[str] | None = None,
) -> Database:
    """The database in a pandas or polars frame, read as the same table in a file is. [ours]

    Columns whose names mean key, query and value are triples, in any order; all else is a wide
    table, a row a key, a column a relation, an empty cell no fact; where three columns could be
    either, a warning says so. ``format``, ``key`` and ``columns`` as in ``read``. An index is no
    column: ``reset_index`` makes it one.

    Errors: ``FactrankError`` for what is no frame, and as ``parse_rows`` tells them.

    >>> import pandas as pd
    >>> frame = pd.DataFrame({"country": ["Norway", "Japan"], "capital": ["Oslo", None]})
    >>> list(from_frame(frame).triples())
    [('Norway', 'capital', 'Oslo')]
    """
    if hasattr(frame, "write_csv"):  # polars
        text = frame.write_csv()
    elif hasattr(frame, "to_csv") and hasattr(frame, "convert_dtypes"):
        # pandas turns whole numbers with gaps into floats: 1 would be called 1.0
        text = frame.convert_dtypes().to_csv(index=False)
    else:
        found = f"{type(frame).__module__}.{type(frame).__name__}"
        raise FactrankError(f"frame: expected a data frame of pandas or polars, found a {found}")
    rows = parse_rows(text, "frame", format=format, header=True, key=key, columns=columns)
    for sentence in rows.told:  # how a file could be read otherwise is told in a command's words
        read = sentence.partition(" (")[0]
        warnings.warn(f"{read}; format='triples' or 'wide' settles it", stacklevel=2)
    return rows.database()


def from_tensor(
    tensor: Any,
    keys: Sequence[str] | None = None,
    queries: Sequence[str] | None = None,
    values: Sequence[str] | None = None,
) -> Database:
    """The database whose tensor D[k, q, v] is an array of zeros and ones. [ours]

    ``tensor`` has three modes and a ``shape`` (numpy, torch). Labels are given for all indices of
    a mode, or are k0, k1, ..., q0, ..., v0, ...

    Errors: ``FactrankError`` for another number of modes, another entry, or labels too few or many.

    >>> list(from_tensor([[[1, 0]], [[0, 1]]], values=["tea", "milk"]).triples())
    [('k0', 'q0', 'tea'), ('k1', 'q0', 'milk')]
    """
    import numpy as np

    D = np.asarray(tensor)
    if D.ndim != 3:
        raise FactrankError(f"tensor: expected three modes, found shape {D.shape}")
    if len(wrong := D[(D != 0) & (D != 1)]):
        raise FactrankError(f"tensor: expected entries 0 and 1, found {wrong[0]}")
    labels = []
    for letter, size, given in zip("kqv", D.shape, (keys, queries, values), strict=True):
        names = [f"{letter}{n}" for n in range(size)] if given is None else [*given]
        if len(names) != size:
            raise FactrankError(
                f"tensor: expected {size} labels of mode {letter.upper()}, found {len(names)}"
            )
        labels.append(tuple(names))
    facts = tuple(fact for fact in product(*map(range, D.shape)) if D[fact])
    return Database(*labels, facts)
