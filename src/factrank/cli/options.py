"""Arguments that several commands share, and what they stand for."""

from __future__ import annotations

import functools
import inspect
import os
import re
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

from factrank.cli.edge import passing
from factrank.cli.typed import argument, option
from factrank.errors import FactrankError

if TYPE_CHECKING:
    from factrank.facts.database import Database
    from factrank.facts.rows import Rows
    from factrank.rank.interval import RankInterval

# how hard to search where the cheap bounds leave a gap
Work = Literal["quick", "normal", "deep"]
Language = Literal["en", "ja"]  # of a page
# how a source is laid out
Format = Literal["triples", "wide", "jsonl", "ntriples", "turtle", "json", "nquads"]

Facts = Annotated[
    str,
    argument(
        "FACTS",
        help="A CSV or TSV file, JSON Lines or a JSON list (.jsonl, .json), N-Triples, N-Quads, "
        "Turtle (.nt, .nq, .ttl), an Excel workbook, Parquet or a SQLite database (.xlsx, "
        ".parquet, .db), a tensor as numbers (.sms), each packed or not (.gz, .bz2, .xz, .zip), "
        "'-' for standard input, or library:NAME. FILE::PART names a sheet, a table or a SELECT; "
        "A+B reads several as one. "
        "A header that names key, query and value in any order "
        "(subject,predicate,object; head,relation,tail; entity,attribute,value; s,p,o; other "
        "languages) means triples, as do three columns without a header. Any other header means a "
        "wide table: first column the key, one column a relation, an empty cell a missing fact. "
        "Where a table could be read otherwise, that is told.",
    ),
]
Effort = Annotated[
    Work,
    option("--effort", help="quick: cheap bounds only; normal: seconds of search; deep: minutes."),
]
Seconds = Annotated[float | None, option("--seconds", help="End the search after so long.")]
Seed = Annotated[int, option("--seed", help="Of the random searches.")]
Tau = Annotated[float, option("--tau", help="A fact is held if its probability is at least this.")]
Force = Annotated[bool, option("--force", help="Write over a file that exists.")]
Html = Annotated[str | None, option("--html", metavar="FILE", help="Write it as one page.")]
Lang = Annotated[
    Language | None,
    option(
        "--lang",
        help="The language of the page (.html) that is written; not told, that of LC_ALL, "
        "LC_MESSAGES or LANG, if it is one of these. All else is English.",
    ),
]
Workers = Annotated[
    int,
    option(
        "--workers", min=1, help="Processes of one thread each; of --scheduler, those to keep busy."
    ),
]
Scheduler = Annotated[
    str | None,
    option(
        "--scheduler",
        metavar="ADDRESS",
        help="A Dask scheduler whose workers run it instead (extra sweep).",
    ),
]
AsJson = Annotated[bool, option("--json", help="Print one JSON object.")]


# ---- reading --------------------------------------------------------------------------------


def _reading(
    format: Annotated[
        Format | None, option("--format", help="The layout, whatever the source says.")
    ] = None,
    header: Annotated[
        bool | None,
        option(
            "--header/--no-header",
            help="The first line names the columns, or is a fact (of triples, unless wide); "
            "not told, the lines below decide.",
        ),
    ] = None,
    key: Annotated[
        str | None,
        option(
            "--key",
            metavar="COLUMN[,COLUMN]",
            help="The key column of a wide table; several are joined to one label.",
        ),
    ] = None,
    columns: Annotated[
        str | None,
        option(
            "--columns",
            metavar="COLUMN[,COLUMN]",
            help="The columns of a wide table that are relations, not all of them; with "
            "--format triples those of key, query and value.",
        ),
    ] = None,
    delimiter: Annotated[
        str | None, option("--delimiter", help="What parts the cells, whatever the header says.")
    ] = None,
    encoding: Annotated[
        str | None,
        option(
            "--encoding", help="Of the text, unless UTF-8 or marked: latin-1, cp1252, shift_jis..."
        ),
    ] = None,
    strict: Annotated[bool, option("--strict", help="Stop at the first fault.")] = False,
    skip_bad: Annotated[
        bool, option("--skip-bad", help="Leave out the lines at fault; they are told.")
    ] = False,
) -> None:
    """The options of reading, which every command with FACTS takes."""


READING = inspect.signature(_reading, eval_str=True).parameters
Reading = dict[str, Any]  # the options of reading, by name


def reads(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command that takes FACTS the options of reading, as its one argument ``reading``."""

    @functools.wraps(command)
    def told(*args: Any, **options: Any) -> None:
        reading = {name: options.pop(name) for name in READING}
        return command(*args, reading=reading, **options)

    own = inspect.signature(command, eval_str=True)
    parameters = [it for name, it in own.parameters.items() if name != "reading"]
    parameters += [it.replace(kind=inspect.Parameter.KEYWORD_ONLY) for it in READING.values()]
    told.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
    told.__annotations__ = {it.name: it.annotation for it in parameters}
    return told


def files_of(facts: str) -> list[str]:
    """The files that the argument names: nothing is written over them."""
    from factrank.facts.reading.read import paths_of

    return paths_of(facts)


def rows_at(facts: str, reading: Reading) -> Rows:
    """Every fact that the arguments name, with its line; skipped lines, and how a table was read
    that could be read otherwise, are told on stderr."""
    from factrank.facts.reading.options import SHOWN
    from factrank.facts.reading.read import read_rows
    from factrank.facts.words import counted

    rows = read_rows(facts, **reading)
    if rows.told and sys.stderr is not None:
        print("\n".join(rows.told), file=sys.stderr)
    if rows.skipped_count and sys.stderr is not None:
        first = f" (the first {SHOWN} above)" if rows.skipped_count > SHOWN else ""
        bad, good = counted(rows.skipped_count, "bad line"), counted(len(rows), "fact")
        told = f"{rows.name}: {bad} skipped{first}, {good} read"
        print("\n".join([*rows.skipped, told]), file=sys.stderr)
    return rows


def sampled(database: Database, sample: int | None, seed: int) -> Database:
    """The facts of so many keys, the same for one seed; or all."""
    from factrank.layer.training.sizes import sample_keys

    return database if sample is None else sample_keys(database, sample, seed)


def database_of(facts: str, reading: Reading) -> Database:
    """The database that the arguments name."""
    return rows_at(facts, reading).database()


# ---- what is written ------------------------------------------------------------------------


def check_files(*paths: str | None, force: bool, inputs: list[str]) -> None:
    """A sentence before the work if one of the files could not be written after it."""
    from factrank.files import check_new

    for path in paths:
        if path is not None:
            check_new(path, force=force, inputs=inputs)


def language_of(lang: Language | None, html: str | None, asks: str = "--html") -> str:
    """The language of a page: the one that was asked for, or the locale's; ``asks`` is the option
    by which a page is asked for.

    Errors: ``FactrankError`` if one was asked for and no page.
    """
    if lang is not None:
        if html is None:
            raise FactrankError(
                f"--lang: expected {asks} beside it, whose page it is for, found {lang} alone"
            )
        return lang
    names = (os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next(filter(None, names), "")
    spoken = re.split(r"[_.@-]", locale)[0].lower()
    return spoken if spoken in get_args(Language) else "en"


def write_page(path: str | None, page: Callable[[], str], inputs: list[str], force: bool) -> None:
    """The page, if one was asked for."""
    if path is not None:
        from factrank.files import write_files

        write_files({path: [page()]}, force=force, inputs=inputs)


# ---- searching ------------------------------------------------------------------------------


def interval_of(database: Database, effort: Work, seconds: float | None, seed: int) -> RankInterval:
    """The rank interval, told with its effort; one progress line where a person watches."""
    from factrank.rank.effort import told_effort
    from factrank.rank.interval import rank_interval

    with passing() as tell:
        found = rank_interval(database, effort, seconds=seconds, seed=seed, progress=tell)
    return told_effort(found, effort)
