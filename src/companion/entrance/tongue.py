"""The language in which the pages speak: sentences are looked up by their English.

Numbers are put in afterwards, the same ones in each language. The catalogues are the book's own,
in `locale/`; `python -m tools.translate` finds the sentences by the names ``say`` and ``mark``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

ENGLISH = "en"
FOLDER = Path(__file__).resolve().parents[3] / "locale"
DOMAIN = "factrank"

_SPOKEN: ContextVar[Mapping[str, str] | None] = ContextVar("spoken", default=None)


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
    return tuple(sorted(it for it in found if it != DOMAIN))


@cache
def catalogue(language: str, domain: str = DOMAIN) -> Mapping[str, str] | None:
    """The sentences of a language by their English; nothing is looked up for English itself."""
    if language == ENGLISH:
        return None
    from babel.messages.pofile import read_po

    with catalogue_file(language, domain).open("rb") as file:
        entries = [it for it in read_po(file) if it.id and it.string and not it.fuzzy]
    return {it.id: it.string for it in entries}


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Within this block `say` answers in that language."""
    before = _SPOKEN.set(catalogue(language))
    try:
        yield
    finally:
        _SPOKEN.reset(before)


def say(english: str, **told: object) -> str:
    """A sentence in the language that is spoken, with numbers and names put in.

    >>> say("{n} facts", n=8)
    '8 facts'
    """
    found = _SPOKEN.get()
    if found is not None and english not in found:
        raise ValueError(f"the catalogue: expected a translation, found none of {english!r}")
    return (found[english] if found else english).format(**told)


def mark(english: str) -> str:
    """A sentence that is said later: as it stands, but known to the catalogues."""
    return english
