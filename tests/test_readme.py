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


def test_every_command_runs_in_the_order_shown(tmp_path: Path):
    for line in TRIED:
        program, *words = shlex.split(line)
        command = Path(sys.executable).parent / program
        done = subprocess.run([command, *words], capture_output=True, text=True, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, ""), line
        assert done.stdout
