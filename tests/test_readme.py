"""What the README tells a reader to type exists, runs and is told first."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
TEXT = README.read_text(encoding="utf-8") if README.exists() else ""


def commands(text: str) -> list[str]:
    """Return the lines of the shell blocks, without prompt and comment."""
    blocks = re.findall(r"```(?:console|bash|sh|shell)\n(.*?)```", text, re.DOTALL)
    lines = (
        line.removeprefix("$ ").split("  #")[0].strip() for b in blocks for line in b.split("\n")
    )
    return [line for line in lines if re.match(r"(make|factrank)\b", line)]


def test_the_two_commands_come_first():
    top = commands(TEXT)[:2]
    assert [line.split()[:2] for line in top] == [["make", "book"], ["make", "test"]]


def test_every_make_target_it_names_exists():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z]+)", TEXT))
    named |= {line.split()[1] for line in commands(TEXT) if line.startswith("make ")}
    assert {"book", "test"} <= named <= targets


def test_every_file_it_links_to_exists():
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", TEXT)
    assert [link for link in links if not (ROOT / link).exists()] == []


TRIED = [line for line in commands(TEXT) if re.match(r"factrank (?!.*\b(facts|clean)\.)", line)]


def test_it_shows_the_main_job():
    assert "factrank rank library:example" in TRIED
    assert any(line.startswith("factrank compile library:") for line in TRIED)


def test_every_command_runs_in_the_order_shown(run, tmp_path: Path, monkeypatch):
    """The first as a process of its own, as it is typed; a start of each is not the point here."""
    monkeypatch.chdir(tmp_path)
    program, *words = shlex.split(TRIED[0])
    command = [Path(sys.executable).parent / program, *words]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "") and done.stdout
    for line in TRIED:
        status, out, err = run(*shlex.split(line)[1:])
        assert (status, err) == (0, ""), line
        assert out
