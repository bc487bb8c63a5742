"""Many trainings at once: processes, a Dask cluster, a worker that is killed; the same layers."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from factrank import FactrankError, read
from factrank.layer.file import load
from factrank.layer.training.fitting import recipe_for
from factrank.layer.training.losses import Goal
from factrank.layer.training.sizes import design
from factrank.practice import pool, spread

TREES = ("train", "library:family-trees", "--seeds", 4, "--steps", 60, "--d-model", 6)


def steps(call: int) -> int:
    """A call that takes its time."""
    time.sleep(0.05)
    return call


def test_what_is_done_comes_back_and_what_is_not_wanted_is_not_begun():
    with ThreadPoolExecutor(2) as executor:
        assert dict(pool.finished(executor, abs, range(-9, 0), 3)) == {-n: n for n in range(1, 10)}
        begun, ticks = [], []
        calls = (begun.append(n) or n for n in range(100))
        out = pool.finished(
            executor, steps, calls, 2, stop=lambda: len(ticks) > 1, tick=lambda: ticks.append(1)
        )
        assert 1 <= len(list(out)) <= len(begun) < 10


def test_processes_end_with_the_block_whatever_they_are_at():
    began = time.monotonic()
    with pool.local(1) as executor:
        future = executor.submit(time.sleep, 1000)
        while not future.running():
            time.sleep(0.01)
        (process,) = executor._processes.values()
    while process.exitcode is None and time.monotonic() - began < 500:
        time.sleep(0.01)  # the pool's own thread may be the one that hears of its end
    assert process.exitcode == -signal.SIGTERM and time.monotonic() - began < 500


def fits(by, shapes, seeds=range(3), batch=20, **how):
    db = read("library:family-trees")
    recipe, goal = recipe_for(shapes[0], 30), Goal("recalled")
    return list(by(shapes, db, recipe, seeds, goal, batch=batch, **how))


def shapes(*widths):
    db = read("library:family-trees")
    return [design(db, n_heads=2, d_head_qk=2, d_model=width) for width in widths]


@pytest.mark.parametrize("batch", [20, None])
def test_a_layer_is_the_same_whoever_trained_it(batch):
    alone = fits(spread.one_by_one, shapes(5, 7), batch=batch)
    with ThreadPoolExecutor(1) as executor:
        many = fits(
            lambda *it, **how: spread.side_by_side(executor, 4, *it, **how), shapes(5, 7),
            batch=batch,
        )  # fmt: skip
    assert [[it.seed for it in row] for row in many] == [[0, 1, 2]] * 2
    for one, other in zip(sum(alone, ()), sum(many, ()), strict=True):
        assert one.layer.config == other.layer.config and one.steps == other.steps
        for a, b in zip(one.layer.weights, other.layer.weights, strict=True):
            assert torch.equal(a, b) if batch else torch.allclose(a, b, rtol=1e-2, atol=1e-3)


def test_time_that_is_up_and_a_wish_to_stop_keep_what_is_done():
    def by(*it, **how):
        return spread.side_by_side(pool.InProcess(), 1, *it, **how)

    clock = iter(range(1000))
    ((only,),) = fits(by, shapes(5), seconds=0, clock=lambda: next(clock))
    assert only.seed == 0 and only.steps == 1
    looks = []
    stopped = fits(by, shapes(5), progress=looks.append, stop=lambda: looks[-1].done == 2)
    assert [it.seed for it in stopped[0]] == [0, 1]
    assert [look.done for look in looks] == sorted(look.done for look in looks)
    assert looks[-1].layers == 3 and looks[-1].steps == 90 and looks[-1].step == 60


def test_a_bell_ends_what_is_under_way_with_what_it_has(tmp_path):
    def by(*it, **how):
        return spread.side_by_side(executor, 2, *it, bell=tmp_path / "stop", **how)

    with ThreadPoolExecutor(2) as executor:
        db, goal = read("library:family-trees"), Goal("held", 1 - 1e-12)
        recipe, asked = recipe_for(shapes(5)[0], 10**7), []
        (stopped,) = by(
            shapes(5), db, recipe, range(3), goal, batch=20,
            progress=asked.append, stop=lambda: len(asked) > 3,
        )  # fmt: skip
    assert [it.seed for it in stopped] == [0, 1]
    assert all(0 < it.steps < 10**7 for it in stopped)


class Dying(Executor):
    """Processes of which one dies after a layer."""

    alive = 1

    def submit(self, fn, /, *args, **kwargs) -> Future:
        if self.alive:
            self.alive -= 1
            return pool.InProcess().submit(fn, *args, **kwargs)
        future: Future = Future()
        future.set_exception(BrokenExecutor("gone"))
        return future


def test_a_dead_process_is_told():
    with pytest.raises(FactrankError) as error:
        fits(lambda *it, **how: spread.side_by_side(Dying(), 1, *it, **how), shapes(5))
    assert str(error.value) == (
        "train: expected its workers to live, found one dead after 1 of 3 layers; fewer --workers "
        "need less memory"
    )


def same(one: Path, other: Path) -> bool:
    """Whether two files hold the same layer, bit for bit; the order of their texts may differ."""
    a, b = load(one), load(other)
    return all(map(torch.equal, a.layer.weights, b.layer.weights)) and a.keys == b.keys


def test_processes_train_the_same_layer(run, tmp_path):
    args = (*TREES, "--batch", 20, "--json")
    one = json.loads(run(*args, "-o", tmp_path / "one")[1])
    status, out, err = run(*args, "-o", tmp_path / "two", "--workers", 2)
    assert (status, err) == (0, "")
    assert json.loads(out) | {"layer": ""} == one | {"layer": ""}
    assert same(tmp_path / "one", tmp_path / "two")


# ---- a cluster -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cluster():
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as made:
        yield made


class Killer(threading.Thread):
    """Kills the first worker that is seen at work."""

    def __init__(self, address: str) -> None:
        super().__init__()
        from distributed import Client

        self.client, self.killed, self.over = Client(address), None, threading.Event()
        self.pids = self.client.run(os.getpid)

    def run(self) -> None:
        while not self.over.wait(0.02):
            busy = [worker for worker, tasks in self.client.processing().items() if tasks]
            if busy:
                self.killed = busy[0]
                os.kill(self.pids[self.killed], signal.SIGKILL)
                return

    def __enter__(self) -> Killer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.join()
        self.client.close()


def test_a_cluster_trains_the_same_layer_though_a_worker_is_killed(run, tmp_path, cluster):
    args = (*TREES, "--batch", 20, "--json")
    one = json.loads(run(*args, "-o", tmp_path / "one")[1])
    address = cluster.scheduler_address
    with Killer(address) as killer:
        status, out, err = run(*args, "-o", tmp_path / "two", "--scheduler", address)
    assert killer.killed is not None
    assert status == 0, err
    assert json.loads(out) | {"layer": ""} == one | {"layer": ""}
    assert same(tmp_path / "one", tmp_path / "two")


def test_a_cluster_tries_the_same_splits(run, cluster):
    args = ("try", "library:family-trees", "--parameters", 64, "--steps", 20, "--json")
    status, out, _ = run(*args, "--scheduler", cluster.scheduler_address, "--workers", 2)
    assert status == 0
    alone, many = json.loads(run(*args)[1]), json.loads(out)
    for a, b in zip(alone.pop("arms"), many.pop("arms"), strict=True):
        # stacked or alone, a step is the same up to rounding: one fact of 112 at most
        assert b["recalled"] == pytest.approx(a["recalled"], abs=1 / 112)
    assert alone["parameters"] == many["parameters"] and alone["seeds"] == many["seeds"]


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("127.0.0.1:99999", "a port from 1 to 65535, found '99999'"),
        ("tcp://127.0.0.1:0", "a port from 1 to 65535, found '0'"),
        ("127.0.0.1:one", "a port from 1 to 65535, found 'one'"),
        ("tcp://nobody.invalid:8786", "a Dask scheduler, found: "),
        ("127.0.0.1", "a Dask scheduler, found: missing port number"),
    ],
)
def test_an_address_of_no_machine_is_refused_before_it_is_tried(
    run, tmp_path, monkeypatch, address, found
):
    import distributed

    monkeypatch.setattr(distributed, "Client", None)  # who calls it waits for ten seconds
    args = (*TREES, "-o", tmp_path / "none", "--scheduler", address)
    status, out, err = run(*args)
    assert (status, out) == (2, "") and err.count("\n") == 1
    assert err.startswith(f"--scheduler {address}: expected {found}")


def test_a_cluster_that_would_answer_otherwise_is_one_sentence(run, tmp_path, monkeypatch, cluster):
    from distributed import Client, LocalCluster

    address = cluster.scheduler_address
    args = (*TREES, "-o", tmp_path / "none", "--scheduler")
    status, out, err = run(*args, "tcp://127.0.0.1:1")
    assert (status, out) == (2, "") and err.count("\n") == 1
    assert err.startswith("--scheduler tcp://127.0.0.1:1: expected a Dask scheduler, found: ")
    real = Client.get_versions

    def other(*it, **how):
        found = real(*it, **how)
        found["client"]["packages"]["numpy"] = "0.1"  # here, not there
        return found

    monkeypatch.setattr(Client, "get_versions", other)
    status, out, err = run(*args, address)
    assert (status, out) == (2, "") and err.count("\n") == 1
    assert err.startswith(f"--scheduler {address}: expected numpy 0.1 as here, found ")
    monkeypatch.undo()
    with LocalCluster(n_workers=0, processes=False, dashboard_address=None) as empty:
        status, out, err = run(*args, empty.scheduler_address)
    assert (status, out) == (2, "") and err.endswith("expected at least one worker, found none\n")
    assert not (tmp_path / "none").exists()
