"""Give the explorer page its Python: Pyodide as fetched, and the rooms it runs, in one archive.

Without build/explorer the book builds all the same; the page then says that its Python is absent.
"""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

from sphinx.application import Sphinx

ROOMS = ("facts", "rank")
EPOCH = (1980, 1, 1, 0, 0, 0)


def sources(package: Path) -> list[Path]:
    """Return the files of the package that the page needs, in order."""
    found = [package / f"{name}.py" for name in ("__init__", "errors", "files", "packages")]
    for room in ROOMS:
        found += [it for it in (package / room).rglob("*") if it.suffix in (".py", ".csv")]
    return sorted(found)


def pack(package: Path, archive: Path) -> None:
    """Write those files into `archive`, the same bytes for the same files."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as pile:
        for path in sources(package):
            name = path.relative_to(package.parent).as_posix()
            pile.writestr(zipfile.ZipInfo(name, EPOCH), path.read_bytes(), zipfile.ZIP_DEFLATED)


def equip(app: Sphinx, error: Exception | None) -> None:
    """Copy Pyodide and the archive beside the page's scripts."""
    if error or app.builder.format != "html":
        return
    root, static = Path(app.srcdir), Path(app.outdir) / "_static"
    if (static / "explorer").is_dir():
        pack(root / "src" / "factrank", static / "explorer" / "factrank.zip")
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
    app.connect("build-finished", equip)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
