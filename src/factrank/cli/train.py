"""The commands train and try: layers for one's own facts, and a small experiment on them."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any, Literal

from factrank.cli.edge import INTERRUPTED, NO, Exit, command, interruptible, say, tell
from factrank.cli.options import (
    AsJson,
    Facts,
    Force,
    Lang,
    Reading,
    Scheduler,
    Tau,
    Workers,
    check_files,
    database_of,
    files_of,
    interval_of,
    language_of,
    reads,
    sampled,
)
from factrank.cli.typed import option
from factrank.errors import FactrankError
from factrank.packages import needed

Loss = Literal["cross-entropy", "least-squares"]

Until = Literal["recalled", "held"]  # of every fact, when a layer has learned enough


def _size(name: str, what: str) -> Any:
    return option(name, min=1, help=what, show_default="by the bits of the facts")


Trained = Annotated[
    bool,
    option(
        "--trained/--frozen",
        help="Train the embeddings and the unembedding too, or only the heads.",
    ),
]
Seeds = Annotated[
    int, option("--seeds", min=1, max=1000, help="How many layers, from other first weights.")
]
Seed = Annotated[int, option("--seed", min=0, help="The first seed; the sample's too.")]
Steps = Annotated[int, option("--steps", min=1, help="Steps at most, for each layer.")]
Sample = Annotated[
    int | None,
    option(
        "--sample",
        min=1,
        metavar="N",
        help="Take the facts of N keys, drawn at random.",
        show_default="all",
    ),
]


@command(epilog="Example: factrank train library:elements -o elements.safetensors")
@reads
def train(
    facts: Facts,
    to: Annotated[str, option("-o", "--output", metavar="LAYER", help="The file to write.")],
    n_heads: Annotated[int, option("--n-heads", min=1, help="Heads.")] = 4,
    d_head_qk: Annotated[
        int, option("--d-head-qk", min=1, help="Width of a head's queries and keys.")
    ] = 2,
    d_head_vo: Annotated[
        int | None, _size("--d-head-vo", "Width of a head's values and outputs.")
    ] = None,
    d_model: Annotated[int | None, _size("--d-model", "Width of the stream.")] = None,
    trained: Trained = True,
    loss: Annotated[
        Loss,
        option(
            "--loss",
            help="cross-entropy: facts stand out; least-squares: logits near 1 for facts and 0 "
            "elsewhere, to be read by argmax.",
        ),
    ] = "cross-entropy",
    until: Annotated[
        Until, option("--until", help="A layer is done once every fact is so.")
    ] = "held",
    tau: Tau = 0.9,
    steps: Steps = 1200,
    seeds: Seeds = 5,
    seed: Seed = 0,
    seconds: Annotated[
        float | None,
        option("--seconds", min=0, help="End after so long, with the best until then."),
    ] = None,
    sample: Sample = None,
    batch: Annotated[
        int | None,
        option(
            "--batch",
            min=1,
            metavar="N",
            help="Ask N pairs (key, relation) that have facts a step, not the whole table.",
            show_default="all, of a large table a 50th",
        ),
    ] = None,
    device: Annotated[str, option("--device", help="Where torch computes: cpu, cuda, ...")] = "cpu",
    workers: Workers = 1,
    scheduler: Scheduler = None,
    force: Force = False,
    as_json: AsJson = False,
    *,
    reading: Reading,
) -> None:
    """Train layers on the facts, and keep the one that recalls most; all seeds are told.

    Ctrl-C ends the training, and the best layer until then is written (status 130); on a cluster
    the best of the seeds that are done."""
    check_files(to, force=force, inputs=files_of(facts))
    needed("train", "layer")
    from factrank.cli.train_answers import bar, fitted, fitted_record
    from factrank.layer.file import save
    from factrank.layer.model import recall
    from factrank.layer.survey import looked_everywhere
    from factrank.layer.training.fitting import best_of, recipe_for
    from factrank.layer.training.fitting import named as with_names
    from factrank.layer.training.losses import Goal
    from factrank.layer.training.sizes import batch_for, cost, design
    from factrank.practice.spread import trainer

    whole = database_of(facts, reading)
    database = sampled(whole, sample, seed)
    sample = None if database is whole else sample
    squares = loss == "least-squares"
    goal = Goal(until, tau)
    sizes = {"n_heads": n_heads, "d_head_qk": d_head_qk, "d_head_vo": d_head_vo}
    if squares and d_head_vo is None:  # L = D takes the rank of D in width, or nearly so
        sizes["width"] = interval_of(database, "quick", None, seed).upper
    config = design(database, trained=trained, d_model=d_model, **sizes)
    batch = batch_for(config, database, batch, device)
    price = cost(config, seeds, steps, batch)
    tell(str(price))
    recipe = recipe_for(config, steps, "least squares" if squares else loss)

    with interruptible() as interrupted:
        with bar() as progress, trainer(workers, scheduler) as by:
            span = range(seed, seed + seeds)
            (fits,) = by(
                [config], database, recipe, span, goal,
                batch=batch, device=device, seconds=seconds, progress=progress, stop=interrupted,
            )  # fmt: skip
        if not fits:  # nothing was begun
            if scheduler is not None:
                lost = "train: nothing is written: no seed was done, and on a cluster those under"
                print(f"{lost} way are given up; --seconds ends them well", file=sys.stderr)
            raise KeyboardInterrupt
        best = best_of(fits)
        named = with_names(database, best, tau)
        found = recall(named, database, tau, everywhere=looked_everywhere(named))
        save(to, named, force=force, inputs=files_of(facts))
        ended = interrupted()
    what = named, found, fits, best, price, (seeds, goal, ended, sample), to
    say(json.dumps(fitted_record(*what)) if as_json else fitted(database, *what))
    if ended:
        raise Exit(INTERRUPTED)


@command("try", epilog="Example: factrank try library:elements -o elements.html")
@reads
def try_(
    facts: Facts,
    parameters: Annotated[
        int | None,
        option(
            "--parameters",
            min=32,
            metavar="N",
            help="In the attention of each layer.",
            show_default="as many as tell the splits apart",
        ),
    ] = None,
    seeds: Annotated[
        int, option("--seeds", min=5, max=1000, help="Layers a split; the same for all.")
    ] = 5,
    seed: Seed = 0,
    steps: Steps = 600,
    trained: Trained = False,
    budget: Annotated[
        float,
        option(
            "--budget", min=0, metavar="SECONDS", help="End after so long, with the splits done."
        ),
    ] = 600.0,
    sample: Sample = None,
    to: Annotated[
        str | None, option("-o", "--output", metavar="FIGURE", help="Draw it: .html, .svg or .png.")
    ] = None,
    lang: Lang = None,
    workers: Workers = 1,
    scheduler: Scheduler = None,
    force: Force = False,
    as_json: AsJson = False,
    *,
    reading: Reading,
) -> None:
    """Does a larger d_head_vo pay on these facts? Layers of equal size, heads split otherwise.
    Status 1 if time was up before there was a verdict."""
    html = to if to is not None and to.lower().endswith(".html") else None
    language = language_of(lang, html, "-o FIGURE.html")
    if to is not None:
        if not to.lower().endswith((".html", ".svg", ".png")):
            raise FactrankError(f"{to}: expected a path that ends in .html, .svg or .png")
        check_files(to, force=force, inputs=files_of(facts))
        needed("try", "book", ["matplotlib"])
    needed("try", "layer")
    from factrank.cli.train_answers import bar, tried, tried_record
    from factrank.practice.spread import trainer
    from factrank.practice.trial.page import write
    from factrank.practice.trial.splits import attempt

    whole = database_of(facts, reading)
    database = sampled(whole, sample, seed)
    with bar() as progress, trainer(workers, scheduler) as by:
        found = attempt(
            database, parameters, seeds=seeds, seed=seed, steps=steps, trained=trained,
            budget=budget, say=tell, progress=progress, by=by,
        )  # fmt: skip
    told = tried(found, database, database is not whole)
    if to is not None:
        keys = None if database is whole else len(database.keys)
        write(to, found, language, keys, force=force, inputs=files_of(facts))
    say(json.dumps(tried_record(found, to)) if as_json else told)
    if found.verdict.difference is None:
        raise Exit(NO)
