"""The engine of experiments: any executor, resumed, judged; and a worker killed midway."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from companion.engine import catalogue, sweeps
from companion.engine.store import Store
from factrank.errors import FactrankError
from factrank.practice import pool
from tests.companion.engine import toys

EXECUTORS = {
    "in process": lambda: pool.InProcess(),
    "threads": lambda: ThreadPoolExecutor(2),
    "processes": lambda: pool.local(2),
}


@pytest.mark.parametrize("kind", EXECUTORS)
def test_any_executor_gives_the_same_table_in_the_same_order(kind):
    toy, seen = toys.experiment(), []
    made = EXECUTORS[kind]()
    with Store(":memory:") as store, made as executor:
        frame = sweeps.run(toy, "full", store, executor, in_flight=4, progress=seen.append)
    assert frame["n"].tolist() == list(range(toys.ITEMS))
    assert frame["square"].tolist() == [n * n for n in range(toys.ITEMS)]
    assert set(frame["experiment"]) == {"toy"} and set(frame["tier"]) == {"full"}
    assert toy.judge(frame)[0].met
    assert seen[0].done == 0 and seen[-1].done == seen[-1].total == toys.ITEMS
    assert [p.done for p in seen] == sorted(p.done for p in seen)


def test_a_batch_is_of_one_group_and_not_too_long():
    toy = toys.experiment()
    batches = toy.batches(toy.expand("full"))
    assert sorted(c["n"] for b in batches for c in b) == list(range(toys.ITEMS))
    assert all(len({c["n"] % 2 for c in b}) == 1 and len(b) <= toys.BATCH for b in batches)


def test_processor_seconds_are_those_of_the_work():
    seen = []
    toy = toys.experiment(toys.busy)
    with Store(":memory:") as store:
        sweeps.run(toy, "quick", store, pool.InProcess(), progress=seen.append)
    batches = len(toy.batches(toy.expand("quick")))
    assert seen[0].processor == 0 and batches * toys.BUSY <= seen[-1].processor < seen[-1].seconds


def test_only_what_is_missing_is_run(tmp_path):
    log = tmp_path / "log"
    with Store(":memory:") as store:
        items = toys.experiment().expand("full")
        for config in items[::2]:
            store.add(config, {"n": config["n"], "square": config["n"] ** 2})
        toy = toys.experiment(partial(toys.square, log=str(log)))
        sweeps.run(toy, "full", store, pool.InProcess())
    begun = sorted(int(line.split()[1]) for line in log.read_text().splitlines())
    assert begun == list(range(1, toys.ITEMS, 2))


def test_a_dead_worker_is_told_and_the_rest_is_kept(tmp_path):
    toy = toys.experiment(partial(toys.die_once, flag=str(tmp_path / "flag")))
    with Store(tmp_path / "s.sqlite") as store:
        with pool.local(1) as executor, pytest.raises(FactrankError) as error:
            sweeps.run(toy, "full", store, executor, in_flight=1)
        kept = len(store)
        assert 0 < kept < toys.ITEMS
        assert str(error.value) == (
            f"toy: expected its workers to live, found one dead; {kept} items are kept, "
            "run again for the rest"
        )
        with pool.local(1) as executor:  # it died once; now it goes on
            frame = sweeps.run(toy, "full", store, executor)
    assert frame["square"].tolist() == [n * n for n in range(toys.ITEMS)]


def test_dask_runs_it_and_survives_a_worker_killed_midway(tmp_path):
    distributed = pytest.importorskip("distributed")
    toy = toys.experiment(partial(toys.die_once, flag=str(tmp_path / "flag")))
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        pool.cluster(cluster.scheduler_address) as executor,
        Store(tmp_path / "s.sqlite") as store,
    ):
        frame = sweeps.run(toy, "full", store, executor, in_flight=4)
        assert len(store) == toys.ITEMS
    assert (tmp_path / "flag").exists()  # one worker did die
    assert frame["n"].tolist() == list(range(toys.ITEMS))
    assert frame["square"].tolist() == [n * n for n in range(toys.ITEMS)]


def test_faults_of_an_experiment_are_told():
    short = toys.experiment(lambda batch: [])
    with Store(":memory:") as store, pytest.raises(FactrankError, match="expected 3 rows of a bat"):
        sweeps.run(short, "full", store, pool.InProcess())
    with pytest.raises(FactrankError, match="tier: expected one of quick, full, found 'half'"):
        toys.experiment().expand("half")
    with Store(":memory:") as store, pytest.raises(FactrankError, match="tier quick, 4 are mis"):
        sweeps.table(toys.experiment(), "quick", store)
    with (
        pytest.raises(FactrankError, match="workers: expected at least 1, found 0"),
        pool.local(0),
    ):
        pass
    twice = sweeps.Experiment("twice", lambda tier: [{"n": 1}, {"n": 1}], toys.square, toys.judge)
    with pytest.raises(FactrankError, match="twice: expected different items, found one twice"):
        twice.expand("quick")


def test_the_bar_shows_rate_and_time_left():
    half = sweeps.Progress(done=30, total=60, before=0, seconds=10.0)
    assert str(half) == "[##########----------] 30/60  3.0/s  ETA 0:10"
    assert str(sweeps.Progress(5, 60, 5, 1.0)) == "[#-------------------] 5/60  0.0/s"


# ---- the command --------------------------------------------------------------------------------


@pytest.fixture
def toy(monkeypatch):
    """The toy in the catalogue's place; `judge` can be set."""

    def put(judge=toys.judge):
        made = sweeps.Experiment(
            "toy", toys.items, toys.square, judge, lambda c: 0, batch=toys.BATCH
        )
        monkeypatch.setattr(catalogue, "experiment", lambda name: made)

    return put


def test_experiments_lists_one_line_each(run):
    status, out, err = run("experiments")
    assert (status, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()] == list(catalogue.CATALOGUE)
    status, out, err = run("experiments", "--json")
    assert set(json.loads(out)) == set(catalogue.CATALOGUE)
    for name in catalogue.CATALOGUE:
        found = catalogue.experiment(name)
        assert found.name == name


def test_run_prints_each_criterion_and_exits_by_them(run, toy, tmp_path):
    store = str(tmp_path / "s.sqlite")
    toy()
    status, out, err = run("run", "toy", "--workers", "1", "--store", store)
    assert (status, out, err) == (0, "met     squares are squares: 4 rows\n", "")
    toy(lambda frame: [sweeps.Judgement("squares are odd", "no", False)])
    status, out, err = run("run", "toy", "--workers", "1", "--store", store)
    assert (status, out, err) == (1, "MISSED  squares are odd: no\n", "")


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (
            ["run", "rank"],
            f"experiment: expected one of {', '.join(catalogue.CATALOGUE)}, found 'rank'",
        ),
        (["run", "rank-threshold", "--tier", "half"], "factrank: invalid value for '--tier'"),
        (["run", "rank-threshold", "--workers", "0"], "factrank: invalid value for '--workers'"),
        (["run", "toy", "--scheduler", "nowhere"], "--scheduler nowhere: expected a Dask sched"),
    ],
)
def test_bad_requests_are_one_sentence(run, toy, tmp_path, args, sentence):
    if args[1] == "toy":
        toy()
        args += ["--store", str(tmp_path / "s.sqlite")]
    status, out, err = run(*args)
    assert (status, out) == (2, "")
    assert err.startswith(sentence) and err.count("\n") == 1


def test_experiments_are_listed_without_torch_and_pandas():
    code = (
        "import sys; from companion.engine.catalogue import CATALOGUE; assert CATALOGUE\n"
        "print({'torch', 'pandas', 'scipy', 'numpy'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
