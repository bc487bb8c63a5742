"""The commands plan and capacity: which layer for these facts, how many facts for this layer."""

from __future__ import annotations

import json
from functools import partial
from typing import Annotated, Any

from factrank.cli.edge import command, say
from factrank.cli.options import (
    AsJson,
    Effort,
    Facts,
    Force,
    Html,
    Lang,
    Reading,
    Seconds,
    Seed,
    Tau,
    check_files,
    database_of,
    files_of,
    interval_of,
    language_of,
    reads,
    write_page,
)
from factrank.cli.typed import option
from factrank.errors import FactrankError
from factrank.packages import needed


@command(epilog="Example: factrank plan library:countries --parameters 100000")
@reads
def plan(
    facts: Facts,
    parameters: Annotated[
        int | None,
        option(
            "--parameters",
            metavar="N",
            help="The most numbers of the whole layer, embeddings included.",
        ),
    ] = None,
    tau: Tau = 0.9,
    html: Html = None,
    lang: Lang = None,
    force: Force = False,
    as_json: AsJson = False,
    effort: Effort = "quick",
    seconds: Seconds = None,
    seed: Seed = 0,
    *,
    reading: Reading,
) -> None:
    """Which layer for these facts: what is certain, what to expect of training, and the cost."""
    needed("plan", "layer")
    from factrank.practice.plan.layers import lines, plan, record
    from factrank.practice.plan.page import page

    language = language_of(lang, html)
    check_files(html, force=force, inputs=files_of(facts))
    found = plan(
        database_of(facts, reading),
        budget=parameters,
        tau=tau,
        interval=partial(interval_of, effort=effort, seconds=seconds, seed=seed),
    )
    write_page(html, lambda: page(found, facts, language), files_of(facts), force)
    say(json.dumps(record(found)) if as_json else "\n".join(lines(found)))


def _size(names: str, what: str, default: str) -> Any:
    return option(*names.split(), metavar="N", help=what, show_default=default)


OF_LIKE, BY_HEADS = "of --like", "of --like, or d_model / heads"


@command(epilog="Example: factrank capacity --like gpt2-small --tokens 500")
def capacity(
    like: Annotated[
        str | None,
        option(
            "--like",
            metavar="NAME",
            help="Sizes with a name: toy-4, toy-8, toy-16, toy-40 (layers of this book's "
            "experiments), bert-tiny, nanogpt-characters, transformer-base, gpt2-small (one layer "
            "of each).",
        ),
    ] = None,
    heads: Annotated[int | None, _size("--heads", "Heads.", OF_LIKE)] = None,
    d_qk: Annotated[
        int | None, _size("--d-head-qk --d-qk", "Width of a head's queries and keys.", BY_HEADS)
    ] = None,
    d_vo: Annotated[
        int | None, _size("--d-head-vo --d-vo", "Width of a head's values and outputs.", BY_HEADS)
    ] = None,
    d_model: Annotated[int | None, _size("--d-model", "Width of the stream.", OF_LIKE)] = None,
    tokens: Annotated[
        int, option("--tokens", metavar="N", help="Things that facts are about.")
    ] = 10_000,
    relations: Annotated[
        int, option("--relations", metavar="N", help="What can be asked of each.")
    ] = 6,
    answers: Annotated[
        int, option("--answers", metavar="N", help="Kinds of answer, of all relations.")
    ] = 8,
    tau: Tau = 0.9,
    trained: Annotated[
        bool,
        option(
            "--trained/--frozen",
            help="The embeddings are part of the layer and fitted to the facts, or given before, "
            "in general position.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """How many facts fit into a layer: what is proved, what was measured, what is a guess."""
    from factrank.layer.config import LayerConfig
    from factrank.practice.plan.capacity import capacity, lines, record
    from factrank.practice.plan.capacity import like as named_like

    known = named_like(like) if like is not None else None
    told = {"n_heads": heads, "d_head_qk": d_qk, "d_head_vo": d_vo, "d_model": d_model}
    sizes = {name: getattr(known, name) for name in told} if known else {}
    sizes |= {name: size for name, size in told.items() if size is not None}
    if not {"n_heads", "d_model"} <= sizes.keys():
        one = "--heads" if heads is not None else "--d-model" if d_model is not None else "neither"
        raise FactrankError(
            f"capacity: expected --like NAME, or --heads and --d-model, found {one}"
        )
    each = max(1, sizes["d_model"] // max(1, sizes["n_heads"]))
    sizes = {"d_head_qk": each, "d_head_vo": each} | sizes
    config = LayerConfig(tokens, relations, answers, **sizes, trainable_embeddings=trained)
    found = capacity(config, tau=tau)
    if as_json:
        say(json.dumps({"like": like} | record(found)))
        return
    head = [f"{known.name}: {known.what} ({known.source})"] if known else []
    say("\n".join([*head, *lines(found)]))
