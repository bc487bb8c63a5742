"""Commands of the layer room: compile, recall, ask."""

from __future__ import annotations

import json
from functools import partial
from typing import Annotated, Literal

from factrank.cli.edge import NO, Exit, command, say, tell, watched
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
    Work,
    check_files,
    database_of,
    files_of,
    interval_of,
    language_of,
    reads,
    sampled,
    write_page,
)
from factrank.cli.typed import argument, option
from factrank.errors import FactrankError
from factrank.packages import needed

Layer = Annotated[str, argument("LAYER", help="A file that compile, train or edit wrote.")]
Key = Annotated[str, argument("KEY", help="The subject.")]
Query = Annotated[str, argument("QUERY", help="The relation.")]


# how facts become weights
Method = Literal["terms", "key-independent", "values", "relations", "gates", "circle"]

Embeddings = Literal["smallest", "one-hot"]  # what stands for a token


@command("compile", epilog="Example: factrank compile library:elements -o elements.safetensors")
@reads
def compile_(
    facts: Facts,
    to: Annotated[str, option("-o", "--output", metavar="LAYER", help="The file to write.")],
    method: Annotated[
        Method,
        option(
            "--method",
            help="terms: width rank(D); key-independent: the same, attention does not depend on "
            "the key; values: least width; relations: a head for each relation and value; "
            "gates, circle: widths 2, read by argmax.",
        ),
    ] = "terms",
    hold: Annotated[
        float | None,
        option(
            "--hold",
            metavar="TAU",
            help="Scale the logits until softmax gives every fact this probability.",
        ),
    ] = None,
    embeddings: Annotated[
        Embeddings, option("--embeddings", help="A dimension a token, or as few as will do.")
    ] = "smallest",
    allow_sets: Annotated[
        bool, option("--allow-sets", help="Store all values of a pair that has several.")
    ] = False,
    tolerance: Annotated[
        float,
        option(
            "--tolerance",
            metavar="PART",
            help="What a logit may be off, as a part of the logit of a fact, rounding included; "
            "beyond it nothing is written.",
        ),
    ] = 1e-9,
    force: Force = False,
    as_json: AsJson = False,
    effort: Effort = "normal",
    seconds: Seconds = None,
    seed: Seed = 0,
    *,
    reading: Reading,
) -> None:
    """Facts into the weights of one attention layer, exactly and without training.

    What is written was compared with the facts: every logit, with a bound on its rounding. (By
    gates and circle, beyond ten million logits, those of the pairs that have a fact.)"""
    if not 0 < tolerance < 1:
        raise FactrankError(f"--tolerance: expected a number between 0 and 1, found {tolerance:g}")
    needed("compile", "layer")
    check_files(to, force=force, inputs=files_of(facts))
    database = database_of(facts, reading)
    from factrank.cli.layer_answers import compiled, compiled_record
    from factrank.layer.building.at_size import compiled as built
    from factrank.layer.building.at_size import least_weights, report
    from factrank.layer.file import save

    least = least_weights(database, method, embeddings)
    tell(f"at least {least:,} weights ({8 * least / 1e6:,.1f} MB)")
    with watched("pairs compared") as progress:
        named, known = built(
            database,
            method,
            tau=hold,
            embeddings=embeddings,
            allow_sets=allow_sets,
            tolerance=tolerance,
            interval=partial(interval_of, effort=effort, seconds=seconds, seed=seed),
            progress=progress,
        )
    found = report(named, database, 0.9 if hold is None else hold, known=known)
    save(to, named, force=force, inputs=files_of(facts))
    what = named, found, to
    say(json.dumps(compiled_record(*what)) if as_json else compiled(database, *what))


@command(epilog="Example: factrank recall elements.safetensors library:elements --require 1")
@reads
def recall(
    layer: Layer,
    facts: Facts,
    tau: Tau = 0.9,
    require: Annotated[
        float | None,
        option(
            "--require",
            metavar="SHARE",
            help="Status 1 if a smaller share of the facts is recalled.",
        ),
    ] = None,
    brief: Annotated[
        bool, option("--brief", help="Neither relations, nor rank, nor time of an answer.")
    ] = False,
    everywhere: Annotated[
        bool | None,
        option(
            "--all-pairs/--facts-only",
            help="Ask for every pair, to count what is said off the facts; or only for the pairs "
            "that have a fact. Not told, every pair is asked for up to a hundred million logits.",
        ),
    ] = None,
    sample: Annotated[
        int | None,
        option(
            "--sample",
            min=1,
            metavar="N",
            help="The keys that train --sample N drew, with its --seed.",
            show_default="all",
        ),
    ] = None,
    seed: Annotated[int, option("--seed", min=0, help="Of the sample.")] = 0,
    effort: Annotated[
        Work, option("--effort", help="For the rank: quick, normal or deep.")
    ] = "quick",
    html: Html = None,
    lang: Lang = None,
    force: Force = False,
    as_json: AsJson = False,
    *,
    reading: Reading,
) -> None:
    """Ask a layer for every fact: recalled if above all that is no answer, held at tau, and what
    it says besides.

    Relation by relation, beside the rank of the facts and the time that an answer took."""
    if require is not None and not 0 <= require <= 1:
        raise FactrankError(f"--require: expected a share from 0 to 1, found {require:g}")
    needed("recall", "layer")
    from factrank.cli.layer_answers import (
        details,
        details_record,
        notes,
        ranks_alone,
        recall_record,
        recalled,
    )
    from factrank.facts.words import counted
    from factrank.layer.file import load
    from factrank.layer.survey import looked_everywhere, seconds_per_answer, survey
    from factrank.practice.recall import page
    from factrank.rank.effort import effort_notes

    language, inputs = language_of(lang, html), [layer, *files_of(facts)]
    check_files(html, force=force, inputs=inputs)
    named = load(layer)
    database = sampled(database_of(facts, reading), sample, seed)
    everywhere = looked_everywhere(named) if everywhere is None else everywhere
    with watched("pairs asked") as progress:
        found, relations = survey(named, database, tau, everywhere=everywhere, progress=progress)
    record, told = recall_record(found), recalled(named, database, found)
    beside = notes(named, database, found)
    if not brief:
        ranks = ranks_alone(database)
        interval = interval_of(database, effort, None, seed)
        more = relations, ranks, interval, seconds_per_answer(named, database)
        record |= details_record(*more)
        told += "\n" + details(*more, tau)
        beside += effort_notes(interval)
    if sample is not None:
        keys = counted(len(database.keys), "key")
        beside.append(f"asked were the facts of {keys}, drawn at random")
    write_page(html, lambda: page(record, layer, facts, beside, language), inputs, force)
    say(json.dumps(record) if as_json else told)
    if require is not None and found.recalled < require:
        raise Exit(NO)


@command(epilog="Example: factrank ask elements.safetensors Iron symbol")
def ask(
    layer: Layer,
    key: Annotated[str | None, argument("[KEY]", help="The subject.")] = None,
    query: Annotated[str | None, argument("[QUERY]", help="The relation.")] = None,
    questions: Annotated[
        str | None,
        option(
            "--questions",
            metavar="FILE",
            help="Many questions: a table with the columns key and query, or JSON Lines; '-' is "
            "standard input.",
        ),
    ] = None,
    to: Annotated[
        str | None,
        option(
            "-o",
            "--output",
            metavar="ANSWERS",
            help="Where their answers go, a row each in the same order; JSON Lines with --json.",
        ),
    ] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """One answer of a layer, its probability, and which heads voted for it; or many answers.

    Of many questions one that the layer does not know has a row that says so."""
    if questions is not None:
        if key is not None or to is None:
            found = "KEY beside it" if key is not None else "no -o"
            raise FactrankError(
                f"ask: expected --questions FILE with -o ANSWERS and no KEY, found {found}"
            )
        needed("ask", "layer")
        from factrank.cli.layer_answers import ask_all

        say(ask_all(layer, questions, to, force=force, as_json=as_json))
        return
    if key is None or query is None or to is not None:
        found = "-o without --questions" if to is not None else "none, or one of them"
        raise FactrankError(
            f"ask: expected KEY and QUERY, or --questions FILE -o ANSWERS, found {found}"
        )
    needed("ask", "layer")
    from factrank.cli.layer_answers import asked, asked_record
    from factrank.layer.file import load

    named = load(layer)
    record = asked_record(named, key, query)
    say(json.dumps(record) if as_json else asked(record))
