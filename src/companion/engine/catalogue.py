"""The experiments by name: what each asks, and the module that holds it, loaded when it is run."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from factrank.errors import FactrankError

if TYPE_CHECKING:
    from companion.engine.sweeps import Experiment


class Entry(NamedTuple):
    """One experiment: its question in one line, and where its ``EXPERIMENT`` is."""

    question: str
    module: str


CATALOGUE = {
    "rank-threshold": Entry(
        "When does width suffice? Least squares beside bounded and unbounded cross-entropy.",
        "companion.studies.rank_threshold",
    ),
    "recall-predictors": Entry(
        "Which number says whether a layer holds a database: rank, facts, bits, parameters, width?",
        "companion.studies.recall_predictors",
    ),
    "readout-ranks": Entry(
        "What do softmax and argmax do to the ranks of a trained layer?",
        "companion.studies.readout_ranks",
    ),
    "head-budget": Entry(
        "Query-key width, value-output width or heads: what buys recall?",
        "companion.studies.head_budget",
    ),
    "softmax-scale": Entry(
        "What does rank cost in norm? The scale that holds n values in 2, 3, 4, 8 dimensions.",
        "companion.studies.softmax_scale",
    ),
    "constructions": Entry(
        "What needs no training? Layers built from facts: exact, how large, in what precision.",
        "companion.studies.constructions",
    ),
    "additive-motif": Entry(
        "Who votes for what? Votes by head and source token, taken away one by one.",
        "companion.studies.additive_motif",
    ),
    "bits-per-parameter": Entry(
        "How dense is storage? Bits recalled for each trained parameter, on a ladder of sizes.",
        "companion.studies.bits_per_parameter",
    ),
    "layer-size": Entry(
        "How small may a trained layer be and still recall every fact?",
        "companion.studies.layer_size",
    ),
    "table-sizes": Entry(
        "How small may a trained layer be for tables shaped like real ones?",
        "companion.studies.table_sizes",
    ),
    "set-sizes": Entry(
        "Does the layer that a plan expects hold where questions have several answers?",
        "companion.studies.set_sizes",
    ),
    "real-facts": Entry(
        "Does any of it survive real data: noise, gaps, contradictions?",
        "companion.studies.real_facts",
    ),
    "completions": Entry(
        "What does a layer say about pairs that are in no fact, and when is it true?",
        "companion.studies.completions",
    ),
    "artifacts": Entry(
        "How much does a layer say that it was never told, for each triple that it was?",
        "companion.studies.artifacts",
    ),
    "several-layers": Entry(
        "Two attention-only layers against one at equal parameters: recall, ranks, votes.",
        "companion.studies.several_layers",
    ),
    "whole-block": Entry(
        "A whole block, attention and MLP: who holds the facts, and what moves its thresholds?",
        "companion.studies.whole_block",
    ),
    "many-edits": Entry(
        "What do ten thousand edits in a row leave of a layer, exact ones and approximate ones?",
        "companion.studies.many_edits",
    ),
    "knowledge-graphs": Entry(
        "How wide a layer for real facts, 10^2 to 10^5, and which number says so beforehand?",
        "companion.studies.knowledge_graphs",
    ),
}


def experiment(name: str) -> Experiment:
    """The experiment of that name.

    >>> experiment("rank")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    factrank.errors.FactrankError: experiment: expected one of rank-threshold, ..., found 'rank'
    """
    if name not in CATALOGUE:
        raise FactrankError(f"experiment: expected one of {', '.join(CATALOGUE)}, found {name!r}")
    found: Experiment = import_module(CATALOGUE[name].module).EXPERIMENT
    return found
