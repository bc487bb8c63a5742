"""The record of a sweep: killed at any moment it loses what was in flight, and doubles nothing."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress

import pytest

from companion.engine.store import Store, key_of
from factrank.errors import FactrankError
from tests.companion.engine import toys

KILLS = 20


def lines(log):
    """The log's whole lines, by their first word."""
    text = log.read_text(encoding="utf-8") if log.exists() else ""
    whole = text[: text.rfind("\n") + 1].splitlines()
    return [line.split()[1] for line in whole if line.startswith("begun")], [
        line.split()[2] for line in whole if line.startswith("kept")
    ]


def keys_in(path):
    if not path.exists():
        return []
    with sqlite3.connect(path) as db:
        try:
            return [key for (key,) in db.execute("select key from items")]
        except sqlite3.OperationalError:  # killed before the table was made
            return []


def start(path, log, workers=1):
    """The sweep in a process group of its own, so that its workers die with it."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.companion.engine.toys", str(path), str(log), str(workers)],
        start_new_session=True,
        stderr=subprocess.DEVNULL,
    )


def test_twenty_kills_lose_what_was_in_flight_and_double_nothing(tmp_path):
    path, log = tmp_path / "toy.sqlite", tmp_path / "log"
    rng = random.Random(5)
    in_flight = 2 * toys.BATCH
    killed_midway = done = 0
    for kill in range(KILLS):
        began = len(lines(log)[0])
        sweep = start(path, log)
        # wait until it does something new, then a random while: kills fall into work, not start-up
        while sweep.poll() is None and lines(log)[0][began:] == []:
            time.sleep(0.005)
        time.sleep(rng.uniform(0, 0.12))
        with suppress(ProcessLookupError):
            os.killpg(sweep.pid, signal.SIGKILL)
        killed_midway += sweep.wait() == -signal.SIGKILL
        keys = keys_in(path)
        begun, acknowledged = lines(log)
        assert len(set(keys)) == len(keys), kill
        assert set(acknowledged) <= set(keys), kill  # what was kept once stays kept
        assert len(keys) >= done, kill
        # of what this run began, all but the items in flight are kept
        assert len(begun) - began - (len(keys) - done) <= in_flight, kill
        done = len(keys)
        if done == toys.ITEMS:  # begin again: every kill must fall into work
            path.unlink()
            for rest in ("-wal", "-shm"):
                (tmp_path / f"toy.sqlite{rest}").unlink(missing_ok=True)
            log.unlink()
            done = 0
    assert killed_midway == KILLS

    assert start(path, log).wait(timeout=60) == 0
    with Store(path) as store:
        rows = {config["n"]: store.row(config) for config in toys.items("full")}
        assert len(store) == toys.ITEMS
    assert rows == {n: {"n": n, "square": n * n} for n in range(toys.ITEMS)}
    begun, _ = lines(log)
    assert max(Counter(begun).values()) <= KILLS + 1
    again = start(path, log)  # nothing is missing: nothing is begun
    assert again.wait(timeout=60) == 0 and lines(log)[0] == begun


def test_an_item_is_one_transaction_and_is_never_doubled(tmp_path):
    with Store(tmp_path / "s.sqlite") as one, Store(tmp_path / "s.sqlite") as two:
        assert one.add({"seed": 1}, {"x": 1.0})
        assert two.row({"seed": 1}) == {"x": 1.0}  # seen by others before anything is closed
        assert not two.add({"seed": 1}, {"x": 2.0})
        assert one.row({"seed": 1}) == {"x": 1.0}
        assert one.missing([{"seed": 1}, {"seed": 2}]) == [{"seed": 2}]
        mode = one._run("pragma journal_mode", ()).rows[0]
        assert mode == ("wal",)


def test_other_source_is_another_item(tmp_path):
    with Store(tmp_path / "s.sqlite", "old") as old:
        old.add({"seed": 1}, {"x": 1.0})
    with Store(tmp_path / "s.sqlite", "new") as new:
        assert len(new) == 0 and new.missing([{"seed": 1}]) == [{"seed": 1}]
        new.add({"seed": 1}, {"x": 2.0})
        assert len(new) == 1 and new.row({"seed": 1}) == {"x": 2.0}


def test_the_key_is_of_the_whole_configuration():
    config = {"a": 1, "b": [1, 2], "c": None}
    assert key_of(config) == key_of(dict(reversed(config.items())))
    for name in config:
        assert key_of({**config, name: "other"}) != key_of(config)
        assert key_of({k: v for k, v in config.items() if k != name}) != key_of(config)
    assert json.loads(json.dumps(config)) == config


def test_no_store_is_told_in_a_sentence(tmp_path):
    wrong = tmp_path / "facts.csv"
    wrong.write_text("key,query,value\n" * 50)
    with pytest.raises(FactrankError, match=r"facts.csv: expected a store of results.*found: file"):
        Store(wrong)
    with pytest.raises(FactrankError, match="expected a store of results, found"):
        Store(tmp_path)


@pytest.mark.parametrize(
    "about", ["{}", '{"seconds": "1"}', '{"seconds": 1e999}', '{"seconds": 1, "processor": []}']
)
def test_a_run_without_its_seconds_is_told_in_a_sentence(tmp_path, about):
    with Store(tmp_path / "s.sqlite", "source") as store:
        store.note({"seconds": 1.5, "processor": 2})
        assert store.runs() == [{"seconds": 1.5, "processor": 2}]
        store._run("insert into runs (source, about) values (?, ?)", ("source", about))
        with pytest.raises(FactrankError, match="expected the seconds of a run as a number, found"):
            store.runs()
