"""Give the explorer page its Python, and what that Python answers for the tables it opens with.

The rooms it runs go into one archive, beside Pyodide as fetched. The answers for the presets are
computed while the book is built: the page shows them at once, opened as a file too. Without
build/explorer the book builds all the same; the page then says that its Python is absent.
In another language the page's markup and its scripts get their words from a catalogue.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from runpy import run_path

from docutils import nodes
from sphinx.application import Sphinx

from companion.entrance.tongue import ENGLISH, EXPLORER, catalogue, retold

# The audit of a table, without the pages it can be written as.
ROOMS = ("facts", "rank", "practice/findings", "practice/cleaning", "practice/audit")
HALL = ("__init__", "errors", "face", "files", "packages", "practice/__init__")
# The checkers of the page of exercises: those of the chapters that need these rooms only.
CHECKERS = ("__init__.py", "exercises/_*.py", "exercises/ch0[1-5].py")
EPOCH = (1980, 1, 1, 0, 0, 0)
SETTINGS = ("attention", "votes")


def sources(package: Path) -> list[Path]:
    """Return the files of the package that the page needs, in order."""
    found = [package / f"{name}.py" for name in HALL]
    for room in ROOMS:
        found += [it for it in (package / room).rglob("*") if it.suffix in (".py", ".csv")]
    for pattern in CHECKERS:
        found += (package.parent / "companion").glob(pattern)
    return sorted(it for it in found if not it.name.startswith("page"))


def pack(package: Path, archive: Path) -> None:
    """Write those files into `archive`, the same bytes for the same files."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as pile:
        for path in sources(package):
            name = path.relative_to(package.parent).as_posix()
            pile.writestr(zipfile.ZipInfo(name, EPOCH), path.read_bytes(), zipfile.ZIP_DEFLATED)


def given(scripts: Path) -> dict[str, dict[str, object]]:
    """Return for each preset what the page's Python answers: its picture, and its two heads."""
    explore, head = (run_path(str(scripts / f"{name}.py")) for name in ("explore", "head"))
    found = {}
    for name in explore["PRESETS"]:
        picture = explore["preset"](name)
        corner = [picture[part] for part in ("keys", "queries", "values", "facts")]
        asked = (json.dumps({"open": setting, "facts": corner}) for setting in SETTINGS)
        heads = dict(zip(SETTINGS, map(json.loads, map(head["answer"], asked)), strict=True))
        found[name] = {"picture": picture, "heads": heads}
    return found


def script(answers: dict[str, dict[str, object]], language: str = ENGLISH) -> str:
    """Return the answers as a script: a page opened as a file may run one, but fetch nothing."""
    given, words = (
        json.dumps(it, ensure_ascii=True, separators=(",", ":"))
        for it in (answers, catalogue(language, EXPLORER))
    )
    more = "" if language == ENGLISH else f"Explorer.words = {words};\n"
    return f"globalThis.Explorer = {{ given: {given} }};\n{more}"


def speak(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Put the words of the page's language into its own markup."""
    words = catalogue(app.config.language or ENGLISH, EXPLORER)
    if page == "book/explorer" and words is not None:
        for raw in doctree.findall(nodes.raw):
            raw.children = [nodes.Text(retold(raw.astext(), words.__getitem__))]


def equip(app: Sphinx, error: Exception | None) -> None:
    """Copy Pyodide, the archive and the answers beside the page's scripts."""
    if error or app.builder.format != "html":
        return
    root, static = Path(app.srcdir), Path(app.outdir) / "_static"
    if (scripts := static / "explorer").is_dir():
        answers = script(given(root / "book" / "_static" / "explorer"), app.config.language)
        (scripts / "given.js").write_text(answers, encoding="utf-8")
        if app.config.language != ENGLISH:  # the site has all else already
            return
        pack(root / "src" / "factrank", scripts / "factrank.zip")
    fetched = root / "build" / "explorer"
    if (fetched / "stamp").exists():
        (static / "pyodide").mkdir(exist_ok=True)
        kept = (it for it in fetched.iterdir() if it.suffix in (".mjs", ".wasm", ".zip"))
        for path in [*kept, fetched / "pyodide-lock.json"]:
            shutil.copyfile(path, static / "pyodide" / path.name)
        # One name for the page, whatever the version.
        wheel = next(fetched.glob("python_flint*.whl"))
        shutil.copyfile(wheel, static / "explorer" / "flint.whl")


def setup(app: Sphinx) -> dict[str, bool]:
    """Act once the pages are written."""
    app.connect("doctree-resolved", speak)
    app.connect("build-finished", equip)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
