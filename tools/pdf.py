"""`make pdf`: the whole book as one PDF, solutions at the end, and one of the pages in each other
language, every warning an error.

LaTeX comes from the system. Where a part of it is missing nothing is built: the packages of Debian
and Ubuntu that have it are named, and the exit status is 2. The log of LaTeX is then read: a letter
without a glyph and a reference that leads nowhere are faults, and so is a word that stands on the
finished page beyond its margin or its foot.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import yaml

from companion.entrance import tongue
from tools import languages
from tools.house import BUILD, ROOT, surroundings

PROGRAMS = {
    "make": "make",
    "latexmk": "latexmk",
    "xelatex": "texlive-xetex",
    "xindy": "xindy",
    "kpsewhich": "texlive-base",
    "rsvg-convert": "librsvg2-bin",
    "pdftotext": "poppler-utils",
}
FILES = {
    "newunicodechar.sty": "texlive-latex-extra",
    "tabulary.sty": "texlive-latex-extra",
    "cmex10.pfb": "texlive-fonts-recommended",
    "FreeSerif.otf": "fonts-freefont-otf",
    "NotoSerifCJK-Regular.ttc": "fonts-noto-cjk",
}
# What may stand beyond the margin or the foot of a page, in points (a point is 0.35 mm).
MARGIN, FOOT, MOST_BEYOND = 72.0, 50.0, 12.0
MOST_FULL = 16.0  # pt that a page may be too full by: the line above its foot stands lower
PAGE = re.compile(r'<page width="([\d.]+)" height="([\d.]+)">')
WORD = re.compile(r'<word xMin="[\d.]+" yMin="[\d.]+" xMax="([\d.]+)" yMax="([\d.]+)">(.*)</word>')


def missing() -> dict[str, str]:
    """Return what LaTeX lacks here, program or file, and the package that has it."""
    absent = {name: package for name, package in PROGRAMS.items() if not shutil.which(name)}
    if not shutil.which("kpsewhich"):
        return absent
    for name, package in FILES.items():
        asked = ["kpsewhich", name]
        if name.endswith((".otf", ".ttc")):
            asked = ["kpsewhich", "--format=opentype fonts", name]
        if subprocess.run(asked, capture_output=True).returncode and not font(name):
            absent[name] = package
    return absent


def font(name: str) -> bool:
    """Return whether the system has a font of that file name."""
    folders = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".fonts")
    return any(next(it.rglob(name), None) for it in folders if it.is_dir())


def faults(log: str) -> list[str]:
    """Return what LaTeX's own log complains of.

    >>> faults("Missing character: There is no x in font FreeSerif!")
    ['Missing character: There is no x in font FreeSerif!']
    """
    found = sorted(set(re.findall(r"Missing character: [^\n]+", log)))
    found += sorted(set(re.findall(r"LaTeX Warning: [^\n]+undefined[^\n]*", log)))
    for line, high in re.findall(r"(Overfull \\vbox \(([\d.]+)pt too high\)[^\n]*)", log):
        if float(high) > MOST_FULL:  # words below the paper's edge cannot be found on it
            found.append(line)
    return found


def lost(labels: str, pages: Iterable[str]) -> list[str]:
    r"""Return the pages of the contents that are not in the file, from LaTeX's list of its labels.

    >>> lost(r"\newlabel{book/intro::doc}{{}{1}{}{}{}}", ["book/intro", "book/glossary"])
    ['the page book/glossary is not in the file']
    """
    made = set(re.findall(r"\\newlabel\{([^}]+)::doc\}", labels))
    return [f"the page {it} is not in the file" for it in pages if it not in made]


def contents(language: str) -> list[str]:
    """Return the pages that the PDF in a language has to hold.

    >>> contents("ja")[:2], "book/core/not_known" in contents("ja")
    (['book/intro', 'book/core/eight_facts'], True)
    """
    if language == tongue.ENGLISH:
        found = yaml.safe_load((languages.BOOK / "_toc.yml").read_text(encoding="utf-8"))
    else:
        found = languages.contents(language, named=True)
    chapters = [chapter for part in found["parts"] for chapter in part["chapters"]]
    chapters += [section for it in chapters for section in it.get("sections", ())]
    return [found["root"], *(it["file"] for it in chapters)]


def overruns(words: str) -> list[str]:
    """Return the words beyond margin or foot, from what ``pdftotext -bbox`` prints.

    >>> page = '<page width="595.3" height="841.9">'
    >>> word = '<word xMin="500" yMin="90" xMax="{}" yMax="{}">long</word>'
    >>> overruns("\\n".join([page, word.format(530, 99), page, word.format(560, 99)]))
    ["page 2: 'long' ends 37 pt beyond the margin"]
    >>> overruns("\\n".join([page, word.format(400, 838)]))
    ["page 1: 'long' ends 46 pt below the foot"]
    """
    found, number, right, low = [], 0, 0.0, 0.0
    for line in words.splitlines():
        if page := PAGE.search(line):
            number += 1
            right, low = float(page[1]) - MARGIN, float(page[2]) - FOOT
        elif word := WORD.search(line):
            beyond, below = float(word[1]) - right, float(word[2]) - low
            if beyond > MOST_BEYOND:
                found.append(f"page {number}: {word[3]!r} ends {beyond:.0f} pt beyond the margin")
            if below > MOST_BEYOND:
                found.append(f"page {number}: {word[3]!r} ends {below:.0f} pt below the foot")
    return found


def write(into: Path, language: str = tongue.ENGLISH) -> int:
    """Write the LaTeX files into `into`/_build/latex, those of another language, which asks the
    English build where things are, into `into`/LANGUAGE; return jupyter-book's status."""
    if language == tongue.ENGLISH:
        command = [str(Path(sys.executable).parent / "jupyter-book"), "build", ".", "--all", "-q"]
        command += ["--config", "book/_config.yml", "--toc", "book/_toc.yml"]
        command += ["--path-output", str(into)]
    else:
        command = languages.command(language, into / language, into / "_build" / ".doctrees")
    command += ["--builder", "latex", "-W", "-n", "--keep-going"]
    print(f"writing the book in {language} for LaTeX, every warning an error", flush=True)
    done = subprocess.run(command, cwd=ROOT, env=surroundings(), stdout=subprocess.DEVNULL)
    return done.returncode


def typeset(folder: Path) -> Path | None:
    """Run LaTeX until all references stand; return the PDF, or nothing if it gave up."""
    print("typesetting (some minutes at most)", flush=True)
    # LaTeX breaks its log at 79 letters otherwise, also inside words.
    env = surroundings() | {"LATEXOPTS": "-interaction=nonstopmode", "max_print_line": "10000"}
    done = subprocess.run(
        ["make", "all-pdf"], cwd=folder, env=env, capture_output=True, text=True, errors="replace"
    )
    pdf = folder / "factrank.pdf"
    if done.returncode == 0 and pdf.exists():
        return pdf
    print(*(done.stdout + done.stderr).splitlines()[-30:], sep="\n", file=sys.stderr)
    return None


def main(arguments: list[str] | None = None) -> int:
    """Build each PDF; print where it is; return 2 if LaTeX is incomplete, 1 if a page is faulty."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, default=BUILD / "pdf")
    options = parser.parse_args(arguments)
    if absent := missing():
        packages = " ".join(sorted(set(absent.values())))
        print(
            f"no PDF: {', '.join(absent)} not found on this machine. "
            f"On Debian and Ubuntu: apt install {packages}",
            file=sys.stderr,
        )
        return 2
    for language in (tongue.ENGLISH, *tongue.languages()):
        if status := printed(options.into, language):
            return status
    return 0


def printed(into: Path, language: str) -> int:
    """Build the PDF in a language; return 1 if it was not, or if a page is faulty."""
    folder = into / ("" if language == tongue.ENGLISH else language) / "_build" / "latex"
    shutil.rmtree(folder, ignore_errors=True)
    if write(into, language):
        print("the book was not written: the lines above say why.", file=sys.stderr)
        return 1
    if (pdf := typeset(folder)) is None:
        print("LaTeX gave up: the lines above say why.", file=sys.stderr)
        return 1
    log = pdf.with_suffix(".log").read_text(encoding="utf-8", errors="replace")
    placed = subprocess.run(
        ["pdftotext", "-bbox", str(pdf), "-"], capture_output=True, text=True, errors="replace"
    )
    labels = pdf.with_suffix(".aux").read_text(encoding="utf-8")
    if found := lost(labels, contents(language)) + faults(log) + overruns(placed.stdout):
        print(f"{len(found)} faults on the pages:", *found[:40], sep="\n  ", file=sys.stderr)
        return 1
    target = into / f"factrank{'' if language == tongue.ENGLISH else f'-{language}'}.pdf"
    os.replace(pdf, target)
    print(f"the book is typeset; open {target.resolve()}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
