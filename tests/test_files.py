"""Files are written whole or not at all, and never over another by mistake."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from factrank import FactrankError, cli, files
from factrank.files import check_new, replacing, write_files


def tree(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_all_files_are_written_as_given(tmp_path):
    a, b = tmp_path / "a", tmp_path / "b"
    write_files({str(a): ["x\r\n", "é"], str(b): iter(["y"])})
    assert tree(tmp_path) == {"a": "x\r\né".encode(), "b": b"y"}
    mask = os.umask(0)
    os.umask(mask)
    assert a.stat().st_mode & 0o777 == 0o666 & ~mask


def test_a_path_that_exists_needs_force_and_keeps_its_mode(tmp_path):
    path = tmp_path / "a"
    path.write_text("old")
    path.chmod(0o600)
    with pytest.raises(FactrankError) as caught:
        write_files({str(path): ["new"]})
    assert str(caught.value) == (
        f"{path}: expected the path of a new file, found one that exists (--force writes over it)"
    )
    assert path.read_text() == "old"
    write_files({str(path): ["new"]}, force=True)
    assert path.read_text() == "new" and path.stat().st_mode & 0o777 == 0o600


def test_an_input_is_never_written_over_even_by_another_name(tmp_path):
    path, link, hard = tmp_path / "a", tmp_path / "link", tmp_path / "hard"
    path.write_text("facts")
    link.symlink_to(path)
    hard.hardlink_to(path)
    for name in (path, link, hard):
        with pytest.raises(FactrankError, match=r"found the same file \(no input is written over"):
            check_new(str(name), force=True, inputs=[str(path)])


@pytest.mark.parametrize("name", ["", "-", ".", "none/out.csv", "a\0b"])
def test_other_things_than_files_get_a_sentence(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FactrankError, match=r"expected .*, found"):
        check_new(name, force=True)
    with pytest.raises(FactrankError, match=r"expected .*, found"):
        write_files({name: ["x"]})
    assert tree(tmp_path) == {}


def test_one_path_twice_is_refused(tmp_path):
    first, second = str(tmp_path / "a"), str(tmp_path / "." / "b" / ".." / "a")
    (tmp_path / "b").mkdir()
    with pytest.raises(FactrankError, match=r"expected different paths, found one twice"):
        write_files({first: ["x"], second: ["y"]})
    assert tree(tmp_path) == {}


class Full:
    """A disk that takes so many calls of fsync and is full at the next."""

    def __init__(self, calls):
        self.calls = calls

    def __call__(self, handle):
        self.calls -= 1
        if self.calls < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("calls", [0, 1])
def test_on_a_full_disk_nothing_changes_and_nothing_is_left(tmp_path, monkeypatch, calls):
    old = tmp_path / "a"
    old.write_text("old")
    monkeypatch.setattr(files.os, "fsync", Full(calls))
    with pytest.raises(FactrankError) as caught:
        write_files({str(old): ["new"], str(tmp_path / "b"): ["new"]}, force=True)
    path = tmp_path / ("a" if calls == 0 else "b")
    assert str(caught.value) == (
        f"{path}: expected a file that can be written, found: No space left on device"
    )
    assert tree(tmp_path) == {"a": b"old"}


def test_text_that_is_no_utf8_and_a_fault_of_the_maker_leave_nothing(tmp_path):
    with pytest.raises(FactrankError, match=r"expected a file that can be written, found: 'utf-8'"):
        write_files({str(tmp_path / "a"): ["\ud800"]})

    def maker():
        yield "x"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_files({str(tmp_path / "a"): maker()})
    assert tree(tmp_path) == {}


@pytest.mark.skipif(os.name != "posix", reason="a limit on the size of files is POSIX")
def test_normalize_where_the_disk_takes_no_more(tmp_path):
    """The system itself refuses to write beyond 4 kB: a table of 20 kB does not fit."""
    facts, clean = tmp_path / "f.csv", tmp_path / "clean.csv"
    facts.write_text("key,query,value\n" + "".join(f"key {i},r,value {i}\n" for i in range(1000)))
    decisions = tmp_path / "d.toml"
    decisions.write_text('[[decision]]\nrule = "drop"\nkey = "key 7"\n')
    clean.write_text("what stood here before")
    before = tree(tmp_path)
    code = (
        "import resource, factrank.cli as c\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        f"c.main(['normalize', {str(facts)!r}, '-o', {str(clean)!r}, '--force',\n"
        f"        '--decisions', {str(decisions)!r}])\n"
    )
    run = [sys.executable, "-B", "-c", code]
    done = subprocess.run(run, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (f"{clean}: expected a file that can be written, found: File too large\n")
    assert tree(tmp_path) == before
    assert Path(f"{clean}.trail.jsonl").exists() is False


# ---- every command that writes -------------------------------------------------------------------

TABLE = "key,query,value\na,r,x\nb,r,y\n"
DROP = '[[decision]]\nrule = "drop"\nkey = "a"\n'
WRITERS = {  # OUT is the path to write to, IN the facts
    "rank": ["rank", "IN", "--certificate", "OUT"],
    "compile": ["compile", "IN", "-o", "OUT"],
    "audit": ["audit", "IN", "--html", "OUT"],
    "plan": ["plan", "IN", "--html", "OUT"],
    "recall": ["recall", "layer", "IN", "--html", "OUT"],
    "draft": ["audit", "IN", "--decisions", "OUT"],
    "normalize": ["normalize", "IN", "-o", "OUT", "--decisions", "d.toml"],
    "trail": ["normalize", "IN", "-o", "new.csv", "--trail", "OUT", "--decisions", "d.toml"],
    "undo": ["normalize", "IN", "-o", "OUT", "--undo", "trail.jsonl"],
    "train": ["train", "IN", "-o", "OUT", "--seeds", "1", "--steps", "1"],
    "try": ["try", "IN", "-o", "OUT", "--budget", "0"],
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "d.toml").write_text(DROP)
    (tmp_path / "sub").mkdir()
    return tmp_path


def spellings(path: Path, ending: str) -> list[str]:
    """The same file, called otherwise; ``try`` writes only where a path ends in .html."""
    link, hard = path.with_name(f"link{ending}"), path.with_name(f"hard{ending}")
    link.symlink_to(path)
    hard.hardlink_to(path)
    return [str(link), str(hard), str(path), path.name, f"sub/../{path.name}"]


@pytest.mark.parametrize("name", WRITERS)
def test_no_command_writes_over_its_facts_by_whatever_name(folder, run, name):
    facts, ending = folder / "facts.csv", ".html" if name == "try" else ".csv"
    facts.write_text(TABLE)
    for other in spellings(facts, ending)[: 2 if name == "try" else None]:
        for path in ("facts.csv", str(facts), "-"):
            args = [{"IN": path, "OUT": other}.get(arg, arg) for arg in WRITERS[name]]
            before = tree(folder)
            with facts.open() as stdin, pytest.MonkeyPatch.context() as patch:
                patch.setattr("sys.stdin", stdin)
                status, out, err = run(*args, "--force")
            assert (status, out) == (2, ""), (args, out, err)
            assert "found the same file (no input is written over)" in err
            assert tree(folder) == before


def test_the_tables_of_the_library_are_inputs_too(folder, run):
    from factrank.facts import library

    own = Path(library.__file__).parent / "example.csv"
    before = own.read_bytes()
    Path("link.json").symlink_to(own)
    try:
        status, _, err = run("rank", "library:example", "--certificate", "link.json", "--force")
        assert status == 2 and "found the same file" in err and own.read_bytes() == before
    finally:
        own.write_bytes(before)


@pytest.mark.parametrize("name", WRITERS)
def test_no_command_writes_over_a_file_without_force(folder, run, name):
    (folder / "facts.csv").write_text(TABLE)
    for out in ("old.csv", "old.html"):
        (folder / out).write_text("what a person wrote")
    before = tree(folder)
    out = "old.html" if name == "try" else "old.csv"
    args = [{"IN": "facts.csv", "OUT": out}.get(arg, arg) for arg in WRITERS[name]]
    told = "expected the path of a new file, found one that exists (--force writes over it)"
    assert run(*args) == (2, "", f"{out}: {told}\n")
    assert tree(folder) == before


def test_edit_replaces_its_layer_by_design_and_nothing_else(folder, run):
    (folder / "facts.csv").write_text(TABLE)
    assert run("compile", "facts.csv", "-o", "layer")[0] == 0
    (folder / "old").write_text("what a person wrote")
    before = tree(folder)
    change = ("edit", "layer", "set", "a", "r", "y")
    assert run(*change, "-o", "old")[0] == 2
    assert run(*change, "-o", "./layer", "--force")[0] == 2
    assert tree(folder) == before
    assert run(*change, "-o", "old", "--force")[0] == 0 and tree(folder)["layer"] == before["layer"]
    assert run(*change)[0] == 0 and tree(folder)["layer"] != before["layer"]
    assert set(tree(folder)) == set(before)


def test_a_record_of_an_experiment_needs_force_too(folder, run):
    for ending in ("csv", "json"):
        there = folder / f"rank-threshold.{ending}"
        there.write_text("recorded before")
        args = ("run", "rank-threshold", "--export", ".", "--store", "store.sqlite")
        status, _, err = run(*args)
        assert status == 2 and "--force writes over it" in err
        assert not (folder / "store.sqlite").exists()
        there.unlink()


def test_a_record_that_cannot_be_written_is_told_before_the_work(folder, run):
    (folder / "file").write_text("no folder")
    args = ("run", "rank-threshold", "--export", "file", "--store", "s.sqlite")
    assert run(*args) == (2, "", "file: expected a folder to write to, found a file\n")
    for store in ("new/rank-threshold.csv", "sub/../new/rank-threshold.json"):
        args = ("run", "rank-threshold", "--export", "new", "--store", store, "--force")
        status, _, err = run(*args)
        assert status == 2 and "expected a store beside the record, found one path" in err
    assert set(tree(folder)) == {"file", "d.toml"} and not (folder / "new").exists()


def test_every_command_that_writes_has_force():
    writes = {"--certificate", "--output", "--out", "--html", "--export"}
    found = {}
    context = click.Context(cli.app)
    for name in cli.app.list_commands(context):
        command = cli.app.get_command(context, name)
        options = {option for it in command.params for option in it.opts}
        if options & writes:
            found[name] = "--force" in options
    writers = "ask audit compact compile edit heads normalize plan rank recall run train try"
    assert found == dict.fromkeys(writers.split(), True)


def test_a_file_that_appears_meanwhile_stays(tmp_path):
    path = tmp_path / "a"
    with pytest.raises(FactrankError, match="found one that exists"), replacing(
        path, force=False
    ) as file:  # fmt: skip
        file.write("mine")
        path.write_text("another's")
    assert tree(tmp_path) == {"a": b"another's"}
    with pytest.raises(KeyboardInterrupt), replacing(tmp_path / "b"):
        raise KeyboardInterrupt
    assert tree(tmp_path) == {"a": b"another's"}


def test_without_force_nothing_is_moved_over_a_path(tmp_path, monkeypatch):
    """A link fails where a file has appeared, even after the last look; a move would not."""

    def moved(*_):
        pytest.fail("a file that appeared meanwhile would be lost")

    monkeypatch.setattr(os, "replace", moved)
    with replacing(tmp_path / "a", force=False) as file:
        file.write("mine")
    assert tree(tmp_path) == {"a": b"mine"}


@pytest.mark.parametrize("name", [it for it in WRITERS if it != "undo"])
def test_that_nothing_may_be_written_is_told_before_the_work(folder, run, name):
    """There are no such facts, but it is the output that is refused."""
    out = "there.html" if name == "try" else "there.csv"
    Path(out).write_text("kept")
    args = [{"IN": "none.csv", "OUT": out}.get(arg, arg) for arg in WRITERS[name]]
    status, _, err = run(*args)
    assert status == 2 and err.startswith(f"{out}: expected the path of a new file")


def test_the_file_of_standard_output_is_not_replaced(tmp_path, monkeypatch):
    path, link = tmp_path / "out", tmp_path / "link"
    link.symlink_to(path)
    with path.open("w") as out:
        monkeypatch.setattr("sys.stdout", out)
        for name in (path, link, f"/dev/fd/{out.fileno()}"):
            with pytest.raises(FactrankError, match="of standard output, found the same file"):
                check_new(name, force=True)
        assert check_new(tmp_path / "other") == tmp_path / "other"


def test_a_loop_of_links_and_a_name_of_a_folder_get_a_sentence(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    one.symlink_to(two)
    two.symlink_to(one)
    with pytest.raises(FactrankError, match="expected a file that can be written, found: Too many"):
        check_new(one, force=True)
    for force in (True, False):
        with pytest.raises(FactrankError, match="new file, found a directory"):
            check_new(f"{tmp_path}/none/", force=force)
