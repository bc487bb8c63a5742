"""The pace of a benchmark, by a clock of our own: what is slow once is not what is slow."""

from __future__ import annotations

import json

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from factrank.layer.training.sampled import Questions, Sampled
from factrank.layer.training.sizes import design
from factrank.layer.training.trainer import Recipe
from tests.benchmarks import certificates, graphs, records, roofline
from tests.benchmarks.at_size import growth, triples
from tests.benchmarks.questions import NEVER
from tests.benchmarks.training import ROUNDS, paced, ratio, rounds


class Machine:
    """A step takes what ``took`` says of the calls so far; the clock shows the sum."""

    def __init__(self, took) -> None:
        self.took, self.now, self.calls = took, 0.0, []

    def step(self, n: int) -> None:
        self.now += n * self.took(len(self.calls))
        self.calls.append(n)

    def pace(self) -> float:
        return paced(self.step, lambda: self.now)


def test_a_steady_machine_is_timed_over_long_calls():
    machine = Machine(lambda calls: 0.001)
    assert machine.pace() == pytest.approx(0.001)
    assert min(machine.calls[-2:]) * 0.001 >= 1.5


def test_a_slow_first_call_is_no_pace():
    """It loads and warms up: one of 1.8 s was told as 2.8 steps a second."""
    assert Machine(lambda calls: 0.001 if calls else 1.8).pace() == pytest.approx(0.001)


@pytest.mark.parametrize("slow", [1, 2])
def test_a_busy_machine_is_looked_at_again(slow):
    machine = Machine(lambda calls: 0.36 if calls < slow else 0.001)
    assert machine.pace() == pytest.approx(0.001)


def test_what_is_slow_throughout_is_told_so_and_soon():
    machine = Machine(lambda calls: 2.0)
    assert machine.pace() == pytest.approx(2.0)
    assert machine.calls == [1, 5, 5]


def test_a_slowdown_is_seen_and_a_busy_time_is_not():
    """Two methods in turns on a machine that is three times as slow now and then: a method that
    was made 1.3 times as slow is told so, and the busy time, which meets both, is not."""
    now = [0.0]

    def method(seconds: float):
        def step(n: int) -> None:
            busy = now[0] // 4 % 3 == 2  # for four seconds of twelve
            now[0] += n * seconds * (3 if busy else 1)

        return step

    steps = {"one": method(0.02), "other": method(0.01), "slow": method(0.013)}
    found = rounds(steps, lambda: now[0])
    assert {len(each) for each in found.values()} == {ROUNDS}
    assert ratio(found["one"], found["other"])[0] == pytest.approx(2.0, rel=0.01)
    assert ratio(found["slow"], found["other"])[0] == pytest.approx(1.3, rel=0.01)


def test_facts_of_the_bench_are_functional_and_their_growth_is_compared_with_what_is_looked_at():
    for shape, queries in (("graph", 11), ("table", 1)):
        facts = triples(shape, 500)
        assert len({fact[:2] for fact in facts}) == 500 and facts == triples(shape, 500)
        assert {q for _, q, _ in facts} == {f"relation {q}" for q in range(queries)}
    common = {"shape": "graph", "method": "gates", "command": "recall"}
    few = common | {"facts": 10, "values": 3, "seconds": 2.0, "megabytes": 100}
    many = common | {"facts": 1000, "values": 30, "seconds": 9.0, "megabytes": 150}
    start = few | {"command": "start", "seconds": 1.5, "megabytes": 90}
    assert growth([few, start, many], 10, 1000) == [
        common | {"seconds": 15.0, "linear": 1000, "megabytes": 3.0, "facts": 100}
    ]


def test_the_roofline_counts_the_multiply_adds_that_torch_counts(monkeypatch):
    monkeypatch.setattr(roofline, "BATCH", 100)
    database = graphs.zipf_graph(500, seed=0)
    for sizes in ({"d_model": 16}, {"d_model": 8, "d_head_vo": 5}):
        config = design(database, n_heads=4, d_head_qk=2, **sizes)
        asked = Questions.of(database)
        step = Sampled(config, asked, Recipe(), 0, NEVER, batch=100)
        step.left = [torch.arange(100)]
        with FlopCounterMode(display=False) as counted:
            step.step(0)
        added = 100 * min(config.width, config.d_model) * config.values  # addmm_ is not counted
        assert counted.get_total_flops() == 2 * (roofline.multiply_adds(config) - added)


def test_a_certificate_that_takes_long_to_check_misses_its_target():
    row = {"case": "toy", "facts": 1000, "check_seconds": 10.1, "check_megabytes": 500}
    assert [met for _, _, met in certificates.checks([row])] == [False, True]


def test_a_record_of_the_bench_says_where_it_was_made_and_what_was_missed(
    monkeypatch, tmp_path, capsys
):
    monkeypatch.setattr(records, "RESULTS", tmp_path)
    rows = [{"facts": 10, "seconds": 1.5}, {"facts": 20, "megabytes": 3}]
    targets = [("at most 2 s", 1.5, True), ("at most 2 MB", 3, False)]
    records.write("toy", packages=["torch"], rows=rows, targets=targets, threads=1)
    found = json.loads((tmp_path / "toy.json").read_text("utf-8"))
    assert (found["command"], found["rows"], found["threads"]) == ("make bench", rows, 1)
    assert found["machine"] and found["versions"]["torch"] == torch.__version__
    assert found["targets"][1] == {"target": "at most 2 MB", "found": 3, "met": False}
    records.write_rows("toy", rows)
    lines = (tmp_path / "toy.csv").read_text("utf-8").splitlines()
    assert lines == ["facts,seconds,megabytes", "10,1.5,", "20,,3"]
    assert records.judged(targets) == 1 and records.judged(targets[:1]) == 0
    assert "MISSED  at most 2 MB: 3\n" in capsys.readouterr().out
