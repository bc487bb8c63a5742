"""Commands on a layer's file: edit one fact, compact what many edits left."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from factrank.cli.edge import command, say
from factrank.cli.layer import Key, Layer, Query
from factrank.cli.options import Force, check_new
from factrank.cli.typed import argument, option
from factrank.errors import FactrankError
from factrank.packages import needed

To = Annotated[
    str | None,
    option(
        "-o",
        "--output",
        metavar="NEW",
        help="Write here; without it LAYER is replaced, whole or not at all.",
    ),
]


# what an edit does to one pair
Change = StrEnum("Change", ["set", "delete"])


@command(epilog="Example: factrank edit layer.safetensors set Astrid lives_in Malaysia")
def edit(
    layer: Layer,
    change: Annotated[Change, argument("set|delete")],
    key: Key,
    query: Query,
    value: Annotated[str | None, argument("[VALUE]", help="The object, for set.")] = None,
    to: To = None,
    force: Force = False,
) -> None:
    """Set or delete one fact of a layer exactly: no other cell of L changes.

    How far any logit can be from what it should be is told, and nothing written if that is much."""
    if (value is None) != (change is Change.delete):
        wanted = "a VALUE" if change is Change.set else "no VALUE"
        raise FactrankError(f"edit {change.value}: expected {wanted}, found {value!r}")
    needed("edit", "layer")
    check_new(to, [layer], force)
    from factrank.facts.labels import printable
    from factrank.layer.edit import delete_fact, set_fact
    from factrank.layer.file import load, save

    named = load(layer)
    before = named.answers(key, query)
    edited = delete_fact(named, key, query) if value is None else set_fact(named, key, query, value)
    save(to or layer, edited, force=force or to is None)  # without NEW it is replaced on purpose
    told = before, edited.answers(key, query)
    old, new = (", ".join(answers) or "no answer" for answers in told)
    grown = edited.layer.config.d_model - named.layer.config.d_model
    off = edited.edits[-1]["off"]
    say(
        printable(f"{key} {query}: {old} -> {new}") + "\n"
        f"  one head more ({edited.layer.config.n_heads}), "
        f"d_model {edited.layer.config.d_model} ({grown:+d})\n"
        f"  no logit is further than {off:.1e} from what it should be\n"
        f"  written to {to or layer}"
    )


@command(epilog="Example: factrank compact layer.safetensors -o small.safetensors")
def compact(layer: Layer, to: To = None, force: Force = False) -> None:
    """Compile a compiled and edited layer anew from the facts that it holds: fewer heads."""
    needed("compact", "layer")
    check_new(to, [layer], force)
    from factrank.layer.edit import compacted
    from factrank.layer.file import load, save

    named = load(layer)
    new = compacted(named)
    save(to or layer, new, force=force or to is None)
    before, after = named.layer.config, new.layer.config
    say(
        f"{before.n_heads} heads -> {after.n_heads}, d_model {before.d_model} -> {after.d_model}\n"
        f"  no logit is further than {new.edits[-1]['off']:.1e} from what it should be\n"
        f"  written to {to or layer}"
    )
