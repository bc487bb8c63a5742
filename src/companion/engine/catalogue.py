"""The experiments by name: what each asks; its module, named like it, is loaded when it is run."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from factrank.errors import FactrankError

if TYPE_CHECKING:
    from companion.engine.sweeps import Experiment


CATALOGUE = {
    "rank-threshold":
        "When does width suffice? Least squares beside bounded and unbounded cross-entropy.",
    "recall-predictors":
        "Which number says whether a layer holds a database: rank, facts, bits, parameters, width?",
    "readout-ranks": "What do softmax and argmax do to the ranks of a trained layer?",
    "head-budget": "Query-key width, value-output width or heads: what buys recall?",
    "softmax-scale":
        "What does rank cost in norm? The scale that holds n values in 2, 3, 4, 8 dimensions.",
    "constructions":
        "What needs no training? Layers built from facts: exact, how large, in what precision.",
    "additive-motif": "Who votes for what? Votes by head and source token, taken away one by one.",
    "bits-per-parameter":
        "How dense is storage? Bits recalled for each trained parameter, on a ladder of sizes.",
    "layer-size": "How small may a trained layer be and still recall every fact?",
    "table-sizes": "How small may a trained layer be for tables shaped like real ones?",
    "set-sizes": "Does the layer that a plan expects hold where questions have several answers?",
    "real-facts": "Does any of it survive real data: noise, gaps, contradictions?",
    "completions": "What does a layer say about pairs that are in no fact, and when is it true?",
    "artifacts": "How much does a layer say that it was never told, for each triple that it was?",
    "several-layers":
        "Two attention-only layers against one at equal parameters: recall, ranks, votes.",
    "whole-block":
        "A whole block, attention and MLP: who holds the facts, and what moves its thresholds?",
    "many-edits":
        "What do ten thousand edits in a row leave of a layer, exact ones and approximate ones?",
    "knowledge-graphs":
        "How wide a layer for real facts, 10^2 to 10^5, and which number says so beforehand?",
}  # fmt: skip


def experiment(name: str) -> Experiment:
    """The experiment of that name.

    >>> experiment("rank")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    factrank.errors.FactrankError: experiment: expected one of rank-threshold, ..., found 'rank'
    """
    if name not in CATALOGUE:
        raise FactrankError(f"experiment: expected one of {', '.join(CATALOGUE)}, found {name!r}")
    found: Experiment = import_module(f"companion.studies.{name.replace('-', '_')}").EXPERIMENT
    return found
