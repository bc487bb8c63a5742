"""The command ``factrank``: parse, call, print. Rooms are imported inside the commands."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from factrank import __version__
from factrank.errors import FactrankError

try:
    import typer  # most of the start: who interrupts here wants no traceback either
except KeyboardInterrupt:
    sys.exit(130)

if TYPE_CHECKING:
    from factrank.facts.database import Database
    from factrank.rank.interval import RankInterval

NO, BAD, INTERRUPTED = 1, 2, 130
# typer carries its own copy of click, whose module name changes between versions
ClickException = typer.BadParameter.__mro__[2]

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="How many facts can an attention layer hold? Certified ranks of databases of facts.",
    epilog="Example: factrank rank library:example",
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Work(StrEnum):
    """How hard to search where the cheap bounds leave a gap."""

    quick = "quick"
    normal = "normal"
    deep = "deep"


class Format(StrEnum):
    """How a file's lines are laid out."""

    triples = "triples"
    wide = "wide"


Facts = Annotated[
    str,
    typer.Argument(
        metavar="FACTS",
        help="A CSV or TSV file, '-' for standard input, or library:NAME. A header "
        "key,query,value (subject,relation,object; head,relation,tail) means triples, any "
        "other header a wide table: first column the key, one column a relation, an empty "
        "cell a missing fact.",
        show_default=False,
    ),
]
Layout = Annotated[
    Format | None,
    typer.Option("--format", help="The layout, whatever the header says.", show_default=False),
]
NoHeader = Annotated[
    bool, typer.Option("--no-header", help="The first line is a fact (triples, unless wide).")
]


Effort = Annotated[
    Work,
    typer.Option(
        "--effort", help="quick: cheap bounds only; normal: seconds of search; deep: minutes."
    ),
]
Seconds = Annotated[
    float | None,
    typer.Option("--seconds", help="End the search after so long.", show_default=False),
]
Seed = Annotated[int, typer.Option("--seed", help="Of the random searches.")]


def _database(facts: str, format: Format | None, no_header: bool) -> Database:
    from factrank.facts.readers import read

    return read(facts, format=format and format.value, header=not no_header)


def _interval(database: Database, effort: Work, seconds: float | None, seed: int) -> RankInterval:
    """The rank interval, with one progress line where a person watches."""
    from factrank.rank.interval import rank_interval

    if sys.stderr is None or not sys.stderr.isatty():
        return rank_interval(database, effort.value, seconds=seconds, seed=seed)
    clear = "\r\x1b[K"
    try:
        return rank_interval(
            database,
            effort.value,
            seconds=seconds,
            seed=seed,
            progress=lambda line: print(clear + line, end="", file=sys.stderr, flush=True),
        )
    finally:
        print(clear, end="", file=sys.stderr, flush=True)


def _version(wanted: bool) -> None:
    if wanted:
        _say(f"factrank {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    pass


@app.command(epilog="Example: factrank rank facts.csv --json")
def rank(
    facts: Facts,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    to: Annotated[
        str | None,
        typer.Option(
            "--certificate", metavar="OUT.json", help="Write the proof.", show_default=False
        ),
    ] = None,
    effort: Effort = Work.normal,
    seconds: Seconds = None,
    seed: Seed = 0,
    format: Layout = None,
    no_header: NoHeader = False,
) -> None:
    """The rank of the database's 0/1 tensor, as a proved interval over the real numbers."""
    from factrank._answers import record, report

    database = _database(facts, format, no_header)
    started = time.perf_counter()
    found = _interval(database, effort, seconds, seed)
    took = time.perf_counter() - started
    if to is not None:
        from factrank.rank.certificate import certificate, write

        write(to, certificate(database, found))
    _say(json.dumps(record(database, found, took)) if as_json else report(database, found))
    if found.interrupted:
        raise typer.Exit(INTERRUPTED)


@app.command(epilog="Example: factrank verify facts.csv proof.json")
def verify(
    facts: Facts,
    proof: Annotated[
        str, typer.Argument(metavar="CERTIFICATE", help="What rank --certificate wrote.")
    ],
    format: Layout = None,
    no_header: NoHeader = False,
) -> None:
    """Check a certificate against the facts: multiply and compare, no search. Status 1 if wrong."""
    from factrank.rank.verify import load, verify

    certificate = load(proof)
    verdict = verify(_database(facts, format, no_header), certificate)
    _say(verdict.message if verdict.valid else f"not verified: {verdict.message}")
    if not verdict.valid:
        raise typer.Exit(NO)


@app.command(epilog="Example: factrank explain library:example")
def explain(
    facts: Facts,
    effort: Effort = Work.normal,
    seconds: Seconds = None,
    seed: Seed = 0,
    format: Layout = None,
    no_header: NoHeader = False,
) -> None:
    """The decomposition and the lower bound in words."""
    from factrank.rank.explain import explain

    database = _database(facts, format, no_header)
    found = _interval(database, effort, seconds, seed)
    _say(explain(database, found))
    if found.interrupted:
        raise typer.Exit(INTERRUPTED)


@app.command(epilog="Example: factrank library")
def library() -> None:
    """List the databases that can be named as library:NAME."""
    from factrank.facts.library import names

    width = max(map(len, names()))
    _say("\n".join(f"{name:{width}}  {line}" for name, line in names().items()))


# ---- the edge: one answer on stdout, one sentence on stderr, one status ----------------------


def _say(text: str) -> None:
    """Print the answer now, so that a full disk or a closed pipe is met here."""
    if sys.stdout is None:
        raise FactrankError("stdout: expected an open standard output, found it closed")
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # whoever read us has enough; keep the interpreter from flushing again at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise FactrankError(f"stdout: expected to print, found: {error.strerror}") from None


def _run(args: Sequence[str] | None) -> int:
    try:
        status = app(args, prog_name="factrank", standalone_mode=False) or 0
        # click turns an interrupt into a status of its own
        return _fail("factrank: interrupted", status) if status == INTERRUPTED else status
    except FactrankError as error:
        return _fail(str(error), BAD)
    except ClickException as error:
        return _fail(f"factrank: {_usage(error.format_message())}", BAD)
    except (KeyboardInterrupt, typer.Abort):
        return _fail("factrank: interrupted", INTERRUPTED)
    except MemoryError:
        return _fail("factrank: expected the facts to fit in memory, found too many", BAD)
    except Exception as error:
        if os.environ.get("FACTRANK_TRACEBACK"):
            raise
        fault = f"{type(error).__name__}: {error}"
        return _fail(
            f"factrank: a fault of its own, {fault} (FACTRANK_TRACEBACK=1 shows where)", BAD
        )


def _fail(message: str, status: int) -> int:
    print(message, file=sys.stderr)
    return status


def _usage(message: str) -> str:
    """click's sentence in one line, with the way to the help."""
    sentence = " ".join(message.replace("Value error, ", "").split()).rstrip(".")
    return f"{sentence[:1].lower()}{sentence[1:]}; see factrank --help"


def main(args: Sequence[str] | None = None) -> None:
    """Run the command and exit: 0 done, 1 answer is no, 2 bad input, 130 interrupted. [ours]

    >>> main(["--version"])
    Traceback (most recent call last):
    ...
    SystemExit: 0
    """
    status = _run(args)
    if status == 0 and sys.stdout is not None:
        sys.stdout.flush()
    sys.exit(status)
