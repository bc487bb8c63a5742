"""Gates packed: A7 with about one number for each fact, in the embeddings or in the attention.

A layer that is read by argmax need not spend its rank on exact logits. One head decides by its
attention on the key, a number between 0 and 1, which of |V| gates is nearest; so a fact is one
number, and all other numbers are the same for every table of that shape. The proof, and what the
numbers cost in bits: chapter "Bits for each parameter".
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from factrank.errors import FactrankError, given
from factrank.facts.database import Database
from factrank.facts.strict import one_of
from factrank.layer.attention import AttentionLayer, Weights
from factrank.layer.building.assembly import MOST_WEIGHTS
from factrank.layer.building.compile import gates_at
from factrank.layer.building.from_terms import gates, log_odds, table_of
from factrank.layer.config import LayerConfig
from factrank.layer.model import NamedLayer
from factrank.layer.survey import survey

FACTS_IN = ("embeddings", "attention")


class Sizes(NamedTuple):
    """What a packed layer costs: ``facts_in`` numbers hold the table, the others are given."""

    d_model: int
    d_head_qk: int
    attention: int
    embedding: int

    @property
    def all(self) -> int:
        """All numbers of the layer."""
        return self.attention + self.embedding


def packed_sizes(shape: tuple[int, int, int], facts_in: str = "embeddings") -> Sizes:
    """The sizes of ``compile_packed`` for (keys, queries, values), before any work. [ours]

    In the embeddings: d_model = Q + 2, d_qk = Q, in all (Q + 2)(K + 3 Q + V + 4) numbers. In the
    attention: d_model = max(K, Q) + 2, d_qk = min(K + 1, Q), so 2 d_model (d_qk + 2) attention
    numbers. Errors: ``FactrankError`` for another place.

    >>> packed_sizes((64, 16, 32)).all, packed_sizes((64, 16, 32), "attention").attention
    (2664, 2376)
    """
    one_of("facts_in", facts_in, FACTS_IN)
    K, Q, V = shape
    inside = facts_in == "embeddings"
    d, i = (Q + 2, Q) if inside else (max(K, Q) + 2, min(K + 1, Q))
    return Sizes(d, i, 2 * d * (i + 2), d * (K + Q + V))


def compile_packed(
    database: Database, *, facts_in: str = "embeddings", tau: float | None = None
) -> NamedLayer:
    """One head of d_head_vo = 2 that recalls every fact by argmax, a number a fact. [ours]

    A7's L = beta (A^2 - (A - g_v)^2), best at the gate g_v = (v + 1/2)/V nearest to A, by
    beta/V^2 at least. With ``facts_in`` "embeddings" a key's embedding is its row of the table, as
    log-odds of gates, and all else is the same for every table; in "attention" W_K (W_Q if there
    are more queries than keys) is the table, and all else is the same. ``packed_sizes`` tells the
    sizes. beta = 1, or with ``tau`` the least that holds every fact at tau, and one percent more.
    Pairs without a fact answer too: there A = 1/2.

    The result is checked: every fact recalled, and held at ``tau``, by more than rounding.

    Errors: ``FactrankError`` for a database with several values for a pair or without a fact, for
    another place, for a layer of more than ``MOST_WEIGHTS`` numbers, for values too many to part.

    >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "y"), ("c", "r", "x")])
    >>> named = compile_packed(db)
    >>> named.layer.config.d_model, [named.answer(k, "r") for k in "abc"]
    (3, ['x', 'y', 'x'])
    """
    given("database", database, Database)
    if not database.facts:
        raise FactrankError("database: expected at least one fact, found none")
    sizes = packed_sizes(database.shape, facts_in)
    if sizes.all > MOST_WEIGHTS:
        raise FactrankError(
            f"compile packed: expected at most {MOST_WEIGHTS:,} weights, found {sizes.all:,} "
            f"for {len(database):,} facts"
        )
    values = database.shape[2]
    scale = gates_at(values, tau)
    written = _in_embeddings if facts_in == "embeddings" else _in_attention
    weights = written(log_odds(table_of(database, "packed"), values))
    layer = _layer(weights | _read(values, scale, sizes.d_model), database, sizes)
    named = NamedLayer.of(database, layer, method="packed", scale=scale)
    _checked(named, database, tau)
    return named


def _in_embeddings(Theta: np.ndarray) -> dict[str, np.ndarray]:
    """A key is its row of Theta, a query one-hot; the last two dimensions say which it is.

    s_qk = <1_q, Theta_k>. The query's marker takes 1 from all that the query shows of itself, so
    that s_qq = <1_q, 1_q - 1> = 0.
    """
    Q = Theta.shape[1]
    W_K = np.concatenate([np.eye(Q), np.zeros((1, Q)), -np.ones((1, Q))])
    W_Q = np.concatenate([np.eye(Q), np.zeros((2, Q))]) * Q**0.5
    return {"E_K": _token(Theta, 0), "E_Q": _token(np.eye(Q), 1), "W_Q": W_Q, "W_K": W_K}


def _in_attention(Theta: np.ndarray) -> dict[str, np.ndarray]:
    """Keys and queries are one-hot in the same dimensions, told apart by a marker.

    With no more queries than keys W_K holds Theta and W_Q picks its column; the query's marker
    takes away Theta[q, q], which a query would see in itself. With more queries W_Q holds Theta
    and one more column, -Theta[q, q], to which the query's marker answers 1.
    """
    K, Q = Theta.shape
    n, own = max(K, Q), np.diag(Theta)
    tokens = {"E_K": _token(np.eye(K, n), 0), "E_Q": _token(np.eye(Q, n), 1)}
    if Q <= K:
        W_K = np.concatenate([Theta, np.zeros((1, Q)), -own[None]])
        W_Q = np.concatenate([np.eye(n, Q), np.zeros((2, Q))])
        return {**tokens, "W_Q": W_Q * Q**0.5, "W_K": W_K}
    W_Q, W_K = np.zeros((n + 2, K + 1)), np.zeros((n + 2, K + 1))
    W_Q[:Q, :K], W_Q[:K, K] = Theta.T, -own
    W_K[:K, :K], W_K[n + 1, K] = np.eye(K), 1
    return {**tokens, "W_Q": W_Q * (K + 1) ** 0.5, "W_K": W_K}


def _token(content: np.ndarray, role: int) -> np.ndarray:
    """Rows with two more dimensions, which say 1 for the key's or the query's role."""
    return np.concatenate([content, np.tile(np.eye(2)[role], (len(content), 1))], axis=1)


def _read(values: int, scale: float, d: int) -> dict[str, np.ndarray]:
    """Keys say (1, 0), queries (0, 1): L = beta (A (2 g - g^2) - (1 - A) g^2)."""
    g, markers = gates(values), np.eye(d)[-2:]
    U = markers.T @ np.stack([2 * g - g**2, -(g**2)])
    return {"W_V": markers.T, "W_O": scale * markers, "U": U}


def _layer(weights: dict[str, np.ndarray], database: Database, sizes: Sizes) -> AttentionLayer:
    config = LayerConfig(*database.shape, sizes.d_model, 1, sizes.d_head_qk, 2)
    stacked = {
        name: torch.from_numpy(np.ascontiguousarray(weights[name], float)).view(1, *shape)
        for name, shape in config.shapes.items()
    }
    return AttentionLayer(config, Weights(**stacked))


def _checked(named: NamedLayer, database: Database, tau: float | None) -> None:
    found = survey(named, database, 0.5 if tau is None else tau, everywhere=False).whole
    if found.recalled < 1 or (tau is not None and found.held < 1):
        held = "" if tau is None else f" and held at {tau}"
        raise FactrankError(
            f"compile packed: expected every fact recalled{held}, found some lost: "
            f"{database.shape[2]:,} values lie too close together for float64"
        )
