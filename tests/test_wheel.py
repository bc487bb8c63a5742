"""The built wheel, with its declared base dependencies and nothing else, does the main job."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent


def needed(name: str, known: set[str]) -> set[str]:
    """Return `name` and everything it requires, without any extra, added to `known`."""
    if name not in known:
        known.add(name)
        for text in distribution(name).requires or ():
            asked = Requirement(text)
            if asked.marker is None or asked.marker.evaluate({"extra": ""}):
                needed(asked.name, known)
    return known


def lend(name: str, site: Path) -> None:
    """Link an installed distribution's top-level files into another environment."""
    found = distribution(name)
    for top in {Path(file).parts[0] for file in found.files or ()} - {"..", "__pycache__"}:
        (site / top).symlink_to(Path(found.locate_file(top)))


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel without a network, install it in an empty environment; return its command."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"]
    offline = ["--no-deps", "--no-index"]
    build = [*pip, "wheel", *offline, "--no-build-isolation", "-w", str(folder), str(ROOT)]
    subprocess.run(build, check=True)
    (wheel,) = folder.glob("factrank-*.whl")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    python = folder / "venv" / "bin" / "python"
    subprocess.run([*pip, "--python", python, "install", *offline, wheel], check=True)
    (site,) = (folder / "venv" / "lib").glob("python*/site-packages")
    for name in needed("factrank", set()) - {"factrank"}:
        lend(name, site)
    where = subprocess.check_output(
        [python, "-c", "import factrank; print(factrank.__file__)"], text=True, cwd=folder
    )
    assert Path(where.strip()).is_relative_to(site)
    return python.with_name("factrank")


def test_the_wheel_ranks_the_opening_example(command: Path):
    asked = [command, "rank", "library:example"]
    said = subprocess.check_output(asked, text=True, cwd=command.parent)
    assert "5" in said.split()


def test_the_wheel_says_that_its_types_are_to_be_read(command: Path):
    (site,) = command.parent.parent.glob("lib/python*/site-packages")
    assert all(Path(site, name, "py.typed").is_file() for name in ("factrank", "companion"))


def test_the_wheel_holds_every_named_database(command: Path):
    asked = [command, "rank", "library:elements", "--json"]
    said = subprocess.check_output(asked, text=True, cwd=command.parent)
    assert '"lower"' in said


def test_the_wheel_writes_a_report_in_japanese(command: Path, tmp_path: Path):
    asked = [command, "audit", "library:example", "--html", tmp_path / "it.html", "--lang", "ja"]
    subprocess.run(asked, check=True, capture_output=True, cwd=command.parent)
    assert "階数はちょうど5です。" in (tmp_path / "it.html").read_text(encoding="utf-8")
