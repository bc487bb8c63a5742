"""Arguments that several commands share, and what they stand for."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from factrank.facts.database import Database
    from factrank.rank.interval import RankInterval


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
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def database_of(facts: str, format: Format | None, no_header: bool) -> Database:
    """The database that the arguments name."""
    from factrank.facts.readers import read

    return read(facts, format=format and format.value, header=not no_header)


def interval_of(database: Database, effort: Work, seconds: float | None, seed: int) -> RankInterval:
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
