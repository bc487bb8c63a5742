"""Arguments that several commands share, and what they stand for; and where one waits: how much is
done, how long it takes yet, Ctrl-C as a wish to end well."""

from __future__ import annotations

import functools
import inspect
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

from factrank.cli.typed import argument, option
from factrank.errors import FactrankError

if TYPE_CHECKING:
    from factrank.facts.database import Database
    from factrank.facts.rows import Rows
    from factrank.rank.interval import RankInterval


Work = StrEnum("Work", ["quick", "normal", "deep"])  # how hard to search where bounds leave a gap
Language = StrEnum("Language", ["en", "ja"])  # what a page may speak
Format = StrEnum("Format", ["triples", "wide", "jsonl", "ntriples", "turtle", "json", "nquads"])
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
Tau = Annotated[float, option("--tau", help="A fact is held if its probability is at least this.")]
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


def _of(kind: Any, *names: str, default: Any = None, **told: Any) -> tuple[Any, Any]:
    """The annotation of an option of reading, and its default."""
    return Annotated[kind, option(*names, **told)], default


READING = {
    "format": _of(Format | None, "--format", help="The layout, whatever the source says."),
    "header": _of(
        bool | None,
        "--header/--no-header",
        help="The first line names the columns, or is a fact (of triples, unless wide); "
        "not told, the lines below decide.",
    ),
    "key": _of(
        str | None,
        "--key",
        metavar="COLUMN[,COLUMN]",
        help="The key column of a wide table; several are joined to one label.",
    ),
    "columns": _of(
        str | None,
        "--columns",
        metavar="COLUMN[,COLUMN]",
        help="The columns of a wide table that are relations, not all of them; with "
        "--format triples those of key, query and value.",
    ),
    "delimiter": _of(
        str | None, "--delimiter", help="What parts the cells, whatever the header says."
    ),
    "encoding": _of(
        str | None,
        "--encoding",
        help="Of the text, unless UTF-8 or marked: latin-1, cp1252, shift_jis...",
    ),
    "strict": _of(bool, "--strict", help="Stop at the first fault.", default=False),
    "skip_bad": _of(
        bool, "--skip-bad", help="Leave out the lines at fault; they are told.", default=False
    ),
}
Reading = dict[str, Any]  # the options of reading, by name


def reads(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command that takes FACTS the options of reading, as its one argument ``reading``."""

    @functools.wraps(command)
    def told(*args: Any, **options: Any) -> None:
        reading = {name: options.pop(name) for name in READING}
        return command(*args, reading=reading, **options)

    own = inspect.signature(command, eval_str=True)
    parameters = [it for name, it in own.parameters.items() if name != "reading"]
    parameters += [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, (kind, default) in READING.items()
    ]
    told.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
    told.__annotations__ = {it.name: it.annotation for it in parameters}
    return told


def files_of(facts: str) -> list[str]:
    """The files that the argument names: nothing is written over them."""
    from factrank.facts.reading.asked import paths_of

    return paths_of(facts)


def rows_at(facts: str, reading: Reading) -> Rows:
    """Every fact that the arguments name, with its line; skipped lines, and how a table was read
    that could be read otherwise, are told on stderr."""
    from factrank.facts.reading.options import SHOWN
    from factrank.facts.reading.read import read_rows
    from factrank.facts.words import counted

    rows = read_rows(facts, **{**reading, "format": reading["format"] and reading["format"].value})
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


# ---- pages ----------------------------------------------------------------------------------


def check_new(path: str | None, inputs: list[str], force: bool) -> None:
    """A sentence before the work if a file that is asked for could not be written after it."""
    if path is not None:
        from factrank import files

        files.check_new(path, force=force, inputs=inputs)


def language_of(lang: Language | None, html: str | None, asks: str = "--html") -> str:
    """The language of a page: the one that was asked for, or the locale's; ``asks`` is the option
    by which a page is asked for.

    Errors: ``FactrankError`` if one was asked for and no page.
    """
    if lang is not None:
        if html is None:
            raise FactrankError(
                f"--lang: expected {asks} beside it, whose page it is for, found {lang.value} alone"
            )
        return lang.value
    names = (os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next(filter(None, names), "")
    spoken = re.split(r"[_.@-]", locale)[0].lower()
    return spoken if spoken in Language.__members__ else Language.en.value


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

    shown = sys.stderr is not None and sys.stderr.isatty()

    def tell(line: str) -> None:
        if shown:
            print(CLEAR + line, end="", file=sys.stderr, flush=True)

    try:
        found = rank_interval(database, effort.value, seconds=seconds, seed=seed, progress=tell)
        return told_effort(found, effort.value)
    finally:
        tell("")


# ---- waiting --------------------------------------------------------------------------------

CLEAR = "\r\x1b[K"
PATIENCE = 2.0  # seconds before anything is said
PACE = 0.5  # seconds between two lines


@contextmanager
def watched(
    what: str, clock: Callable[[], float] = time.monotonic
) -> Iterator[Callable[[int, int], None]]:
    """A function that is told how many are done, of how many; it shows a line on a terminal, from
    ``PATIENCE`` seconds on, and the line is gone in the end."""
    shown, begun = sys.stderr is not None and sys.stderr.isatty(), clock()
    last = begun + PATIENCE - PACE

    def tell(done: int, total: int) -> None:
        nonlocal last
        if not shown or not done or (now := clock()) < last + PACE:
            return
        last = now
        left = (now - begun) * (total - done) / done
        line = f"{done:,} of {total:,} {what}, about {spoken(left)} left"
        print(CLEAR + line, end="", file=sys.stderr, flush=True)

    try:
        yield tell
    finally:
        if last > begun + PATIENCE - PACE:
            print(CLEAR, end="", file=sys.stderr, flush=True)


def spoken(seconds: float) -> str:
    """A length of time as one says it.

    >>> spoken(7), spoken(400), spoken(9000)
    ('7 s', '7 min', '2.5 h')
    """
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


@contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """Inside, the first interrupt only makes the function given answer True; a second one is the
    usual ``KeyboardInterrupt``. Elsewhere than in the main thread nothing is changed."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return
    before = signal.getsignal(signal.SIGINT)

    def handle(number: int, frame: object) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    signal.signal(signal.SIGINT, handle)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)
