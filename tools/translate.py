"""The catalogues of the book's other languages: what is said in English, and how it is said there.

Without an option every catalogue in `locale/` is brought up to date: a new sentence gets an empty
entry, one that changed keeps its old translation, marked fuzzy, until somebody mends it. With
``--check`` nothing is written, and what is out of date is named.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from companion.entrance.tongue import DOMAIN, EXPLORER, catalogue_file, languages, pages, spoken
from factrank.practice.html.tongue import DOMAIN as REPORTS
from factrank.practice.html.tongue import catalogue_path
from tools.house import ROOT, masters, surroundings
from tools.languages import command

#: By catalogue who speaks: pictures and extensions; the explorer; the reports of the package.
SPEAKERS = {
    DOMAIN: ("src/companion/entrance/*.py", "book/_ext/*.py"),
    EXPLORER: ("book/_static/explorer/*.js", "book/explorer.md"),
    REPORTS: ("src/factrank/practice/**/*.py", "src/factrank/practice/html/heard.txt"),
}
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_TEXT = rf"({QUOTED.pattern}(?:\s*\+\s*{QUOTED.pattern})*)"
SCRIPT = re.compile(rf"\b(?:say|mark)\(\s*{_TEXT}|\bmany\([^,\"]+,\s*{_TEXT},\s*{_TEXT}")
RAW = re.compile(r"^```\{raw\} html\n(.*?)^```", re.MULTILINE | re.DOTALL)
WORDS = {"say": None, "para": None, "mark": None, "filled": None, "many": (2, 3)}
WORD = re.compile(r"[^\W\d_]{2}")
APART = re.compile(r"\{[\w:-]+\}`[^`<]*`|`[^`\n]+`|\$[^$\n]+\$")


def needs_words(english: str) -> bool:
    """Return whether a message is more than a formula, a name in code or a link without words.

    >>> needs_words("{doc}`core/a`"), needs_words("\\nA + B\\n"), needs_words("what it says")
    (False, False, True)
    """
    return not english.startswith("\n") and bool(WORD.search(APART.sub("", english)))


def program(domain: str) -> Catalog:
    """Return the sentences that the programs of a catalogue say, and the titles of the chapters."""
    found = Catalog()
    for path in sorted(it for pattern in SPEAKERS[domain] for it in ROOT.glob(pattern)):
        place = path.relative_to(ROOT).as_posix()
        for line, told in _said(path):
            for english in told if isinstance(told, tuple) else (told,):
                found.add(english, locations=[(place, line)])
    if domain == DOMAIN:  # a page in another language calls a chapter by its title
        for path in masters():
            title = path.read_text(encoding="utf-8").partition("\n# ")[2].partition("\n")[0]
            found.add(title, locations=[(path.relative_to(ROOT).as_posix(), 1)])
    return found


def _said(path: Path) -> Iterator[tuple[int, str | tuple[str, ...]]]:
    """Yield what a file says, by line: a program where it speaks, a page in its own markup."""
    if path.suffix == ".py":
        yield from (it[:2] for it in extract_from_file("python", path, keywords=WORDS))
        return
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".txt":  # a sentence a line
        yield from ((n, it) for n, it in enumerate(text.splitlines(), 1) if not it.startswith("#"))
        return
    for it in (SCRIPT if path.suffix == ".js" else RAW).finditer(text):
        line = text.count("\n", 0, it.start()) + 1
        quoted = filter(None, it.groups())
        if path.suffix == ".js":
            yield from ((line, "".join(map(json.loads, QUOTED.findall(q)))) for q in quoted)
        else:
            yield from ((line, words) for words in spoken(it[1]))


def file_of(language: str, name: str) -> Path:
    """Return where a catalogue stands: that of the reports in the package."""
    return catalogue_path(language) if name == REPORTS else catalogue_file(language, name)


def templates(language: str) -> dict[str, Catalog]:
    """Return by catalogue what is said in English now; Sphinx reads the pages."""
    found = {name: program(name) for name in SPEAKERS}
    with tempfile.TemporaryDirectory() as folder:
        words = command(language, Path(folder))
        words += ["--builder", "custom", "--custom-builder", "gettext"]
        done = subprocess.run(words, cwd=ROOT, env=surroundings(), capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"the pages were not read:\n{done.stderr}")
        for page in pages(language):
            pot = Path(folder) / "_build" / "gettext" / f"{page}.pot"
            found[page] = Catalog()
            for it in _read(pot) if pot.exists() else ():
                if needs_words(it.id):
                    lines = [(f"{page}.md", line) for _, line in it.locations]
                    found[page].add(it.id, locations=lines)
    return found


def _read(path: Path) -> list[Message]:
    with path.open("rb") as file:
        return [it for it in read_po(file) if it.id]


def stale(language: str) -> list[str]:
    """Return a line for each sentence that is out of date in a language's catalogues."""
    return [
        line
        for name, template in templates(language).items()
        for line in differences(file_of(language, name), template)
    ]


def differences(path: Path, template: Catalog) -> Iterator[str]:
    """Yield what a catalogue has not, has unsure, or has although it is said no more."""
    entries, place = {it.id: it for it in _read(path)}, path.name
    if path.is_relative_to(ROOT):
        place = path.relative_to(ROOT).as_posix()
    for it in (it for it in template if it.id):
        mine, said = entries.pop(it.id, None), "{}:{}".format(*it.locations[0])
        if mine is None or not mine.string:
            yield f"{place}: expected a translation of {said}, found none: {it.id}"
        elif mine.fuzzy:
            yield f"{place}: expected an entry that is not fuzzy ({said}), found: {it.id}"
    for english in entries:
        yield f"{place}: expected what is still said, found what is said no more: {english}"


def update(language: str) -> None:
    """Write every catalogue anew from what is said now."""
    for name, template in templates(language).items():
        path = file_of(language, name)
        with path.open("rb") as file:
            mine = read_po(file, locale=language)
        mine.update(template, update_header_comment=False)
        mine.obsolete.clear()
        write(path, mine)


def write(path: Path, entries: Catalog) -> None:
    """Write a catalogue: no dates and no lines' numbers, so that only what changed changes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, entries, width=100, omit_header=True, no_location=True)


def main(arguments: list[str] | None = None) -> int:
    """Update or check; return 1 if something is out of date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing, name what is out of date"
    )
    options = parser.parse_args(arguments)
    found: list[str] = []
    for language in languages():
        if not options.check:
            update(language)
        found += stale(language)
    print(*found, sep="\n", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
