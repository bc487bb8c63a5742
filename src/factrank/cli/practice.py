"""Commands of the practice room: audit, normalize and heads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

from factrank.cli.edge import INTERRUPTED, Exit, command, passing, say
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
    check_files,
    files_of,
    language_of,
    reads,
    rows_at,
    write_page,
)
from factrank.cli.typed import argument, option
from factrank.errors import FactrankError
from factrank.packages import needed


@command(epilog="Example: factrank audit library:countries --html countries.html")
@reads
def audit(
    facts: Facts,
    as_json: AsJson = False,
    html: Annotated[
        str | None, option("--html", metavar="REPORT", help="Write the report as one page.")
    ] = None,
    lang: Lang = None,
    decisions: Annotated[
        str | None,
        option(
            "--decisions",
            metavar="FILE",
            help="Draft a file of decisions for you to review and normalize to apply.",
        ),
    ] = None,
    force: Force = False,
    counting: Annotated[
        bool, option("--counting", help="Bound the rank by counts only: for large tables.")
    ] = False,
    effort: Effort = "normal",
    seconds: Seconds = None,
    seed: Seed = 0,
    reading: Reading = {},  # noqa: B006
) -> None:
    """What a table holds, what is wrong with it, how large it is and what its relations cost."""
    from factrank.files import write_files
    from factrank.practice.audit.report import lines, record, report

    language = language_of(lang, html)
    check_files(html, decisions, force=force, inputs=files_of(facts))
    rows = rows_at(facts, reading)
    with passing() as tell:
        found = report(rows, effort, seconds=seconds, seed=seed, progress=tell, counting=counting)
    texts: dict[str, list[str]] = {}
    if decisions is not None:
        from factrank.practice.cleaning.draft import draft

        texts[decisions] = [draft(rows, found.audit)]
    if html is not None:
        from factrank.practice.audit.page import page

        if html in texts:
            raise FactrankError(f"{html}: expected two different paths, found one twice")
        texts[html] = [page(found, language)]
    write_files(texts, force=force, inputs=files_of(facts))
    say(json.dumps(record(found)) if as_json else "\n".join(lines(found)))
    if found.interval.interrupted:
        raise Exit(INTERRUPTED)


@command(
    epilog="Example: factrank normalize facts.csv -o clean.csv --decisions facts.toml; "
    "factrank normalize clean.csv -o before.csv --undo clean.csv.trail.jsonl"
)
@reads
def normalize(
    facts: Facts,
    out: Annotated[
        str, option("-o", "--out", metavar="CLEAN", help="The table to write, .csv or .tsv.")
    ],
    decisions: Annotated[
        str | None, option("--decisions", metavar="FILE", help="Decisions that were reviewed.")
    ] = None,
    trail: Annotated[
        str | None,
        option(
            "--trail",
            metavar="FILE",
            help="What changed, by which rule, from which line (default CLEAN.trail.jsonl).",
        ),
    ] = None,
    undo: Annotated[
        str | None,
        option(
            "--undo",
            metavar="TRAIL",
            help="FACTS is a clean table: write the rows it was made from.",
        ),
    ] = None,
    force: Force = False,
    as_json: AsJson = False,
    reading: Reading = {},  # noqa: B006
) -> None:
    """Apply reviewed decisions: a clean table of triples, and a trail of every change."""
    if (decisions is None) == (undo is None):
        raise FactrankError("normalize: expected either --decisions or --undo, found "
                            + ("none" if undo is None else "both"))  # fmt: skip
    if not out.lower().endswith((".csv", ".tsv")):
        raise FactrankError(f"{out}: expected a path that ends in .csv or .tsv for the table")
    if undo is not None:
        _undo(facts, undo, out, trail, force, as_json)
        return
    from factrank.files import write_files
    from factrank.practice.cleaning.decisions import load
    from factrank.practice.cleaning.normalize import normalize
    from factrank.practice.cleaning.trail import summary, table_text, told, trail_lines

    trail = f"{out}.trail.jsonl" if trail is None else trail
    if trail == out:
        raise FactrankError(f"{out}: expected different paths, found one twice")
    inputs = [*files_of(facts), str(decisions)]
    check_files(out, trail, force=force, inputs=inputs)
    wanted = load(str(decisions))
    rows = rows_at(facts, reading)
    clean = normalize(rows, wanted)
    text = table_text(clean.facts, clean.notes, out)
    texts = {trail: trail_lines(rows, wanted, clean, text), out: [text]}
    write_files(texts, force=force, inputs=inputs)
    done = summary(rows, wanted, clean, out, trail)
    say(json.dumps(done) if as_json else "\n".join(told(done)))


def _undo(facts: str, undo: str, out: str, trail: str | None, force: bool, as_json: bool) -> None:
    from factrank.facts.words import counted
    from factrank.files import write_files
    from factrank.practice.cleaning.trail import undo as taken_back

    if trail is not None:
        raise FactrankError("normalize: expected no --trail beside --undo, found one")
    check_files(out, force=force, inputs=[facts, undo])
    text, rows = taken_back(facts, undo, out)
    write_files({out: [text]}, force=force, inputs=[facts, undo])
    done = {"restored": out, "rows": rows}
    say(json.dumps(done) if as_json else f"{out}: the {counted(rows, 'row')} before the decisions")


@command(epilog="Example: factrank heads model.safetensors --html heads.html")
def heads(
    file: Annotated[
        str,
        argument(
            "FILE",
            help="A checkpoint: safetensors, or a file of torch, of which nothing is run. Its "
            "attention may be laid out as GPT-2's, Llama's, BERT's, DeepSeek's, OPT's, ViT's, "
            "DistilBERT's, torch's MultiheadAttention, or W_Q, W_K, W_V, W_O. A config.json beside "
            "it is read too.",
        ),
    ],
    n_heads: Annotated[
        int | None, option("--heads", min=1, metavar="N", help="Where nothing else tells.")
    ] = None,
    html: Html = None,
    lang: Lang = None,
    force: Force = False,
    as_json: AsJson = False,
    as_csv: Annotated[bool, option("--csv", help="Print a row a head as CSV.")] = False,
) -> None:
    """How wide are the heads of a model that others trained, and how much of it do they use?"""
    if as_json and as_csv:
        raise FactrankError("heads: expected --json or --csv, found both")
    needed("heads", "layer")
    language = language_of(lang, html)
    inputs = [file, str(Path(file).with_name("config.json"))]
    check_files(html, force=force, inputs=inputs)
    from factrank.practice.heads.page import page
    from factrank.practice.heads.report import heads, lines, record, spreadsheet

    found = heads(file, n_heads)
    write_page(html, lambda: page(found, language), inputs, force)
    say(json.dumps(record(found)) if as_json else spreadsheet(found) if as_csv
        else "\n".join(lines(found)))  # fmt: skip
