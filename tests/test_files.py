"""Files are written whole or not at all, and never over another by mistake."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from factrank import FactrankError
from factrank.practice import files
from factrank.practice.files import check_new, write_files


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
        with pytest.raises(
            FactrankError, match=r"found the same file \(nothing is edited in place"
        ):
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
