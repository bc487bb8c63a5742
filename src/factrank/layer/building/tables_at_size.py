"""Gates and circle (A7, S1) without an array of keys x queries x values.

The same logits as ``compile_gates`` and ``compile_circle`` write, up to rounding. A circle's two
directions are known, so nothing is factored to find them; gates read their tokens in as few
dimensions as will do, not in one a token.
"""

from __future__ import annotations

import numpy as np

from factrank.facts.database import Database
from factrank.layer.attention import AttentionLayer
from factrank.layer.building.assembly import assemble
from factrank.layer.building.from_tables import gate_heads, slice_heads, table_of


def gates_at_size(database: Database, scale: float, embeddings: str = "smallest") -> AttentionLayer:
    """A7: L = beta (A^2 - (A - g_v)^2), beta = ``scale``. [ours]

    >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "y"), ("b", "s", "x")])
    >>> L = gates_at_size(db, 1.0).layer_tensor()[0]
    >>> [int(L[k, q].argmax()) for k, q, _ in db.facts]
    [0, 1, 0]
    """
    heads = gate_heads(table_of(database, "gates"), database.shape[2])
    return assemble(heads.times(scale), embeddings)


def circle_at_size(
    database: Database, scale: float, embeddings: str = "smallest"
) -> AttentionLayer:
    """S1: L = beta cos(2 pi (v - f_q(k))/V), beta = ``scale``, as the sum of two products,
    cos cos + sin sin; zero where there is no fact. [ours]

    >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "y"), ("b", "s", "z")])
    >>> circle_at_size(db, 2.0).layer_tensor()[0, 0, 0].round(decimals=6).tolist()
    [2.0, -1.0, -1.0]
    """
    table = table_of(database, "circle")
    angle = 2 * np.pi * np.arange(database.shape[2]) / database.shape[2]
    waves = np.stack([np.cos(angle), np.sin(angle)])
    there = (table >= 0)[:, :, None]
    M = np.where(there, waves.T[table], 0.0)  # k q 2
    used = np.abs(M).max((0, 1)) > 0  # one value, or two opposite ones: no sine
    return assemble(slice_heads(M[:, :, used], scale * waves[used]), embeddings)
