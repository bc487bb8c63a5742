"""After many edits: the same facts in a layer without a head for each edit."""

from __future__ import annotations

from dataclasses import replace

from factrank.errors import FactrankError
from factrank.layer.building.compile import compile_values
from factrank.layer.edit import held_facts
from factrank.layer.exactness import TOLERANCE, exactness
from factrank.layer.model import NamedLayer


def compacted(named: NamedLayer) -> NamedLayer:
    """The layer compiled anew from the facts that it holds, with the same labels, scale and log.

    One tanh head a used value (A4b), the least total width that L = scale D can have where every
    pair has one value (A2), however many edits there were. Facts that were edited away leave no
    trace in the weights, only in the log. [ours]

    Errors: ``FactrankError`` for a layer that is not exact, or holds no fact, and for a layer
    whose logits would be off by more than the tolerance of ``compile_facts`` and twice as much as
    now.

    >>> from factrank.layer.building.at_size import compile_facts
    >>> from factrank.layer.edit import set_fact
    >>> from factrank.facts.database import Database
    >>> layer = compile_facts(Database.from_triples([("a", "r", "x"), ("b", "r", "y")]), "values")
    >>> for value in "xyxyxy":
    ...     layer = set_fact(layer, "a", "r", value)
    >>> layer.layer.config.n_heads, compacted(layer).layer.config.n_heads
    (8, 1)
    """
    facts = held_facts(named)
    layer = compile_values(facts, scale=named.scale).to(named.layer.weights.U.dtype)
    exact = exactness(layer, facts, named.scale)
    allowed = max(TOLERANCE * named.scale, 2 * named.exact.bound)  # type: ignore[union-attr]  # held
    if not exact.bound <= allowed:
        raise FactrankError(
            f"compact: expected every logit within {allowed:.1g} of what it should be, "
            f"found one off by up to {exact.bound:.1e}"
        )
    log: dict[str, object] = {"compact": named.layer.config.n_heads, "off": exact.bound}
    return replace(named, layer=layer, method="values", exact=exact, edits=(*named.edits, log))
