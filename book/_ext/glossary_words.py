"""The glossary's words, read from ``book/glossary.yml``, and where they stand in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import yaml

from companion.entrance.tongue import ENGLISH, FOLDER

FIELDS = {"term", "says", "chapter"}
OPTIONAL = {"forms", "unless", "never_in", "also", "formula", "label"}


class GlossaryError(ValueError):
    """An entry breaks a rule: one sentence with the entry, the rule and the value found."""


@dataclass(frozen=True)
class Word:
    """One entry: what the word means, and where the book introduces it."""

    term: str
    says: str
    chapter: str
    forms: tuple[str, ...]
    unless: tuple[str, ...] = ()
    never_in: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    formula: str | None = None
    label: str | None = None
    called: str = ""  # its name in the language of the page, if that is not English

    @property
    def anchor(self) -> str:
        """The name of the entry's place on the page."""
        return "term-" + re.sub(r"\W+", "-", self.term.lower())


def plural(word: str) -> str:
    """Return the plural of the last word.

    >>> plural("simple tensor"), plural("query"), plural("loss"), plural("key")
    ('simple tensors', 'queries', 'losses', 'keys')
    """
    if re.search(r"[^aeiou]y$", word):
        return word[:-1] + "ies"
    return word + ("es" if re.search(r"(s|x|ch|sh)$", word) else "s")


def load(path: Path) -> tuple[Word, ...]:
    """Read the glossary; stop at the first fault."""
    return _words(path.read_text(encoding="utf-8"), path.name)


@lru_cache(maxsize=1)  # each page asks for the same words
def _words(text: str, name: str) -> tuple[Word, ...]:
    try:
        entries = yaml.safe_load(text)
    except yaml.YAMLError as error:
        found = " ".join(str(error).split())
        raise GlossaryError(f"{name}: the file must be YAML, found: {found}") from None
    words = tuple(_word(entry) for entry in entries)
    terms = [word.term for word in words]
    if terms != sorted(terms, key=str.lower):
        after = next(b for a, b in pairwise(terms) if a.lower() > b.lower())
        raise GlossaryError(f"entry {after}: terms must stand in alphabetical order")
    seen: dict[str, str] = {}
    for word in words:
        for form in word.forms:
            other = seen.setdefault(form.lower(), word.term)
            if other != word.term:
                raise GlossaryError(
                    f"entry {word.term}: a form must belong to one entry, found {form!r} "
                    f"in {other} too"
                )
    return words


def _word(entry: dict) -> Word:
    name = entry.get("term", "without a term")
    missing, unknown = FIELDS - set(entry), set(entry) - FIELDS - OPTIONAL
    if missing or unknown:
        found = sorted(missing) or sorted(unknown)
        rule = "must have term, says and chapter" if missing else "has a field that is not known"
        raise GlossaryError(f"entry {name}: it {rule}, found {', '.join(found)}")
    if not entry["says"].rstrip().endswith("."):
        raise GlossaryError(f"entry {name}: says must be sentences, found {entry['says'][-20:]!r}")
    forms = tuple(entry.get("forms", (name, plural(name))))
    return Word(
        name, entry["says"].strip(), entry["chapter"], forms, tuple(entry.get("unless", ())),
        tuple(entry.get("never_in", ())), tuple(entry.get("also", ())), entry.get("formula"),
        entry.get("label"),
    )  # fmt: skip


def named(words: tuple[Word, ...], language: str) -> tuple[Word, ...]:
    """Return the words that have a name in a language, found by it; in English all of them."""
    if language == ENGLISH:
        return words
    agreed = yaml.safe_load((FOLDER / language / "terms.yml").read_text(encoding="utf-8"))
    return tuple(
        replace(word, called=name, forms=(name,), unless=())
        for word in words
        if (name := agreed.get(word.term, {}).get("is"))
    )


#: Kanji and katakana: a word in one of them ends where the script changes.
SCRIPTS = ("[\u4e00-\u9fff]", "[\u30a0-\u30ff]")


def edge(letter: str) -> str:
    """Return what may not stand beside this letter where a word begins or ends.

    A hyphen makes another word: "rank-one" is not "rank".

    >>> edge("k"), edge("値") == edge("数") == SCRIPTS[0]
    ('[\\\\w-]', True)
    """
    return next((script for script in SCRIPTS if re.match(script, letter)), r"[\w-]")


def whole(form: str) -> str:
    """Return a pattern for a form by itself, its words perhaps on two lines."""
    words = r"\s+".join(map(re.escape, form.split()))
    return f"(?<!{edge(form[0])}){words}(?!{edge(form[-1])})"


class Finder:
    """Finds words in running text: the longest first, whole words only, each word once."""

    def __init__(self, words: tuple[Word, ...]) -> None:
        self.of = {form.lower(): word for word in words for form in word.forms}
        # A phrase in which the word means something else is found as well, and passed over.
        phrases = {phrase.lower() for word in words for phrase in word.unless}
        longest = sorted({*self.of, *phrases}, key=lambda form: (-len(form), form))
        either = "|".join(map(whole, longest))
        self.pattern = re.compile(either, re.IGNORECASE)

    def find(self, text: str, seen: set[str]) -> Iterator[tuple[int, int, Word]]:
        """Yield start, end and word of what is not in `seen`, and add it there.

        >>> rank = Word("rank", "A size.", "01", ("rank", "ranks"))
        >>> low = Word("rank bound", "A limit.", "01", ("rank bound",))
        >>> finder, seen = Finder((rank, low)), set()
        >>> [hit[2].term for hit in finder.find("A rank-one rank bound; two Ranks, a rank", seen)]
        ['rank bound', 'rank']
        """
        for hit in self.pattern.finditer(text):
            word = self.of.get(" ".join(hit[0].lower().split()))
            if word and word.term not in seen:
                seen.add(word.term)
                yield hit.start(), hit.end(), word
