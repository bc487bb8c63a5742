"""Facts compiled into weights, without training: decompositions and tables to layers.

Each function returns a layer in float64 whose L equals the tensor asked for (A4, A4b, A6), or whose
readout holds every fact at a given tau (A7, S1). Proofs: chapter "Facts compiled into weights".
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.layer.attention import AttentionLayer
from factrank.layer.bounds import circle_scale, gate_scale
from factrank.layer.building.assembly import NEGLIGIBLE, assemble
from factrank.layer.building.from_terms import (
    Factors,
    gate_heads,
    gated,
    relation_gates,
    relation_heads,
    slice_heads,
    table_of,
    term_heads,
)
from factrank.rank.algebra.terms import Term

ROOM = 1.01  # above the least scale, so that rounding costs no fact, in float32 either


def compile_terms(
    shape: tuple[int, int, int],
    terms: Sequence[Term],
    *,
    scale: float = 1.0,
    embeddings: str = "smallest",
) -> AttentionLayer:
    """A4b (i): L = scale * sum of the terms, one tanh head of width 1 a ternary term.

    A term is ternary if its key or its query vector is a multiple of one with entries -1, 0, 1:
    then artanh(d a_k b_q) = a_k artanh(d b_q) for ternary a, and the scores have rank one. The
    terms of U1 to U4 are. What is not ternary is compiled as in A4. Total width R for R ternary
    terms, which is rank(D) if the decomposition is a shortest one. [ours]

    >>> from factrank.rank.upper.counts import slice_terms
    >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "y")])
    >>> layer = compile_terms(db.shape, slice_terms(db))
    >>> layer.config.width, layer.layer_tensor()[0].round().int().tolist()
    (2, [[[1, 0]], [[0, 1]]])
    """
    return assemble(term_heads(shape, terms).times(scale), embeddings)


def compile_key_independent(
    shape: tuple[int, int, int],
    terms: Sequence[Term],
    *,
    scale: float = 1.0,
    embeddings: str = "smallest",
) -> AttentionLayer:
    """A4: L = scale * sum of the terms, by attention that does not depend on the key.

    Terms whose query vectors are parallel share a gate A = 1/2 + (eps/2) b[q]; further heads with
    A = 1/2 take the constant away again. Total width at most R + min(R, K, V). [ours]
    """
    return assemble(gated(Factors.of(shape, terms)).times(scale), embeddings)


def compile_values(
    database: Database, *, scale: float = 1.0, embeddings: str = "smallest"
) -> AttentionLayer:
    """A4b (ii): L = scale * D, one tanh head a used value with its slice D[:, :, v] in the scores.

    Total width the number of used values, for a functional database rank D_(V), the least possible
    by A2; d_head_qk is the largest rank of a slice. All facts sit in W_Q W_K^T. [ours]

    >>> db = Database.from_triples([("a", "r", "x"), ("b", "s", "x")])
    >>> layer = compile_values(db)
    >>> layer.config.width, layer.config.d_head_qk
    (1, 2)
    """
    used = list(database.used("V"))
    if not used:
        raise FactrankError("database: expected at least one fact, found none")
    D = database.tensor().astype(float)
    directions = np.eye(database.shape[2])[used]
    return assemble(slice_heads(D[:, :, used], directions).times(scale), embeddings)


def compile_tensor(T: np.ndarray, *, embeddings: str = "smallest") -> AttentionLayer:
    """A4b (iii): L = T for any real tensor T (K, Q, V), at total width rank T_(V).

    T = sum_j M_j (x) o_j along the value mode; head j writes M_j as a tanh of scores of rank at
    most min(K, Q), which is d_head_qk. [ours]

    >>> T = np.arange(8.0).reshape(2, 2, 2)
    >>> layer = compile_tensor(T)
    >>> layer.config.width, float(abs(layer.layer_tensor()[0].numpy() - T).max()) < 1e-12
    (2, True)
    """
    T = np.asarray(T, dtype=float)
    if T.ndim != 3 or not np.isfinite(T).all() or not T.any():
        raise FactrankError(
            f"tensor: expected three modes of finite numbers, not all zero, found shape {T.shape}"
        )
    left, sigma, right = np.linalg.svd(T.reshape(-1, T.shape[2]), full_matrices=False)
    kept = sigma > NEGLIGIBLE * sigma[0]
    M = (left[:, kept] * sigma[kept]).reshape(*T.shape[:2], -1)
    return assemble(slice_heads(M, right[kept]), embeddings)


def compile_relations(
    database: Database,
    *,
    sharpness: float | None = None,
    scale: float = 1.0,
    embeddings: str = "smallest",
) -> AttentionLayer:
    """A6: relation heads, which need a width of sum_q |range f_q|.

    With ``sharpness`` t: one head a relation (padded to the widest), its gate sigmoid(t) on its own
    query and sigmoid(-t) on the others. An entry of L is off by at most sigmoid(-t) a relation.
    Without: one tanh head a used pair (query, value), L = scale * D, finite weights. [ours]
    """
    if not database.facts:
        raise FactrankError("database: expected at least one fact, found none")
    D = database.tensor().astype(float)
    heads = relation_heads(D) if sharpness is None else relation_gates(D, sharpness)
    return assemble(heads.times(scale), embeddings)


def compile_gates(
    database: Database, *, tau: float | None = None, embeddings: str = "one-hot"
) -> AttentionLayer:
    """A7: all facts in the attention pattern of one head with d_head_vo = 2, read by argmax.

    L = beta (A^2 - (A - g_v)^2) is best at the gate g_v = (v + 1/2)/V that is nearest to A, by
    beta/V^2 at least. beta is ``gates_at``. d_head_qk = min(K, Q). Pairs without a fact answer too:
    there A = 1/2. [ours]

    Errors: ``FactrankError`` for a database with several values for a pair.

    >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "y"), ("b", "s", "x")])
    >>> L = compile_gates(db).layer_tensor()[0]
    >>> [int(L[k, q].argmax()) for k, q, _ in db.facts]
    [0, 1, 0]
    """
    heads = gate_heads(table_of(database, "gates"), database.shape[2])
    return assemble(heads.times(gates_at(database.shape[2], tau)), embeddings)


def gates_at(values: int, tau: float | None) -> float:
    """The scale of gates: 1, or with ``tau`` the least that holds every fact at tau, with room."""
    return 1.0 if tau is None else with_room(gate_scale(values, tau))


def compile_circle(
    database: Database, *, tau: float = 0.9, embeddings: str = "smallest"
) -> AttentionLayer:
    """S1, S2: values on a circle, L = beta cos(2 pi (v - f_q(k))/V): rank L_(V) is at most 2.

    beta is the least scale that holds every fact at tau (S2), and one percent more; pairs without a
    fact get zeros. Two tanh heads with d_head_qk at most min(K, Q) write it (A4b (iii)). [ours]

    Errors: ``FactrankError`` for a database with several values for a pair.
    """
    values = database.shape[2]
    return compile_tensor(
        with_room(circle_scale(values, tau)) * circle_tensor(database), embeddings=embeddings
    )


def with_room(scale: float) -> float:
    """One percent above the least scale that holds, and at least 1, which recalls."""
    return max(1.0, ROOM * scale)


def circle_tensor(database: Database) -> np.ndarray:
    """cos(2 pi (v - f_q(k))/V) at (k, q, v) where f_q(k) is defined, else 0. [ours]"""
    table = table_of(database, "circle")
    angle = 2 * np.pi * np.arange(database.shape[2]) / database.shape[2]
    cosines = np.cos(angle - angle[table][:, :, None])
    return np.where(table[:, :, None] >= 0, cosines, 0.0)
