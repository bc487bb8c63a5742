"""Chapter 18, editing facts."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import TYPE_CHECKING, Any

from companion.exercises import call, exercise, require, shown
from companion.exercises._kinds import FUNCTION, WHOLE, array
from factrank.facts.reading.read import read

if TYPE_CHECKING:
    import numpy as np


@exercise(array((2,), "two numbers (tea, milk)"), 4, "easy")
def output_of_edit(answer: np.ndarray) -> str:
    """The output of a head with score log 9 that turns tea into milk, logits of size 4.

    >>> output_of_edit((5, -5))
    Not yet: the head would add 4 to tea and -4 to milk, which is the other way round.
    """
    adds = answer * 0.8  # tanh of half of log 9
    tea, milk = (round(float(x), 3) + 0.0 for x in adds)
    told = f"the head would add {tea:g} to tea and {milk:g} to milk"
    require((tea, milk) != (4, -4), f"{told}, which is the other way round.")
    require((tea, milk) != (-0.8, 0.8), f"{told}; divide by tanh(t/2), and mind the scale 4.")
    require((tea, milk) != (-1, 1), f"{told}; the logits have the scale 4.")
    require(abs(tea + 4) < 1e-3, f"{told}; the 4 at tea must go.")
    require(abs(milk - 4) < 1e-3, f"{told}; milk must become 4.")
    return "tanh(log 3) = 0.8, and 0.8 · 5 = 4: tea loses 4, milk gains 4."


@exercise(FUNCTION, 5, "medium")
def moves_back(answer: Callable[..., Any]) -> str:
    """A function that edits the compiled layer of the eight facts: Astrid moves back."""
    from factrank.layer.bounds import hold_scale
    from factrank.layer.building.compile import compile_values
    from factrank.layer.edit import answer_of
    from factrank.layer.model import NamedLayer

    example = read("library:example")
    beta = hold_scale(len(example.values), 0.95)
    before = NamedLayer.of(example, compile_values(example, scale=beta), scale=beta)
    after = call(answer, before)
    is_layer = isinstance(after, NamedLayer)
    require(is_layer, f"expected a NamedLayer back, found {shown(after)}.")
    wanted = {(k, q): v for k, q, v in example.triples()}
    wanted["Astrid", "lives_in"] = "Singapore"
    for key, query in product(example.keys, example.queries):
        found, right = answer_of(after, key, query), wanted.get((key, query))
        told = f"{key} {query}: the layer answers {found or 'nothing'}"
        require(found == right, f"{told}, and {right or 'nothing'} is right.")
    heads = after.layer.config.n_heads - before.layer.config.n_heads
    require(heads == 1, f"all answers are right, with {heads} heads more; one is enough.")
    return "one head more, and the fourteen other questions are answered as before."


@exercise(WHOLE, 6, "medium")
def others_moved(answer: int) -> str:
    """How many other questions the approximate edit of Helium's block moves.

    >>> others_moved(14)
    Not yet: 14 with Helium itself; how many others?
    """
    elements = read("library:elements")
    [old] = [v for k, q, v in elements.triples() if (k, q) == ("Helium", "block")]
    same = sum(v == old for *_, v in elements.triples())
    require(answer >= 0, "a number of questions is not negative.")
    require(answer != same, f"{same} with Helium itself; how many others?")
    require(answer != len(elements) - 1, "not all others: only those that look like this one.")
    told = f"{answer} other questions have not the same z as (Helium, block)"
    require(answer == same - 1, f"{told}; count those with the value {old}.")
    return f"{same} elements have the value {old}, and the layer says the same z for each."
