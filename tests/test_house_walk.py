"""The walk of a fact, from a file to a certificate: how many files of ours it enters."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / "src" / "factrank"
WALK = """
import sys
from factrank.cli import main

def walk():
    try:
        main()
    except SystemExit as end:
        assert not end.code, end.code

entered = set()
sys.argv = ["factrank", "rank", *sys.argv[1:]]
walk()  # what is imported is no part of it
sys.setprofile(lambda frame, event, _: entered.add(frame.f_code.co_filename))
walk()
sys.setprofile(None)
print(*sorted(entered), sep="\\n", file=sys.stderr)
"""


def test_the_walk_of_a_fact_enters_as_many_files_as_the_plan_says(tmp_path: Path):
    facts = tmp_path / "facts.csv"
    facts.write_text("key,query,value\nAnn,likes,tea\nAnn,has,tea\nBob,likes,ale\nBob,has,tea\n")
    command = [sys.executable, "-c", WALK, facts, "--certificate", tmp_path / "p.json", "--force"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    entered = {Path(it) for it in done.stderr.splitlines()} & {*HOME.rglob("*.py")}
    plan = (ROOT / "book" / "architecture.md").read_text("utf-8")
    (told,) = re.findall(r"This walk enters (\d+) files", plan)
    assert len(entered) == int(told), sorted(it.name for it in entered)
    for step in ("cli/rank.py", "facts/reading/read.py", "rank/interval.py", "rank/certificate.py"):
        assert HOME / step in entered and step.rpartition("/")[2].removesuffix(".py") in plan
