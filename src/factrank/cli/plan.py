"""The command plan: which layer for these facts."""

from __future__ import annotations

import json
from functools import partial
from typing import Annotated

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
    Work,
    check_page,
    database_of,
    files_of,
    interval_of,
    language_of,
    reads,
    write_page,
)
from factrank.cli.typed import option
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
            show_default=False,
        ),
    ] = None,
    tau: Annotated[
        float, option("--tau", help="A fact is held if its probability is at least this.")
    ] = 0.9,
    html: Html = None,
    lang: Lang = None,
    force: Force = False,
    as_json: AsJson = False,
    effort: Effort = Work.quick,
    seconds: Seconds = None,
    seed: Seed = 0,
    *,
    reading: Reading,
) -> None:
    """Which layer for these facts: what is certain, what to expect of training, and the cost."""
    needed("plan", "layer")
    from factrank.practice.plan.layers import plan
    from factrank.practice.plan.page import page
    from factrank.practice.plan.words import lines, record

    language = language_of(lang, html)
    check_page(html, files_of(facts), force)
    found = plan(
        database_of(facts, reading),
        budget=parameters,
        tau=tau,
        interval=partial(interval_of, effort=effort, seconds=seconds, seed=seed),
    )
    write_page(html, lambda: page(found, facts, language), files_of(facts), force)
    say(json.dumps(record(found)) if as_json else "\n".join(lines(found)))
