"""Commands of the practice room: audit, normalize and heads."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Annotated

from factrank.cli import options
from factrank.cli.edge import INTERRUPTED, Exit, command, say
from factrank.cli.typed import argument, option
from factrank.errors import FactrankError
from factrank.packages import needed


@command(epilog="Example: factrank audit library:countries --html countries.html")
@options.reads
def audit(
    facts: options.Facts,
    as_json: options.AsJson = False,
    html: Annotated[
        str | None, option("--html", metavar="REPORT", help="Write the report as one page.")
    ] = None,
    lang: options.Lang = None,
    decisions: Annotated[
        str | None,
        option(
            "--decisions",
            metavar="FILE",
            help="Draft a file of decisions for you to review and normalize to apply.",
        ),
    ] = None,
    force: options.Force = False,
    counting: Annotated[
        bool, option("--counting", help="Bound the rank by counts only: for large tables.")
    ] = False,
    effort: options.Effort = options.Work.normal,
    seconds: options.Seconds = None,
    seed: options.Seed = 0,
    reading: options.Reading = {},  # noqa: B006
) -> None:
    """What a table holds, what is wrong with it, how large it is and what its relations cost."""
    from factrank.files import write_files
    from factrank.practice.audit.report import lines, record, report

    language = options.language_of(lang, html)
    for path in (html, decisions):
        options.check_new(path, options.files_of(facts), force)
    rows = options.rows_at(facts, reading)
    found = report(
        rows, effort.value, seconds=seconds, seed=seed, progress=_progress(), counting=counting
    )
    texts: dict[str, list[str]] = {}
    if decisions is not None:
        from factrank.practice.cleaning.draft import draft

        texts[decisions] = [draft(rows, found.audit)]
    if html is not None:
        from factrank.practice.audit.page import page

        if html in texts:
            raise FactrankError(f"{html}: expected two different paths, found one twice")
        texts[html] = [page(found, language)]
    write_files(texts, force=force, inputs=options.files_of(facts))
    say(json.dumps(record(found)) if as_json else "\n".join(lines(found)))
    if found.interval.interrupted:
        raise Exit(INTERRUPTED)


@command(
    epilog="Example: factrank normalize facts.csv -o clean.csv --decisions facts.toml; "
    "factrank normalize clean.csv -o before.csv --undo clean.csv.trail.jsonl"
)
@options.reads
def normalize(
    facts: options.Facts,
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
    force: options.Force = False,
    as_json: options.AsJson = False,
    reading: options.Reading = {},  # noqa: B006
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
    inputs = [*options.files_of(facts), str(decisions)]
    for path in (out, trail):
        options.check_new(path, inputs, force)
    wanted = load(str(decisions))
    rows = options.rows_at(facts, reading)
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
    options.check_new(out, [facts, undo], force)
    text, rows = taken_back(facts, undo, out)
    write_files({out: [text]}, force=force, inputs=[facts, undo])
    done = {"restored": out, "rows": rows}
    say(json.dumps(done) if as_json else f"{out}: the {counted(rows, 'row')} before the decisions")


def _progress() -> Callable[[str], None]:
    """One line that says what is under way, where a person watches."""
    if sys.stderr is None or not sys.stderr.isatty():
        return lambda line: None
    return lambda line: print("\r\x1b[K" + line, end="\r", file=sys.stderr, flush=True)


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
    html: options.Html = None,
    lang: options.Lang = None,
    force: options.Force = False,
    as_json: options.AsJson = False,
    as_csv: Annotated[bool, option("--csv", help="Print a row a head as CSV.")] = False,
) -> None:
    """How wide are the heads of a model that others trained, and how much of it do they use?"""
    if as_json and as_csv:
        raise FactrankError("heads: expected --json or --csv, found both")
    needed("heads", "layer")
    language = options.language_of(lang, html)
    options.check_new(html, [file], force)
    from factrank.practice.heads.page import page
    from factrank.practice.heads.report import heads, lines, record, spreadsheet

    found = heads(file, n_heads)
    options.write_page(html, lambda: page(found, language), [file], force)
    say(json.dumps(record(found)) if as_json else spreadsheet(found) if as_csv
        else "\n".join(lines(found)))  # fmt: skip
