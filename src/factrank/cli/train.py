"""The commands train and try: layers for one's own facts, and a small experiment on them."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from typing import Annotated, Any

from factrank.cli import options
from factrank.cli.edge import INTERRUPTED, NO, Exit, command, say
from factrank.cli.typed import option
from factrank.errors import FactrankError
from factrank.packages import needed

# what is minimised
Loss = StrEnum("Loss", {"cross_entropy": "cross-entropy", "least_squares": "least-squares"})
# when a layer has learned enough
Until = StrEnum("Until", ["recalled", "held"])


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


@command(epilog="Example: factrank train library:elements -o elements.safetensors")
@options.reads
def train(
    facts: options.Facts,
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
    ] = Loss.cross_entropy,
    until: Annotated[
        Until, option("--until", help="A layer is done once every fact is so.")
    ] = Until.held,
    tau: options.Tau = 0.9,
    steps: Steps = 1200,
    seeds: Seeds = 5,
    seed: Seed = 0,
    seconds: Annotated[
        float | None,
        option("--seconds", min=0, help="End after so long, with the best until then."),
    ] = None,
    sample: options.Sample = None,
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
    workers: options.Workers = 1,
    scheduler: options.Scheduler = None,
    force: options.Force = False,
    as_json: options.AsJson = False,
    *,
    reading: options.Reading,
) -> None:
    """Train layers on the facts, and keep the one that recalls most; all seeds are told.

    Ctrl-C ends the training, and the best layer until then is written (status 130); on a cluster
    the best of the seeds that are done."""
    options.check_new(to, options.files_of(facts), force)
    needed("train", "layer")
    from factrank.cli.train_answers import Bar, fitted, fitted_record, tell
    from factrank.layer.file import save
    from factrank.layer.model import recall
    from factrank.layer.survey import looked_everywhere
    from factrank.layer.training.fitting import best_of, recipe_for
    from factrank.layer.training.fitting import named as with_names
    from factrank.layer.training.losses import Goal
    from factrank.layer.training.sizes import batch_for, cost, design
    from factrank.practice.spread import trainer

    database = options.sampled(options.database_of(facts, reading), sample, seed)
    squares = loss is Loss.least_squares
    goal = Goal(until.value, tau)
    sizes = {"n_heads": n_heads, "d_head_qk": d_head_qk, "d_head_vo": d_head_vo}
    if squares and d_head_vo is None:  # L = D takes the rank of D in width, or nearly so
        sizes["width"] = options.interval_of(database, options.Work.quick, None, seed).upper
    config = design(database, trained=trained, d_model=d_model, **sizes)
    batch = batch_for(config, database, batch, device)
    price = cost(config, seeds, steps, batch)
    tell(str(price))
    recipe = recipe_for(config, steps, "least squares" if squares else loss.value)
    from factrank.cli.options import interruptible

    with interruptible() as interrupted:
        with Bar() as bar, trainer(workers, scheduler) as by:
            span = range(seed, seed + seeds)
            (fits,) = by(
                [config], database, recipe, span, goal,
                batch=batch, device=device, seconds=seconds, progress=bar, stop=interrupted,
            )  # fmt: skip
        if not fits:  # nothing was begun
            if scheduler is not None:
                lost = "train: nothing is written: no seed was done, and on a cluster those under"
                print(f"{lost} way are given up; --seconds ends them well", file=sys.stderr)
            raise KeyboardInterrupt
        best = best_of(fits)
        named = with_names(database, best, tau)
        found = recall(named, database, tau, everywhere=looked_everywhere(named))
        save(to, named, force=force, inputs=options.files_of(facts))
        ended = interrupted()
    tried = seeds, goal, ended, sample
    if as_json:
        say(json.dumps(fitted_record(named, found, fits, best, price, tried, to)))
    else:
        say(fitted(database, named, found, fits, best, price, tried, to))
    if ended:
        raise Exit(INTERRUPTED)


@command("try", epilog="Example: factrank try library:elements -o elements.html")
@options.reads
def try_(
    facts: options.Facts,
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
    sample: options.Sample = None,
    to: Annotated[
        str | None, option("-o", "--output", metavar="FIGURE", help="Draw it: .html, .svg or .png.")
    ] = None,
    lang: options.Lang = None,
    workers: options.Workers = 1,
    scheduler: options.Scheduler = None,
    force: options.Force = False,
    as_json: options.AsJson = False,
    *,
    reading: options.Reading,
) -> None:
    """Does a larger d_head_vo pay on these facts? Layers of equal size, heads split otherwise.
    Status 1 if time was up before there was a verdict."""
    html = to if to is not None and to.lower().endswith(".html") else None
    language = options.language_of(lang, html, "-o FIGURE.html")
    if to is not None:
        if not to.lower().endswith((".html", ".svg", ".png")):
            raise FactrankError(f"{to}: expected a path that ends in .html, .svg or .png")
        options.check_new(to, options.files_of(facts), force)
        needed("try", "book", ["matplotlib"])
    needed("try", "layer")
    from factrank.cli.train_answers import Bar, tell, tried, tried_record
    from factrank.practice.spread import trainer
    from factrank.practice.trial.page import write
    from factrank.practice.trial.splits import attempt

    whole = options.database_of(facts, reading)
    database = options.sampled(whole, sample, seed)
    with Bar() as bar, trainer(workers, scheduler) as by:
        found = attempt(
            database, parameters, seeds=seeds, seed=seed, steps=steps, trained=trained,
            budget=budget, say=tell, progress=bar, by=by,
        )  # fmt: skip
    told = tried(found, database, sample is not None)
    if to is not None:
        keys = None if sample is None else len(database.keys)
        write(to, found, language, keys, force=force, inputs=options.files_of(facts))
    say(json.dumps(tried_record(found, to)) if as_json else told)
    if found.verdict.difference is None:
        raise Exit(NO)
