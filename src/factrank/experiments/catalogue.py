"""The experiments by name: what each asks, and the module that holds it, loaded when it is run."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from factrank.errors import FactrankError

if TYPE_CHECKING:
    from factrank.experiments.sweeps import Experiment


class Entry(NamedTuple):
    """One experiment: its question in one line, and where its ``EXPERIMENT`` is."""

    question: str
    module: str


CATALOGUE = {
    "rank-threshold": Entry(
        "When does width suffice? Least squares beside bounded and unbounded cross-entropy.",
        "factrank.experiments.rank_threshold",
    ),
    "completions": Entry(
        "What does a layer say about pairs that are in no fact, and when is it true?",
        "factrank.experiments.completions",
    ),
    "several-layers": Entry(
        "Two attention-only layers against one at equal parameters: recall, ranks, votes.",
        "factrank.experiments.several_layers",
    ),
}


def experiment(name: str) -> Experiment:
    """The experiment of that name.

    >>> experiment("rank")
    Traceback (most recent call last):
    ...
    factrank.errors.FactrankError: experiment: expected one of rank-threshold, completions, \
several-layers, found 'rank'
    """
    if name not in CATALOGUE:
        raise FactrankError(f"experiment: expected one of {', '.join(CATALOGUE)}, found {name!r}")
    return import_module(CATALOGUE[name].module).EXPERIMENT
