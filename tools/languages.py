"""The book in other languages: a second, small build of the pages that have a catalogue.

It has the settings of the English one with another language and the contents cut down. What both
builds wrote alike (scripts, styles, fonts) stands in the site once.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from filecmp import cmp
from pathlib import Path
from posixpath import dirname, join, normpath, relpath
from typing import Any

import yaml

from companion.entrance.tongue import catalogue, pages
from tools.house import ROOT, surroundings

BOOK = ROOT / "book"
# Extensions that write the files of pages which only the English book has.
ENGLISH_ONLY = ("kit",)
LINK = re.compile(r"""(?P<before>\b(?:src|href)=")(?P<path>[^"#?:]+)(?P<after>["#?])""")


def contents(language: str, *, named: bool) -> dict[str, Any]:
    """Return the contents: the pages that have a catalogue, and perhaps the parts' names in it.

    >>> [[part["caption"] for part in contents("ja", named=it)["parts"]][0] for it in (True, False)]
    ['1時間で読む', 'In an hour']
    """
    found = yaml.safe_load((BOOK / "_toc.yml").read_text(encoding="utf-8"))
    # Sphinx finds the names of the parts on the page that they hang on.
    names = (catalogue(language, found["root"]) if named else None) or {}
    have, parts = {*pages(language)}, []
    for part in found["parts"]:
        kept = [{"file": it["file"]} for it in part["chapters"] if it["file"] in have]
        if kept:
            caption = part["caption"]
            parts.append({"caption": names.get(caption, caption), "chapters": kept})
    return {**found, "parts": parts}


def settings(language: str, doctrees: Path | None = None) -> dict[str, Any]:
    """Return the settings; ``doctrees`` are those of the English build, if links lead there."""
    found = yaml.safe_load((BOOK / "_config.yml").read_text(encoding="utf-8"))
    sphinx = found["sphinx"]
    names = [it for it in sphinx["local_extensions"] if it not in ENGLISH_ONLY]
    if doctrees:
        names.append("abroad")
        sphinx["config"]["abroad"] = str(doctrees / "environment.pickle")
    sphinx["local_extensions"] = dict.fromkeys(names, str(BOOK / "_ext"))
    sphinx["config"]["language"] = language
    return found


def command(language: str, into: Path, doctrees: Path | None = None) -> list[str]:
    """Write contents and settings below `into`; return how to build from them."""
    into.mkdir(parents=True, exist_ok=True)
    told = {
        "_config.yml": settings(language, doctrees),
        "_toc.yml": contents(language, named=bool(doctrees)),
    }
    for name, it in told.items():
        (into / name).write_text(yaml.safe_dump(it, allow_unicode=True), encoding="utf-8")
    words = [str(Path(sys.executable).parent / "jupyter-book"), "build", ".", "--all", "-q"]
    words += ["--config", str(into / "_config.yml"), "--toc", str(into / "_toc.yml")]
    return [*words, "--path-output", str(into)]


def share(site: Path, language: str) -> None:
    """Take out of the pages in a language what the site has already, and lead them to it."""
    own = site / language
    files = {it.relative_to(own).as_posix(): it for it in own.rglob("*") if it.is_file()}
    twice = {name: it for name, it in files.items() if _same(it, site / name)}
    for page in (it for name, it in files.items() if name.endswith(".html") and name not in twice):
        place = dirname(page.relative_to(own).as_posix())

        def led(link: re.Match[str], place: str = place) -> str:
            target = normpath(join(place, link["path"]))
            if target not in twice:
                return link[0]
            return f"{link['before']}{relpath(join('..', target), place)}{link['after']}"

        page.write_text(LINK.sub(led, page.read_text(encoding="utf-8")), encoding="utf-8")
    for it in twice.values():
        it.unlink()
    for folder in sorted((it for it in own.rglob("*") if it.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()


def _same(one: Path, other: Path) -> bool:
    return other.is_file() and cmp(one, other, shallow=False)


def build(into: Path, language: str) -> int:
    """Build the pages in a language into the site that was built into `into`; return the status."""
    built = into / language
    words = command(language, built, into / "_build" / ".doctrees")
    print(f"building the pages in {language}, every warning an error", flush=True)
    status = subprocess.run(
        [*words, "-W", "-n", "--keep-going"], cwd=ROOT, env=surroundings(),
        stdout=subprocess.DEVNULL,
    ).returncode  # fmt: skip
    if not status:
        site = into / "_build" / "html"
        shutil.rmtree(site / language, ignore_errors=True)
        shutil.move(built / "_build" / "html", site / language)
        share(site, language)
    return status
