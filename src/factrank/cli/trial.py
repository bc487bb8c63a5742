"""The command try: a small experiment on one's own facts."""

from __future__ import annotations

import json
from typing import Annotated

from factrank.cli.edge import NO, Exit, command, say
from factrank.cli.options import (
    AsJson,
    Facts,
    Force,
    Lang,
    Reading,
    Scheduler,
    Workers,
    database_of,
    files_of,
    language_of,
    reads,
    sampled,
)
from factrank.cli.train import Sample, Seed, Steps, Trained
from factrank.cli.typed import option
from factrank.errors import FactrankError
from factrank.packages import needed


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
        str | None,
        option(
            "-o",
            "--output",
            metavar="FIGURE",
            help="Draw it: .html, .svg or .png.",
            show_default=False,
        ),
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
    from factrank.files import check_new
    from factrank.practice.trial.figure import can_draw, write

    html = to if to is not None and to.lower().endswith(".html") else None
    language = language_of(lang, html, "-o FIGURE.html")
    if to is not None:
        if not to.lower().endswith((".html", ".svg", ".png")):
            raise FactrankError(f"{to}: expected a path that ends in .html, .svg or .png")
        check_new(to, force=force, inputs=files_of(facts))
        can_draw()
    needed("try", "layer")
    from factrank.cli.train_answers import Bar, tell, tried, tried_record
    from factrank.practice.spread import trainer
    from factrank.practice.trial.splits import attempt

    whole = database_of(facts, reading)
    database = sampled(whole, sample, seed)
    with Bar() as bar, trainer(workers, scheduler) as by:
        found = attempt(
            database, parameters, seeds=seeds, seed=seed, steps=steps, trained=trained,
            budget=budget, say=tell, progress=bar, by=by,
        )  # fmt: skip
    told = tried(found, database, sample is not None)
    if to is not None:
        keys = None if sample is None else len(database.keys)
        write(to, found, language, keys, force=force, inputs=files_of(facts))
    say(json.dumps(tried_record(found, to)) if as_json else told)
    if found.verdict.difference is None:
        raise Exit(NO)
