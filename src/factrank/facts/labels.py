"""The three modes and the rules for their labels, each broken rule told in one sentence."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from factrank.errors import FactrankError

MODES = "KQV"
NAMES = {"K": "key", "Q": "query", "V": "value"}
# letters that Unicode does not take apart into one of a-z and an accent
_LETTERS = str.maketrans(
    dict(zip("øłđðħŧı", "olddhti", strict=True)) | {"æ": "ae", "œ": "oe", "þ": "th"}
)
_APART = re.compile(r"[\W_]+")


def printable(text: str) -> str:
    """The text with what a terminal would obey, or a line break, written out.

    >>> print(printable("Lima\\x1b[2J"), printable("a b"))
    Lima\\x1b[2J a b
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def fold(label: str) -> str:
    """The label without case, accents and punctuation, blanks made one.

    >>> fold("  São Tomé & Príncipe"), fold("SAO-TOME PRINCIPE")
    ('sao tome principe', 'sao tome principe')
    """
    plain = unicodedata.normalize("NFKD", label.casefold())
    bare = "".join(c for c in plain if not unicodedata.combining(c))
    return _APART.sub(" ", bare.translate(_LETTERS)).strip()


def axis_of(mode: str) -> int:
    if mode not in NAMES:
        raise FactrankError(f"mode: expected one of 'K', 'Q', 'V', found {mode!r}")
    return MODES.index(mode)


def unknown(mode: str, label: str) -> str:
    return f"{NAMES[mode]} {label!r}: expected a {NAMES[mode]} of the database, found none like it"


def check_labels(mode: str, labels: tuple[str, ...]) -> None:
    for n, label in enumerate(labels, 1):
        if not isinstance(label, str) or not label:
            raise FactrankError(
                f"{NAMES[mode]} {n}: expected a non-empty text label, found {label!r}"
            )
    if len(set(labels)) != len(labels):
        seen: set[str] = set()
        twice = next(x for x in labels if x in seen or seen.add(x))  # type: ignore[func-returns-value]
        raise FactrankError(
            f"{NAMES[mode]} {twice!r}: expected every label once, found it twice at "
            f"positions {labels.index(twice) + 1} and {len(labels) - labels[::-1].index(twice)}"
        )


def check_triple(n: int, triple: Sequence[str]) -> None:
    if isinstance(triple, str) or not hasattr(triple, "__len__") or len(triple) != 3:
        raise FactrankError(f"fact {n}: expected (key, query, value), found {triple!r}")
    for mode, label in zip(MODES, triple, strict=True):
        if not isinstance(label, str) or not label:
            raise FactrankError(
                f"fact {n} {tuple(triple)!r}: expected a non-empty {NAMES[mode]}, found {label!r}"
            )
