"""The scripts behind make: what they refuse, what they skip, what they leave alone."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from tools import book, environment, matrix, record, rerun, twins
from tools.house import ROOT

MASTER = """---
kernelspec:
  display_name: Python 3 (ipykernel)
  language: python
  name: python3
---

# A title

```{code-cell} ipython3
:tags: [first]

print("value", 3)
```

```{code-cell} ipython3
assert 1 + 1 == 2
```
"""


def write_master(folder: Path, text: str = MASTER) -> Path:
    """Write a master into `folder`."""
    master = folder / "01_sample.md"
    master.write_text(text)
    return master


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Record a sample notebook once; return the three texts by suffix."""
    master = write_master(tmp_path_factory.mktemp("recorded"))
    name, seconds, fault = record.record(master)
    assert (name, fault) == ("01_sample", "")
    assert seconds > 0
    return {suffix: master.with_suffix(suffix).read_text() for suffix in (".md", ".py", ".ipynb")}


@pytest.fixture
def sample(recorded: dict[str, str], tmp_path: Path) -> Path:
    """Lay the recorded sample out afresh; return its master."""
    for suffix, text in recorded.items():
        (tmp_path / f"01_sample{suffix}").write_text(text)
    return tmp_path / "01_sample.md"


def change(path: Path, old: str, new: str) -> None:
    """Replace the one place where `old` stands in the file."""
    text = path.read_text()
    assert text.count(old) == 1, (old, text.count(old))
    path.write_text(text.replace(old, new))


class TestTwins:
    def test_what_was_recorded_is_in_step(self, sample: Path):
        assert twins.differences(sample) == []
        assert twins.faults(sample.with_suffix(".ipynb")) == []
        assert twins.strangers(sample.parent) == []

    @pytest.mark.parametrize(
        ("suffix", "old", "new", "sentence"),
        [
            (".md", "# A title", "# Another", "01_sample.py, cell 0: its source is not that of"),
            (".py", "1 + 1", "1 + 2 - 1", "01_sample.py, cell 2: its source is not that of"),
            (".ipynb", "# A title", "# Else", "01_sample.ipynb, cell 0: its source is not that"),
            (".ipynb", '"first"', '"second"', "01_sample.ipynb, cell 1: its tags is not that of"),
            (".py", "# %%\n", "# %% [markdown]\n", "01_sample.py, cell 2: its cell_type is not"),
            (".ipynb", "Python 3 (ipykernel)", "Py", "01_sample.ipynb: its kernelspec is not"),
        ],
    )
    def test_editing_one_form_alone_is_seen(self, sample, suffix, old, new, sentence):
        change(sample.with_suffix(suffix), old, new)
        assert any(found.startswith(sentence) for found in twins.differences(sample))

    def test_a_missing_cell_twin_or_master_is_seen(self, sample: Path):
        notebook = twins.read(sample.with_suffix(".ipynb"))
        notebook.cells.pop()
        nbformat.write(notebook, sample.with_suffix(".ipynb"))
        sample.with_suffix(".py").unlink()
        (sample.parent / "02_stray.py").write_text("")
        found = twins.differences(sample) + twins.strangers(sample.parent)
        assert found == [
            "01_sample.py: there is no such file beside 01_sample.md",
            "01_sample.ipynb: 2 cells, 01_sample.md has 3",
            "02_stray.py: no master 02_stray.md beside it",
        ]

    @pytest.mark.parametrize(
        ("spoil", "sentence"),
        [
            (lambda cell: cell.update(execution_count=None, outputs=[]), "never executed"),
            (lambda cell: cell.update(source="# NBVAL_SKIP\nprint(1)"), "look away"),
            (lambda cell: cell.metadata.update(tags=["nbval-ignore-output"]), "look away"),
            (lambda cell: cell.metadata.update(collapsed=True), "metadata other than"),
            (
                lambda cell: cell.outputs.append(
                    nbformat.v4.new_output("stream", name="stderr", text="Warning: x")
                ),
                "text on stderr: 'Warning: x'",
            ),
            (
                lambda cell: cell.outputs.append(nbformat.v4.new_output("error", ename="E")),
                "recorded an error, E",
            ),
        ],
    )
    def test_a_spoilt_record_is_seen(self, sample: Path, spoil, sentence: str):
        notebook = twins.read(sample.with_suffix(".ipynb"))
        spoil(notebook.cells[1])
        nbformat.write(notebook, sample.with_suffix(".ipynb"))
        (found,) = twins.faults(sample.with_suffix(".ipynb"))
        assert found.startswith("01_sample.ipynb, cell 1:")
        assert sentence in found

    def test_ids_follow_the_text_not_the_place(self, tmp_path: Path):
        short = write_master(tmp_path)
        before = [cell.id for cell in twins.skeleton(short).cells]
        long = write_master(tmp_path, MASTER.replace("# A title", "# First\n\n+++\n\n# A title"))
        after = [cell.id for cell in twins.skeleton(long).cells]
        assert after[1:] == before
        doubled = write_master(
            tmp_path, MASTER + "\n```{code-cell} ipython3\nassert 1 + 1 == 2\n```\n"
        )
        ids = [cell.id for cell in twins.skeleton(doubled).cells]
        assert len(set(ids)) == len(ids)


class TestRecord:
    def test_recording_again_changes_no_byte_and_keeps_no_old_output(self, sample: Path):
        wanted = {path: path.read_text() for path in sample.parent.iterdir()}
        change(sample.with_suffix(".ipynb"), "value 3", "value 4")
        assert record.record(sample)[2] == ""
        assert {path: path.read_text() for path in sample.parent.iterdir()} == wanted

    def test_a_cell_that_raises_is_named_and_nothing_is_written(self, tmp_path: Path):
        master = write_master(tmp_path, MASTER.replace("1 + 1 == 2", "1 + 1 == 3"))
        assert "AssertionError" in record.record(master)[2]
        assert [path.name for path in tmp_path.iterdir()] == ["01_sample.md"]

    def test_an_unknown_notebook_gets_one_sentence(self, capsys: pytest.CaptureFixture[str]):
        with pytest.raises(SystemExit, match="2"):
            record.main(["99_nothing"])
        assert capsys.readouterr().err.startswith("there is no notebook '99_nothing'; there are: ")


class TestRerun:
    def test_a_changed_number_does_not_pass(self, sample: Path):
        notebook = sample.with_suffix(".ipynb")
        assert rerun.strictly(notebook)[0]
        change(notebook, "value 3", "value 4")
        passed, _, words = rerun.strictly(notebook)
        assert not passed
        assert "value 4" in words

    def test_an_emptied_output_does_not_pass(self, sample: Path):
        recorded = twins.read(sample.with_suffix(".ipynb"))
        recorded.cells[1].outputs = []
        nbformat.write(recorded, sample.with_suffix(".ipynb"))
        assert not rerun.strictly(sample.with_suffix(".ipynb"))[0]

    def test_only_what_changed_is_run_again(self, tmp_path, monkeypatch, capsys):
        first, second, package = (tmp_path / name for name in ("01_a.ipynb", "02_b.ipynb", "p.py"))
        for path in (first, second, package):
            path.write_text("one")
        ran: list[str] = []

        def fake(path: Path) -> tuple[bool, float, str]:
            ran.append(path.stem)
            return "bad" not in path.read_text(), 0.0, "1 passed in 1s"

        monkeypatch.setattr(rerun, "ROOT", tmp_path)
        monkeypatch.setattr(rerun, "PASSED", tmp_path / "cache" / "notebooks.json")
        monkeypatch.setattr(rerun, "shared_inputs", lambda: [package])
        monkeypatch.setattr(rerun, "strictly", fake)

        def run(*, always: bool = False) -> tuple[list[str], list[str]]:
            ran.clear()
            failed = rerun.rerun([first, second], always=always)
            return sorted(ran), failed

        assert run() == (["01_a", "02_b"], [])
        assert run() == ([], [])
        assert "01_a  unchanged since it passed here: not run again" in capsys.readouterr().out
        second.write_text("two")
        assert run() == (["02_b"], [])
        second.write_text("bad")
        assert run() == (["02_b"], ["02_b"])
        assert run() == (["02_b"], ["02_b"])
        second.write_text("two")
        package.write_text("two")
        assert run() == (["01_a", "02_b"], [])
        assert run(always=True) == (["01_a", "02_b"], [])

    def test_the_longest_starts_first_and_what_was_never_timed_last(self, tmp_path, monkeypatch):
        monkeypatch.setattr(rerun, "STATISTICS", tmp_path / "execution.json")
        short, new, long = (Path(f"{name}.ipynb") for name in ("01_a", "02_b", "03_c"))
        assert rerun.longest_first([short, new, long]) == [short, new, long]
        rerun.STATISTICS.write_text('{"01_a": {"seconds": 3.0}, "03_c": {"seconds": 30.1}}')
        assert rerun.longest_first([short, new, long]) == [long, short, new]

    def test_after_an_interrupt_no_further_notebook_starts(self, tmp_path, monkeypatch):
        ran: list[str] = []

        def broken_off(path: Path) -> tuple[bool, float, str]:
            ran.append(path.stem)
            time.sleep(0.1 * (len(ran) > 1))
            raise KeyboardInterrupt

        monkeypatch.setattr(rerun, "ROOT", tmp_path)
        monkeypatch.setattr(rerun, "WORKERS", 1)
        monkeypatch.setattr(rerun, "strictly", broken_off)
        monkeypatch.setattr(rerun, "shared_inputs", list)
        notebooks = [tmp_path / f"{n:02}_a.ipynb" for n in range(20)]
        for path in notebooks:
            path.touch()
        with pytest.raises(KeyboardInterrupt):
            rerun.rerun(notebooks, always=True)
        assert len(ran) < len(notebooks)

    def test_package_lock_and_results_are_inputs_but_timings_are_not(self):
        names = {str(path.relative_to(ROOT)) for path in rerun.shared_inputs()}
        assert {"src/factrank/errors.py", "constraints.txt", "pyproject.toml"} <= names
        assert "notebooks/results/execution.json" not in names


class TestBook:
    @pytest.mark.parametrize(
        "page",
        [
            '<script async src="https://example.org/a.js"></script>',
            "<link rel='stylesheet' href='//example.org/a.css'>",
            '<img alt="x" src="http://example.org/a.png">',
            "<style>@import 'https://example.org/a.css';</style>",
            '<p style="background: url(https://example.org/a.png)">x</p>',
        ],
    )
    def test_a_page_that_asks_another_host_is_named(self, tmp_path: Path, page: str):
        (tmp_path / "page.html").write_text(page)
        (found,) = book.requests_elsewhere(tmp_path)
        assert found.startswith("page.html: ")
        assert "example.org" in found

    def test_plain_links_and_own_files_are_fine(self, tmp_path: Path):
        page = '<a href="https://example.org">x</a><script src="../_static/a.js"></script>'
        (tmp_path / "page.html").write_text(page + '<link rel="canonical" href="https://x.org">')
        assert book.requests_elsewhere(tmp_path) == []

    def test_a_site_too_heavy_is_not_passed(self, tmp_path: Path, monkeypatch, capsys):
        html = tmp_path / "_build" / "html"
        html.mkdir(parents=True)
        (html / "data.bin").write_bytes(bytes(3_000_000))
        built = []
        monkeypatch.setattr(book, "build", lambda into: built.append("en"))
        monkeypatch.setattr(book.languages, "build", lambda into, it: built.append(it))
        monkeypatch.setattr(book.pyodide, "ensure", lambda: "")
        assert book.main(["--into", str(tmp_path)]) == 0
        assert built == ["en", "ja"]
        monkeypatch.setattr(book, "MOST_MEGABYTES", 2)
        assert book.main(["--into", str(tmp_path)]) == 1
        assert "the site: found 3 MB, expected at most 2" in capsys.readouterr().err

    @pytest.mark.parametrize(("built", "differs"), [(0, 0), (0, 1), (1, 0), (1, 1)])
    def test_the_notebooks_run_beside_the_build_and_both_must_pass(
        self, tmp_path: Path, monkeypatch, capsys, built: int, differs: int
    ):
        started, waited = [], []

        class Beside:
            def __init__(self, command: list[str], **_: object) -> None:
                started.append(command[-2:])

            def wait(self) -> int:
                waited.append(len(order))
                return differs

        order: list[Path] = []
        monkeypatch.setattr(book.subprocess, "Popen", Beside)
        monkeypatch.setattr(book, "site", lambda into: order.append(into) or built)
        assert book.main(["--into", str(tmp_path)]) == built and not started
        assert bool(book.main(["--into", str(tmp_path), "--changed"])) == bool(built or differs)
        assert started == [["tools.rerun", "--changed"]] and waited == [2]
        assert ("a notebook no longer gives" in capsys.readouterr().err) == bool(differs)


class TestEnvironment:
    def test_this_python_will_do(self):
        assert environment.complaint() is None

    def test_an_old_python_gets_one_sentence(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(sys, "version_info", (3, 10, 4))
        said = environment.complaint()
        assert said.startswith("factrank needs Python 3.11 or newer and ")
        assert "is Python 3.10.4" in said

    def test_a_python_without_venv_gets_one_sentence(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setitem(sys.modules, "ensurepip", None)
        assert environment.complaint().startswith("factrank needs Python's venv module")

    def test_where_an_install_fails_the_free_disk_is_told(self, tmp_path, monkeypatch, capfd):
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin" / "python").touch()  # there is an environment already
        fails = [sys.executable, "-c", "raise SystemExit(3)"]
        monkeypatch.setattr(environment, "VENV", tmp_path)
        monkeypatch.setattr(environment, "commands", lambda pip_args: [fails])
        assert environment.main() == 3
        assert re.search(r"failed \(.*; \d+\.\d GB of disk are free, 2\.5", capfd.readouterr().err)

    def test_the_lock_holds_for_every_install_and_arguments_reach_pip(self):
        installs = [line for line in environment.commands(["--index", "x"]) if "install" in line]
        assert len(installs) == 3
        for line in installs:
            assert line[line.index("-c") + 1] == "constraints.txt"
            assert line[line.index("--index") + 1] == "x"

    def test_make_without_a_python_or_with_an_unknown_target_says_so(self, tmp_path: Path):
        tree = tmp_path / "tree"
        (tree / "tools").mkdir(parents=True)
        for name in ("Makefile", "pyproject.toml", "constraints.txt", "tools/environment.py"):
            (tree / name).write_text((ROOT / name).read_text())
        for words, sentence in [
            (["book", "PYTHON=no-such-python"], "there is no 'no-such-python' on this machine"),
            (["bokk"], "make knows no target 'bokk'; 'make help' lists them."),
        ]:
            done = subprocess.run(["make", *words], cwd=tree, capture_output=True, text=True)
            assert done.returncode
            assert sentence in done.stderr


def test_what_the_matrix_and_the_promises_run_exists():
    for name in matrix.TESTS:
        assert len([*(ROOT / "tests").rglob(f"test_{name}.py")]) == 1, name
    named = re.findall(r'"(tests/[\w/]+\.py)"', (ROOT / "tools" / "promises.py").read_text())
    assert named and all((ROOT / name).is_file() for name in named)
