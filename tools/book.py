"""Build the book from the recorded outputs, in each of its languages, and read it for strangers.

Every warning is an error.

The pages must not ask any other host for anything: a script, a style sheet, a font or a picture.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

from companion.entrance import tongue
from tools import languages, pyodide
from tools.house import BUILD, ROOT, surroundings

# What the whole site may weigh: a reader takes it along, a host serves it.
MOST_MEGABYTES = 60

# Tags by which a page loads something; a plain link (<a href>) loads nothing until it is followed.
LOADING = re.compile(
    r"<(?:script|img|iframe|source|video|audio|object|embed|link)\b[^>]*?"
    r"""\b(?:src|href|data)\s*=\s*["']((?:https?:)?//[^"']+)""",
    re.IGNORECASE,
)
NAMING = re.compile(r"""<link\b[^>]*\brel=["'](?:canonical|license|author|index)["']""", re.I)
IN_STYLE = re.compile(r"""(?:url\(|@import)\s*["']?((?:https?:)?//[^"')]+)""", re.IGNORECASE)


def build(into: Path) -> int:
    """Build the HTML into `into`/_build/html, every page anew; return jupyter-book's status."""
    command = [str(Path(sys.executable).parent / "jupyter-book"), "build", ".", "--all", "-q"]
    command += ["--config", "book/_config.yml", "--toc", "book/_toc.yml"]
    command += ["--path-output", str(into), "-W", "-n", "--keep-going"]
    print("building the book, every warning an error", flush=True)
    # jupyter-book's own words on stdout say less than ours; warnings come on stderr.
    return subprocess.run(
        command, cwd=ROOT, env=surroundings(), stdout=subprocess.DEVNULL
    ).returncode


def requests_elsewhere(html: Path) -> list[str]:
    """Return, page by page, every address on another host that opening the page would ask for."""
    found = []
    for page in sorted([*html.rglob("*.html"), *html.rglob("*.css")]):
        text = page.read_text(encoding="utf-8", errors="replace")
        hits = IN_STYLE.findall(text)
        if page.suffix == ".html":
            hits += [hit[1] for hit in LOADING.finditer(text) if not NAMING.match(hit[0])]
        found += [f"{page.relative_to(html)}: {address}" for address in hits]
    return found


def megabytes(html: Path) -> float:
    """Return what the files of the site weigh together, in millions of bytes."""
    return sum(path.stat().st_size for path in html.rglob("*") if path.is_file()) / 1e6


def main(arguments: list[str] | None = None) -> int:
    """Build the book; return 1 if it is not as it must be, or if a notebook differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, default=BUILD, help="folder that receives _build/html")
    parser.add_argument("--empty", action="store_true", help="remove the folder first")
    parser.add_argument(
        "--changed", action="store_true", help="meanwhile re-execute the notebooks that changed"
    )
    options = parser.parse_args(arguments)
    if options.empty:
        shutil.rmtree(options.into, ignore_errors=True)
    if not options.changed:
        return site(options.into)
    # The pages are made of the record: they need not wait for the notebooks that are held to it.
    rerun = [sys.executable, "-m", "tools.rerun", "--changed"]
    beside = subprocess.Popen(rerun, cwd=ROOT, env=surroundings())
    try:
        status = site(options.into)
    finally:
        differ = beside.wait()
    if differ:
        print("the book shows what a notebook no longer gives: see above.", file=sys.stderr)
    return status or differ


def site(into: Path) -> int:
    """Build all pages into `into`/_build/html and read them; return the status."""
    if reason := pyodide.ensure():
        print(f"THE EXPLORER PAGE WILL HAVE NO PYTHON: {reason}", file=sys.stderr, flush=True)
    status = build(into)
    for language in () if status else tongue.languages():
        status = status or languages.build(into, language)
    if status:
        print("the book was not built: the lines above say why.", file=sys.stderr)
        return status
    html = into / "_build" / "html"
    if strangers := requests_elsewhere(html):
        print("pages that ask other hosts:", *strangers, sep="\n  ", file=sys.stderr)
        return 1
    if (weight := megabytes(html)) > MOST_MEGABYTES:
        print(
            f"the site: found {weight:.0f} MB, expected at most {MOST_MEGABYTES}", file=sys.stderr
        )
        return 1
    print(f"the book is built; open {(html / 'index.html').resolve()}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
