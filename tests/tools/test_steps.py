"""What each step takes: measured in a fresh copy, noted in order, nothing noted of a failure."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tools import steps


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy and a record of its own."""
    monkeypatch.setattr(steps, "COPY", tmp_path / "copy")
    monkeypatch.setattr(steps, "STEPS", tmp_path / "steps.json")
    return tmp_path / "steps.json"


def test_a_step_is_timed_and_what_it_adds_is_weighed(tmp_path: Path):
    (tmp_path / "Makefile").write_text(
        "read:\n\t@head -c 3000000 /dev/urandom > made\ntest:\n\t@exit 3\n", encoding="utf-8"
    )
    taken = steps.measure("read", tmp_path)
    assert taken["command"] == "make read"
    assert taken["megabytes"] == 3 and 0 <= taken["seconds"] < 60
    assert taken["machine"]["cores"] >= 1
    assert steps.measure("test", tmp_path) is None


def test_links_weigh_nothing(tmp_path: Path):
    (tmp_path / "file").write_bytes(bytes(range(256)) * 8000)
    before = steps.megabytes(tmp_path)
    (tmp_path / "link").symlink_to(tmp_path / "file")
    assert steps.megabytes(tmp_path) == before >= 2


def test_steps_are_noted_in_their_order_and_replaced(tmp_path: Path):
    target = tmp_path / "steps.json"
    for step, seconds in (("test", 3), ("setup", 1), ("test", 4)):
        steps.note(step, {"seconds": seconds}, target)
    assert json.loads(target.read_text()) == {"setup": {"seconds": 1}, "test": {"seconds": 4}}
    assert list(json.loads(target.read_text())) == ["setup", "test"]


def test_a_failed_step_ends_it_and_is_not_noted(record: Path, monkeypatch, capsys):
    ran = []

    def measure(step: str, copy: Path) -> dict | None:
        ran.append(step)
        return {"seconds": 1.0, "megabytes": 2} if step == "setup" else None

    monkeypatch.setattr(steps, "fresh", lambda copy: copy.mkdir())
    monkeypatch.setattr(steps, "measure", measure)
    assert steps.main(["test", "read", "setup"]) == 1
    assert ran == ["setup", "read"]
    assert list(json.loads(record.read_text())) == ["setup"]
    assert "make read failed" in capsys.readouterr().err


def test_going_on_needs_a_copy(record: Path, capsys):
    assert steps.main(["read"]) == 2
    assert capsys.readouterr().err.startswith("there is no copy to go on in")


def test_the_copy_is_what_git_tracks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    root = tmp_path / "project"
    for name in ("Makefile", "src/a.py", "build/made", ".venv/it", "gone"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x", encoding="utf-8")
    for command in (("init", "-q"), ("add", "Makefile", "src", "gone")):
        subprocess.run(["git", *command], cwd=root, check=True)
    (root / "gone").unlink()
    monkeypatch.setattr(steps, "ROOT", root)
    steps.fresh(tmp_path / "copy")
    copied = {str(path.relative_to(tmp_path / "copy")) for path in (tmp_path / "copy").rglob("*")}
    assert copied == {"Makefile", "src", "src/a.py"}
