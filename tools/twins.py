"""The three forms of a notebook: the master .md, its .py twin and the recorded .ipynb.

Text flows one way, from the master to the others. `python -m tools.twins` names every cell in which
they differ and everything a recorded notebook must not hold.
"""

from __future__ import annotations

import hashlib
import re
import sys
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

from tools.house import NOTEBOOKS, masters

KEPT = ("tags", "mystnb")
FORMATS = {".md": "md:myst", ".py": "py:percent"}
# nbval obeys these and then compares nothing, so no cell may carry one.
LOOK_AWAY = re.compile(r"nbval|pytest_validate|raises-exception", re.IGNORECASE)


def read(path: Path) -> NotebookNode:
    """Return the notebook at `path`, whichever of the three forms it has."""
    if path.suffix == ".ipynb":
        return nbformat.read(path, as_version=4)
    return jupytext.read(path, fmt=FORMATS[path.suffix])


def skeleton(master: Path) -> NotebookNode:
    """Return the master as an empty notebook: its cells, no outputs, ids that follow the text.

    An id is a digest of the cell's type and source (and a count where two cells are alike), so
    recording again, or inserting a cell, changes no other id.
    """
    source = read(master)
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": source.metadata["kernelspec"]})
    seen: dict[str, int] = {}
    for cell in source.cells:
        digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:8]
        seen[digest] = seen.get(digest, 0) + 1
        cell["id"] = digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"
        cell["metadata"] = {key: cell.metadata[key] for key in KEPT if key in cell.metadata}
        notebook.cells.append(cell)
    return notebook


def percent(master: Path) -> str:
    """Return the text of the .py twin; it does not say which jupytext wrote it."""
    text = jupytext.writes(skeleton(master), fmt="py:percent")
    return re.sub(r"^# +jupytext_version:.*\n", "", text, flags=re.MULTILINE)


def differences(master: Path) -> list[str]:
    """Return a sentence for every place where the twins of `master` are out of step with it."""
    wanted = skeleton(master)
    found = []
    for twin in (master.with_suffix(".py"), master.with_suffix(".ipynb")):
        if not twin.exists():
            found.append(f"{twin.name}: there is no such file beside {master.name}")
            continue
        other = read(twin)
        if other.metadata.get("kernelspec") != wanted.metadata["kernelspec"]:
            found.append(f"{twin.name}: its kernelspec is not that of {master.name}")
        if len(other.cells) != len(wanted.cells):
            found.append(
                f"{twin.name}: {len(other.cells)} cells, {master.name} has {len(wanted.cells)}"
            )
        for number, (ours, theirs) in enumerate(zip(wanted.cells, other.cells, strict=False)):
            found += [
                f"{twin.name}, cell {number}: its {what} is not that of {master.name}"
                for what in _unlike(ours, theirs)
            ]
    return found


def _unlike(ours: NotebookNode, theirs: NotebookNode) -> list[str]:
    """Return which of type, source, tags and figure metadata differ between two cells."""
    unlike = [what for what in ("cell_type", "source") if ours[what] != theirs[what]]
    return unlike + [what for what in KEPT if ours.metadata.get(what) != theirs.metadata.get(what)]


def faults(notebook: Path) -> list[str]:
    """Return a sentence for everything a recorded notebook must not hold."""
    found = []
    for number, cell in enumerate(read(notebook).cells):
        place = f"{notebook.name}, cell {number}"
        if extra := set(cell.metadata) - set(KEPT):
            found.append(f"{place}: metadata other than tags and mystnb: {sorted(extra)}")
        if cell.cell_type != "code":
            continue
        if cell.execution_count is None:
            found.append(f"{place}: never executed (no execution_count)")
        if LOOK_AWAY.search(" ".join([*cell.metadata.get("tags", []), *_comments(cell.source)])):
            found.append(f"{place}: asks the strict run to look away")
        for output in cell.outputs:
            if output.output_type == "error":
                found.append(f"{place}: recorded an error, {output.ename}")
            elif output.get("name") == "stderr":
                found.append(f"{place}: recorded text on stderr: {output.text.strip()[:80]!r}")
    return found


def _comments(source: str) -> list[str]:
    return [line for line in source.splitlines() if line.lstrip().startswith("#")]


def strangers(folder: Path = NOTEBOOKS) -> list[str]:
    """Return a sentence for every .py or .ipynb in `folder` that has no master."""
    stems = {master.stem for master in masters(folder)}
    return [
        f"{path.name}: no master {path.stem}.md beside it"
        for path in sorted([*folder.glob("*.py"), *folder.glob("*.ipynb")])
        if path.stem not in stems
    ]


def main() -> int:
    """Print every difference and fault; return 1 if there is one."""
    found = strangers()
    for master in masters():
        found += differences(master)
        if master.with_suffix(".ipynb").exists():
            found += faults(master.with_suffix(".ipynb"))
    for sentence in found:
        print(sentence, file=sys.stderr)
    if found:
        print("the .md is the master: edit it, then run `make record`.", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
