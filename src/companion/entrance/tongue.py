"""The language in which the pages of the book speak, and what there is in which language.

The catalogues are the book's own, in `locale/`, one for each page, one for the pictures and the
extensions, and one for the explorer's own markup and scripts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from html import escape, unescape
from pathlib import Path

from factrank.practice.html import tongue
from factrank.practice.html.tongue import ENGLISH, mark, say

__all__ = ["ENGLISH", "mark", "say"]
FOLDER = Path(__file__).resolve().parents[3] / "locale"
DOMAIN, EXPLORER = "factrank", "explorer"


def catalogue_file(language: str, domain: str = DOMAIN) -> Path:
    """Where the sentences of a page, or else those of the program, stand in a language."""
    return FOLDER / language / "LC_MESSAGES" / f"{domain}.po"


def languages() -> tuple[str, ...]:
    """The languages besides English that have catalogues."""
    return tuple(sorted(it.name for it in FOLDER.iterdir() if (it / "LC_MESSAGES").is_dir()))


def pages(language: str) -> tuple[str, ...]:
    """The pages of the book that have a catalogue in a language, by their names."""
    folder = catalogue_file(language).parent
    found = (it.relative_to(folder).with_suffix("").as_posix() for it in folder.rglob("*.po"))
    return tuple(sorted(it for it in found if it not in (DOMAIN, EXPLORER)))


@cache
def catalogue(language: str, domain: str = DOMAIN) -> Mapping[str, str] | None:
    """The sentences of a language by their English; nothing is looked up for English itself."""
    if language == ENGLISH:
        return None
    return tongue.entries(catalogue_file(language, domain).read_text(encoding="utf-8"))


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Within this block `say` answers in that language."""
    with tongue.speaking(language, catalogue(language)):
        yield


# ---- the words in a page's own markup: what stands between tags, and the names of its parts

#: What a reader may type or copy stays as it is; then texts and names with two letters in a row.
_WORDS = re.compile(
    r"<(?P<kept>textarea|code)\b.*?</(?P=kept)>"
    r"|(?<=>)(?P<text>[^<>]*[A-Za-z]{2}[^<>]*)(?=<)"
    r'|(?<=aria-label=")(?P<name>[^"]+)',
    re.DOTALL,
)


def spoken(markup: str) -> Iterator[str]:
    """The words of some markup, in order.

    >>> [*spoken('<p aria-label="One">In <code>it</code> two,\\n three.</p><td>4</td>')]
    ['One', 'In', 'two, three.']
    """
    for it in _WORDS.finditer(markup):
        if words := it["text"] or it["name"]:
            yield unescape(" ".join(words.split()))


def retold(markup: str, say: Callable[[str], str]) -> str:
    """The same markup with other words.

    >>> retold('<p>one <b>two</b></p>', str.upper)
    '<p>ONE <b>TWO</b></p>'
    """

    def told(it: re.Match[str]) -> str:
        words = it["text"] or it["name"]
        if not words:
            return it[0]
        bare = words.strip()
        before, _, after = words.partition(bare)
        return f"{before}{escape(say(unescape(' '.join(bare.split()))))}{after}"

    return _WORDS.sub(told, markup)
