"""What the words of a command name: files, parts of them, several as one."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import NamedTuple

from factrank.errors import FactrankError
from factrank.facts.labels import printable

Named = str | os.PathLike[str]
_SQL = re.compile(r"::\s*(?:select|with)\b", re.IGNORECASE)


class Source(NamedTuple):
    """A path, ``-`` or ``library:NAME``, and the part of it that is named behind ``::``."""

    path: str
    part: str | None = None


def sources_of(named: Named | Sequence[Named]) -> list[Source]:
    """The sources that are named: one, a list of them, or several in one text with ``+`` between.

    A file whose own name has a plus or colons in it is that file. A part that is SQL takes all that
    follows.

    >>> sources_of("a.csv+b.db::SELECT a + b, c FROM t")
    [Source(path='a.csv', part=None), Source(path='b.db', part='SELECT a + b, c FROM t')]
    >>> sources_of(["a.csv", "b.xlsx::Sheet 2"])[1]
    Source(path='b.xlsx', part='Sheet 2')
    """
    if not isinstance(named, str | os.PathLike):
        return [it for one in named for it in sources_of(one)]
    text = os.fspath(named)
    if not isinstance(text, str) or not isinstance(named, str) or _is_there(text):
        return [Source(os.fsdecode(text))]
    sql = _SQL.search(text)
    head, asked = (text[: sql.start()], text[sql.start() :]) if sql else (text, "")
    parts = head.split("+")
    parts[-1] += asked
    if len(parts) > 1 and not all(parts):
        raise FactrankError(f"{printable(text)}: expected a source on each side of '+', found none")
    return [_source(it) for it in parts]


def paths_of(named: Named | Sequence[Named]) -> list[str]:
    """The files that are read for it, which nothing may be written over.

    >>> paths_of("a.csv+b.db::t")
    ['a.csv', 'b.db']
    """
    return [it.path for it in sources_of(named)]


def _source(text: str) -> Source:
    path, colons, part = text.partition("::")
    if not colons or _is_there(text) or text.startswith("library:"):
        return Source(text)
    if not (path and part.strip()):
        raise FactrankError(f"{printable(text)}: expected FILE::PART, found one of them empty")
    return Source(path, part)


def _is_there(path: str) -> bool:
    try:
        return os.path.exists(path)
    except ValueError:  # a NUL in it
        return False
