"""The page for practitioners, done as it says: its files, its commands, what they print."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from factrank import Database, FactrankError, rank_interval, read

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "book" / "practitioners.md").read_text(encoding="utf-8")
BLOCK = re.compile(
    r"```\{code-block\} text\n:caption: (?P<name>\S+)\n\n(?P<text>.*?)```"
    r"|```console\n(?P<shell>.*?)```",
    re.DOTALL,
)


def steps(shell: str) -> list[tuple[str, str]]:
    """The commands of a console block, each with what it is shown to print."""
    parts = re.split(r"^\$ ", shell, flags=re.MULTILINE)[1:]
    return [tuple(part.partition("\n")[::2]) for part in parts]


def words(line: str) -> list[str]:
    """A command as it is typed in every shell: no pipe, no quotes of one shell only."""
    assert not set(line) & set("|<>;&$`'\\*?%^"), line
    found = shlex.split(line)
    assert found[0] == "factrank"
    return found


def prints(shown: str, printed: str) -> bool:
    """Whether that was printed; three dots at the end of a line stand for what is left out."""
    parts = re.split(r"\.\.\.$", shown, flags=re.MULTILINE)
    return bool(re.fullmatch(".*".join(map(re.escape, parts)), printed, re.DOTALL))


def test_a_command_is_typed_alike_in_every_shell_and_dots_stand_for_lines():
    assert words('factrank rank "a.db::SELECT k"') == ["factrank", "rank", "a.db::SELECT k"]
    for line in ("factrank rank a | head -1", "factrank rank 'a'", "head a"):
        with pytest.raises(AssertionError):
            words(line)
    assert prints("a ...\nc\n...\n", "a b\nc\nd\ne\n") and not prints("a\n...\n", "b\nc\n")
    assert not prints("a, ... 3 more\n", "a, b, 3 more\n") and not prints("a\n", "a\nb\n")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder in which the page was followed from top to bottom; what was printed is compared."""
    folder = tmp_path_factory.mktemp("practitioner")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path}
    seen = 0
    for block in BLOCK.finditer(PAGE):
        if block["name"]:
            (folder / block["name"]).write_text(block["text"], encoding="utf-8")
            continue
        for line, shown in steps(block["shell"]):
            done = subprocess.run(
                words(line), cwd=folder, env=env, capture_output=True, timeout=600
            )
            assert (done.returncode, done.stderr) == (0, b""), line
            if shown:
                assert prints(shown, done.stdout.decode()), line
            seen += 1
    assert seen == 14
    return folder


OF_ITS = '"one of its keys" "one of its queries"'


def test_the_commands_for_a_table_of_ones_own_run_as_they_stand(tmp_path, monkeypatch, run):
    """All of them, in one folder: the file of the page as my.csv, its decisions as those saved."""
    block = PAGE.partition("(monday)=")[2].partition("(apply)=")[0]
    (shown,) = re.findall(r"```\{code-block\} text\n(.*?)```", block, re.DOTALL)
    (instead,) = re.findall(r"`(factrank compile [^`]+)`", block)
    monkeypatch.chdir(tmp_path)
    for name, source in (("my.csv", "places.csv"), ("decisions.toml", "decisions.toml")):
        text = next(it["text"] for it in BLOCK.finditer(PAGE) if it["name"] == source)
        (tmp_path / name).write_text(text, encoding="utf-8")
    for line in [*shown.splitlines(), instead.replace("my.layer", "exact.layer")]:
        status, _, err = run(*words(line.replace(OF_ITS, "Burundi capital"))[1:])
        assert (status, err) == (0, ""), line
    assert instead in PAGE.replace(block, "")  # typed whole wherever it is typed


def test_what_plan_missed_is_told_as_the_chapter_has_it():
    chapter = (ROOT / "notebooks" / "17_design_guide.md").read_text("utf-8")
    assert "26 of 29" in chapter and "29 small real tables" in PAGE and "needed for 26" in PAGE


def test_the_page_prints_what_the_commands_print(folder):
    assert {"report.html", "draft.toml", "clean.csv", "clean.csv.trail.jsonl", "before.csv"} <= {
        path.name for path in folder.iterdir()
    }


def test_the_reviewed_file_comes_from_the_draft(folder):
    draft = (folder / "draft.toml").read_text("utf-8")
    for block in (folder / "decisions.toml").read_text("utf-8").split("[[decision]]\n")[1:]:
        assert block.strip().replace("apply = true", "apply = false") in draft
    assert 'value = "NA"' in draft


def test_the_clean_table_is_functional_and_the_rows_come_back(folder):
    assert read(folder / "clean.csv").functional
    assert rank_interval(read(folder / "clean.csv")).exact
    assert (folder / "before.csv").read_bytes() == (folder / "places.csv").read_bytes()


def test_a_second_answer_that_stands_beside_its_rival_only_costs_no_rank(folder):
    full = read(folder / "places.csv")
    rest = [it for it in full.triples() if it[2] not in {"Bujumbura", "Bogota", "HRK"}]
    assert len(rest) == len(full) - 3
    assert rank_interval(Database.from_triples(rest)).upper == rank_interval(full).lower == 11


def test_the_layer_of_the_page_knows_the_clean_table_and_no_other_way_round(folder):
    from factrank.layer.file import load
    from factrank.layer.model import recall

    countries = read(folder / "countries.csv")
    named = load(folder / "countries.layer")
    found = recall(named, countries)
    assert found.recalled == found.held == found.ceiling == 1
    assert (named.method, named.database) == ("trained", countries.digest())
    assert named.layer.config.width == 16 and found.artifacts > 0
    sizes = named.layer.config.parameters()
    said = (
        f"{sizes['trained']:,} trained numbers. Only {sizes['attention']} of them are in its heads"
    )
    assert said in PAGE
    pooled = read("library:countries")  # Swaziland is no key any more: the layer says so
    with pytest.raises(FactrankError, match="expected a key of the layer"):
        recall(named, pooled)


def test_the_narrow_layer_of_the_page_is_silent_off_the_facts_and_needs_precision(folder):
    from factrank.layer.building.at_size import precision
    from factrank.layer.building.recipes import compile_database
    from factrank.layer.model import recall

    countries = read(folder / "countries.csv")
    # functional: so the used values are the least total width of an exact layer (P1, A2)
    assert countries.functional and len(countries.used("V")) == 1149
    circle = compile_database(countries, "circle", tau=0.9)
    assert circle.layer.config.width == 2
    found = recall(circle, countries)
    assert (found.recalled, found.held, found.artifacts) == (1, 1, 0)
    assert precision(circle, countries, "float32", 0.9).recalled == 1
    assert precision(circle, countries, "bfloat16", 0.9).recalled < 0.5


def test_the_figure_of_the_page_shows_every_split(folder):
    text = (folder / "split.html").read_text("utf-8")
    assert "Wider value-output wins." in text and text.count("<tr>") == 1 + 5
