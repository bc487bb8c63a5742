"""The language of a page: sentences are looked up by their English, numbers put in afterwards.

The catalogues are gettext's, in `factrank/locale`, and ship with the package;
`python -m tools.translate` finds the sentences by the names ``say``, ``many`` and ``mark``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from pathlib import Path

ENGLISH, DOMAIN = "en", "reports"
_ENTRY = re.compile(r'^msgid ((?:".*"\n)+)msgstr ((?:".*"\n?)+)', re.MULTILINE)
_HOLE = re.compile(r"\\\{(\w+)\\\}")
_SPOKEN: ContextVar[tuple[str, Mapping[str, str] | None]] = ContextVar(
    "spoken", default=(ENGLISH, None)
)


def entries(text: str) -> dict[str, str]:
    """The sentences of a catalogue by their English; gettext's quotes are those of JSON.

    >>> entries('msgid "a"\\nmsgstr ""\\n"b\\\\n"\\n"c"\\n')
    {'a': 'b\\nc'}
    """
    found = {
        english: other
        for english, other in (
            ("".join(map(json.loads, quoted.splitlines())) for quoted in it.groups())
            for it in _ENTRY.finditer(text)
        )
    }
    return {english: other for english, other in found.items() if english and other}


@cache
def catalogue(language: str) -> Mapping[str, str] | None:
    """The words of the reports; nothing is looked up for English itself."""
    if language == ENGLISH:
        return None
    return entries(catalogue_path(language).read_text(encoding="utf-8"))


def catalogue_path(language: str) -> Path:
    """Where the words of the reports stand in a language."""
    return Path(str(files("factrank"))) / "locale" / language / "LC_MESSAGES" / f"{DOMAIN}.po"


@contextmanager
def speaking(language: str, words: Mapping[str, str] | None) -> Iterator[None]:
    """Within this block `say` answers in that language."""
    before = _SPOKEN.set((language, words))
    try:
        yield
    finally:
        _SPOKEN.reset(before)


def spoken() -> str:
    """The language that is spoken now."""
    return _SPOKEN.get()[0]


def say(english: str, **told: object) -> str:
    """A sentence in the language that is spoken, with numbers and names put in.

    >>> say("{n} facts", n=8)
    '8 facts'
    """
    return known(english).format(**told)


def known(english: str) -> str:
    """The words for a sentence, its holes open.

    Errors: ``ValueError`` if the language has none: that is a fault of its catalogue.
    """
    found = _SPOKEN.get()[1]
    if found is not None and english not in found:
        raise ValueError(f"the catalogue: expected a translation, found none of {english!r}")
    return found[english] if found else english


def many(n: int, one: str, more: str, **told: object) -> str:
    """The sentence for one thing or the one for several.

    >>> many(1, "{n} fact", "{n} facts"), many(2, "{n} fact", "{n} facts")
    ('1 fact', '2 facts')
    """
    return say(one if n == 1 else more, n=n, **told)


def mark(english: str) -> str:
    """A sentence that is said later: as it stands, but known to the catalogues."""
    return english


def heard(text: str, templates: Sequence[str]) -> str | None:
    """What was said in English by one of these sentences, in the language that is spoken; what
    stands in the hole ``how`` must be one of them too.

    >>> heard("cut after 5 s", ["cut after {n} s"]), heard("something else", ["cut after {n} s"])
    ('cut after 5 s', None)
    """
    for english in templates:
        if it := _pattern(english).fullmatch(text):
            found = it.groupdict()
            inner = heard(found["how"], templates) if "how" in found else ""
            if inner is not None:
                return say(english, **found | ({"how": inner} if inner else {}))
    return None


@cache
def _pattern(english: str) -> re.Pattern[str]:
    return re.compile(_HOLE.sub(r"(?P<\1>.+?)", re.escape(english)), re.DOTALL)
