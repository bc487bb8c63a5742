"""The command: its answers, its statuses, and never a traceback."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import os
import re
import signal
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner

import factrank.rank.interval
from factrank import FactrankError, RankInterval, __version__, cli, read
from factrank.cli import edge
from factrank.practice.audit import report
from factrank.rank.interval import rank_interval

KEYS = {"facts", "keys", "queries", "values", "functional", "lower", "upper", "exact"}
KEYS |= {"field", "lower_by", "upper_by", "seconds"}


def command(*args, stdin=b"", **options):
    """Run `factrank ARGS` in a process of its own: (status, stdout, stderr)."""
    run = [sys.executable, "-m", "factrank", *args]
    done = subprocess.run(run, input=stdin, capture_output=True, timeout=120, **options)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


# ---- answers --------------------------------------------------------------------------------


def test_rank_of_the_example_in_a_process():
    status, out, err = command("rank", "library:example")
    assert (status, err) == (0, "")
    first, *rest = out.splitlines()
    assert first == ("rank is exactly 5 over R   (8 facts: 5 keys x 3 queries x 4 values)")
    found = rank_interval(read("library:example"))
    assert rest == [f"  at least 5: {found.lower_by}", f"  at most 5: {found.upper_by}"]


@pytest.mark.parametrize("name", ["example", "elements", "modular-addition-1"])
def test_json_is_one_object_with_the_promised_names(run, name):
    status, out, err = run("rank", f"library:{name}", "--json")
    assert (status, err, out.count("\n")) == (0, "", 1)
    record = json.loads(out)
    assert set(record) >= KEYS
    db, found = read(f"library:{name}"), rank_interval(read(f"library:{name}"))
    assert (record["keys"], record["queries"], record["values"]) == db.shape
    assert (record["facts"], record["functional"]) == (len(db), db.functional)
    assert (record["lower"], record["upper"]) == (found.lower, found.upper)
    assert (record["exact"], record["field"]) == (found.lower == found.upper, "R")
    assert record["lower_by"] and record["upper_by"]
    assert record["seconds"] >= 0


def test_elements_are_exactly_their_values(run):
    record = json.loads(run("rank", "library:elements", "--json")[1])
    assert record["lower"] == record["upper"] == record["values"] == 74


def test_an_interval_and_several_values_are_said(run, monkeypatch):
    # what is known of the family trees may change; how an open interval is told may not
    notes = ("set-valued: some bounds do not apply",)
    found = RankInterval(24, 64, "R", (), None, (), "one bound", "another", notes)
    monkeypatch.setattr(factrank.rank.interval, "rank_interval", lambda *args, **more: found)
    status, out, err = run("rank", "library:family-trees")
    assert (status, err) == (0, "")
    assert out.startswith(
        "24 <= rank <= 64 over R   (112 facts: 24 keys x 12 queries x 24 values)\n"
        "  at least 24: one bound\n"
        "  at most 64: another\n"
    )
    effort = "  effort normal: a larger one may prove more"
    assert out.endswith(f"\n{effort}\n  set-valued: some bounds do not apply\n")
    record = json.loads(run("rank", "library:family-trees", "--json")[1])
    assert (record["exact"], record["functional"]) == (False, False)
    assert (record["lower_by"], record["upper_by"]) == ("one bound", "another")


@pytest.mark.parametrize("effort", ["quick", "normal", "deep"])
def test_an_interval_is_never_told_without_its_effort(run, monkeypatch, effort):
    """By no command that ranks, and of an exact rank nothing is added."""
    exact = rank_interval(read("library:family-trees"), "quick")
    monkeypatch.setattr(factrank.rank.interval, "rank_interval", lambda *args, **more: exact)
    monkeypatch.setattr(report, "rank_interval", lambda *args, **more: exact)
    for command in ("rank", "explain", "audit"):
        assert f"ffort {effort}: " in run(command, "library:family-trees", "--effort", effort)[1]
    exact = rank_interval(read("library:example"), "quick")
    for command in ("rank", "explain", "audit"):
        assert "ffort" not in run(command, "library:example", "--effort", effort)[1]


def test_an_interrupted_search_prints_the_interval_and_exits_130(run, monkeypatch):
    found = RankInterval(2, 3, "R", (), None, (), "one", "another", ("interrupted",), True)
    monkeypatch.setattr(factrank.rank.interval, "rank_interval", lambda *args, **more: found)
    status, out, err = run("rank", "library:example")
    assert (status, err) == (130, "factrank: interrupted\n")
    assert out.startswith("2 <= rank <= 3 over R")
    assert out.endswith("  interrupted\n")


def test_effort_seconds_and_seed_reach_the_search(run, monkeypatch):
    seen = []

    def interval(database, effort, *, progress, **options):
        seen.append((effort, options))
        return rank_interval(database, effort, progress=progress, **options)

    monkeypatch.setattr(factrank.rank.interval, "rank_interval", interval)
    args = ("--effort", "quick", "--seconds", "2.5", "--seed", "7")
    status, out, _ = run("rank", "library:example", *args)
    assert (status, out.splitlines()[0][:17]) == (0, "rank is exactly 5")
    assert seen == [("quick", {"seconds": 2.5, "seed": 7})]
    status, out, err = run("rank", "library:example", "--seconds", "-1")
    assert (status, out) == (2, "")
    assert err == "seconds: expected a positive number, found -1.0\n"


def test_one_of_each_is_singular(run, tmp_path):
    path = tmp_path / "one.csv"
    path.write_text("key,query,value\na,r,x\n")
    assert "(1 fact: 1 key x 1 query x 1 value)" in run("rank", str(path))[1]


def test_standard_input_format_and_header():
    status, out, _ = command("rank", "-", "--json", stdin="k;r\nÅ;x\n".encode())
    assert status == 0 and json.loads(out)["facts"] == 1
    status, out, _ = command("rank", "-", "--json", "--no-header", stdin=b"a,r,x\nb,r,y\n")
    assert status == 0 and json.loads(out)["queries"] == 1
    args = ("rank", "-", "--json", "--format", "wide")
    status, out, _ = command(*args, stdin=b"key,query,value\na,b,c\n")
    assert status == 0 and json.loads(out)["queries"] == 2
    status, _, err = command("rank", "-", stdin=b"key,query,value\na,r\n")
    assert (status, err) == (2, "stdin:2: found 2 cells, expected 3: key, query, value\n")


def test_library_lists_every_name(run):
    status, out, err = run("library")
    assert (status, err) == (0, "")
    listed = [line.split()[0] for line in out.splitlines()]
    assert listed == [
        "example",
        "elements",
        "countries",
        "family-trees",
        "modular-addition-7",
        "matrices-2x2x2",
        "polynomials-3x3",
        "group-quaternion",
        "cities",
    ]


def test_version_and_help(run):
    assert run("--version") == (0, f"factrank {__version__}\n", "")
    for args in (["--help"], ["-h"], ["rank", "--help"], ["library", "--help"]):
        status, out, err = run(*args)
        assert (status, err) == (0, "")
        assert "Usage: factrank" in out and "Example: factrank" in out


def test_clicks_runner_sees_the_same_app():
    runner = CliRunner()
    done = runner.invoke(cli.app, ["rank", "library:example"])
    assert done.exit_code == 0 and "exactly 5" in done.output
    done = runner.invoke(cli.app, ["rank", "nowhere.csv"])
    assert isinstance(done.exception, FactrankError)
    assert runner.invoke(cli.app, ["rank"]).exit_code == 2


# ---- faults ---------------------------------------------------------------------------------

USAGE = [
    ([], "factrank: missing command; see factrank --help"),
    (["rank"], "factrank: missing argument 'FACTS'; see factrank --help"),
    (["frobnicate"], "factrank: no such command 'frobnicate'; see factrank --help"),
    (["rank", "a", "b"],
     "factrank: got unexpected extra argument"),
    (["rank", "a", "--format"], "factrank: option '--format' requires an argument"),
    (["rank", "a", "--format", "long"],
     "factrank: invalid value for '--format': 'long' is not one of 'triples', 'wide', 'jsonl',"),
    (["library", "a"], "factrank: got unexpected extra argument"),
]  # fmt: skip


@pytest.mark.parametrize(("args", "expected"), USAGE, ids=[s for _, s in USAGE])
def test_usage_errors_are_one_sentence(run, args, expected):
    status, out, err = run(*args)
    assert (status, out) == (2, "")
    assert err.startswith(expected)
    assert err.count("\n") == 1 and "see factrank --help" in err


@pytest.mark.parametrize("args", [["rank", "--xyzzy", "a"], ["--xyzzy"]])
def test_an_option_that_is_not_there_is_named(run, args):
    """Whether it stands in quotes changes between versions of click."""
    status, out, err = run(*args)
    assert (status, out) == (2, "")
    assert re.fullmatch(r"factrank: no such option:? '?--xyzzy'?; see factrank --help\n", err)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("nowhere.csv", "nowhere.csv: found no such file, expected a file of facts\n"),
        (".", ".: found a directory, expected a file of facts\n"),
        ("library:", "library: found no database '', expected one of example, elements, "
         "countries, family-trees, cities, modular-addition-M (M >= 1), "
         "matrices-MxNxP, polynomials-MxN, group-NAME\n"),
        ("library:modular-addition-99999",
         "library:modular-addition-99999: expected M of at most 2000 (M^2 facts), found 99999\n"),
    ],
)  # fmt: skip
def test_bad_sources(run, source, expected):
    assert run("rank", source) == (2, "", expected)


HOSTILE = {
    "empty": b"",
    "blank": b"\n\n  \n",
    "nul": b"\0" * 50,
    "binary": bytes(range(256)),
    "latin-1": "clé,q\né,x\n".encode("latin-1"),
    "utf-16": "key,query,value\na,r,x\n".encode("utf-16-le"),
    "open quote": b'key,query,value\n"a,r,x\nb,r,y\n',
    "header only": b"key,query,value\n",
    "ragged": b"a,b\n1\n1,2,3\n,\n",
    "twice": b"a,b,b\n1,2,3\n",
    "commas": b",,,,\n,,,,\n",
    "one column": b"a\nb\nc\n",
    "json": b'{"facts": [["a", "r", "x"]]}\n',
    "endless cell": b'key,query,value\na,r,"' + b"x" * 200_000,
    "a thousand faults": b"key,query,value\n" + b"a,r\n" * 1000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_get_sentences_and_no_traceback(run, tmp_path, name):
    path = tmp_path / "f.csv"
    path.write_bytes(HOSTILE[name])
    status, out, err = run("rank", str(path))
    assert (status, out) == (2, "")
    assert "Traceback" not in err
    assert 1 <= err.count("\n") <= 21
    assert all(line.startswith(f"{path}:") for line in err.splitlines())
    assert all("found" in line for line in err.splitlines()[:20])


def test_no_traceback_in_a_process_either(tmp_path):
    path = tmp_path / "f.csv"
    path.write_bytes(HOSTILE["binary"])
    for args in (["rank", str(path)], ["rank", "--xyzzy"], ["rank", b"\xff\xfe.csv"]):
        status, out, err = command(*args)
        assert (status, out) == (2, "")
        assert "Traceback" not in err and err


def test_a_fault_of_its_own_is_one_sentence_unless_asked(run, monkeypatch):
    def broken(*_, **__):
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(factrank.rank.interval, "rank_interval", broken)
    status, out, err = run("rank", "library:example")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "ZeroDivisionError: by zero" in err
    monkeypatch.setenv("FACTRANK_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        cli.main(["rank", "library:example"])


@pytest.mark.parametrize(
    ("raised", "status", "expected"),
    [
        (KeyboardInterrupt, 130, "factrank: interrupted\n"),
        (
            MemoryError,
            2,
            "factrank: expected facts and a layer that fit in memory, found too much\n",
        ),
        (EOFError, 2, f"{edge.SHORT}\n"),
    ],
)
def test_interrupt_memory_and_an_early_end(run, monkeypatch, raised, status, expected):
    def broken(*_, **__):
        raise raised

    monkeypatch.setattr(factrank.rank.interval, "rank_interval", broken)
    assert run("rank", "library:example") == (status, "", expected)


@pytest.mark.parametrize("way", [gzip, bz2, lzma], ids=lambda it: it.__name__)
def test_an_archive_that_is_cut_short_is_no_interrupt(run, tmp_path, way):
    whole = way.compress(b"key,query,value\n" + b"a,r,x\n" * 99)
    source = tmp_path / f"f.csv.{way.__name__.replace('gzip', 'gz').replace('lzma', 'xz')}"
    source.write_bytes(whole[: len(whole) // 2])
    said = re.compile(r".*: expected a whole \w+ archive, found its end after \d+ bytes .*\n")
    for words in ("rank", "audit"):
        status, out, err = run(words, source)
        assert (status, out) == (2, "") and said.fullmatch(err)
    layer = f"{source}: expected a layer file, found one that is cut short or of another kind\n"
    assert run("recall", source, source) == (2, "", layer)
    status, out, err = command("rank", "-", stdin=source.read_bytes())
    assert (status, out) == (2, "") and said.fullmatch(err)


def test_an_early_end_shows_where_if_asked(monkeypatch):
    def broken(*_, **__):
        raise EOFError

    monkeypatch.setattr(factrank.rank.interval, "rank_interval", broken)
    monkeypatch.setenv("FACTRANK_TRACEBACK", "1")
    with pytest.raises(RuntimeError) as found:
        cli.main(["rank", "library:example"])
    assert isinstance(found.value.__cause__, EOFError)


# ---- processes ------------------------------------------------------------------------------


def heard() -> None:
    """The child of a process that ignores interrupts hears them."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.skipif(os.name != "posix", reason="signals and /dev are those of POSIX")
def test_interrupted_process_exits_130():
    code = "import factrank.cli as c; print('ready', flush=True); c.main(['rank', '-'])"
    run = [sys.executable, "-c", code]
    pipes = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    # who runs the tests in the background has the signal ignored, and its children with it
    with subprocess.Popen(run, preexec_fn=heard, **pipes) as process:
        assert process.stdout.readline() == b"ready\n"
        time.sleep(0.5)  # it waits for facts now, and says nothing
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, b"", b"factrank: interrupted\n")


@pytest.mark.skipif(os.name != "posix", reason="signals and /dev are those of POSIX")
def test_broken_pipe_full_disk_and_closed_streams():
    factrank = f"{sys.executable} -m factrank"

    def shell(line):
        done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=60)
        return done.returncode, done.stderr

    for words in ("library", "--version", "rank library:example", "--help"):
        line = f"{factrank} {words} | true; exit ${{PIPESTATUS[0]}}"
        status, err = shell(line)
        assert err == ""
        assert status in (0, 1) if words == "--help" else status == 0
    if os.path.exists("/dev/full"):
        status, err = shell(f"{factrank} library >/dev/full")
        assert (status, err) == (2, "stdout: expected to print, found: No space left on device\n")
    assert shell(f"{factrank} library >&-")[0] == 2
    assert shell(f"{factrank} rank - <&-") == (2, "stdin: found it closed, expected facts\n")


def test_importing_the_command_loads_no_room():
    code = "import sys, factrank.cli; print([m for m in sys.modules if m.startswith('factrank.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = eval(done.stdout)
    assert "factrank.cli" in loaded
    assert not [m for m in loaded if m.split(".")[1] in ("facts", "rank", "layer")]


def test_who_reads_no_more_is_no_fault_and_nothing_is_said_at_the_end():
    """The pipe is closed before the command writes: no race."""
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "factrank", "library"]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


def test_no_command_changes_a_shell(run):
    assert "completion" not in run("--help")[1]


def test_no_number_is_in_no_range(run, tmp_path):
    status, _, err = run("train", "library:example", "-o", tmp_path / "l", "--seconds", "nan")
    assert status == 2 and "--seconds" in err and "nan is not a number" in err
