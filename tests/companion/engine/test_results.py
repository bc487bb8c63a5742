"""Records of experiments: written with their provenance, read back whole, compared honestly."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from companion.engine import results
from companion.engine.results import Results, compare, export, left_out, load
from companion.engine.sweeps import OUTCOMES, Judgement
from factrank.errors import FactrankError
from tests.companion.engine import toys
from tools import reproduce


def frame(seed=0, cells=4, seeds=10, shift=0.0):
    """A table as experiments have it: cells of ten seeds, recall between 0 and 1."""
    rng = np.random.default_rng(seed)
    rows = [
        {
            "experiment": "toy",
            "tier": "full",
            "width": width,
            "beta": None if width % 2 else 6.0,
            "steps": int(rng.integers(100, 200)),
            "seed": s,
            "recalled": float(np.clip(width / cells + shift + 0.05 * rng.normal(), 0, 1)),
            "held_50": float(rng.random() < 0.5),
            "held_90": 0.0,
            "relative_error": None if width % 2 else 0.1 + 0.01 * rng.random(),
            "rank_L_V": int(rng.integers(3)),
        }
        for width in range(cells)
        for s in range(seeds)
    ]
    return pd.DataFrame(rows)


def recorded(table, folder, found="it is"):
    verdict = Judgement("all is well", found, found == "it is")
    run = {"layers": len(table), "seconds": 2.5, "workers": 2}
    command = "factrank run toy --tier full"
    items = table[["width", "beta", "seed"]].to_dict("records")
    toy = replace(toys.experiment(), items=lambda tier: items)
    return export(toy, "full", table, [verdict], folder, command=command, runs=[run, run])


def test_a_record_names_all_that_went_into_it(tmp_path):
    table, about = recorded(frame(), tmp_path)
    assert (table.name, about.name) == ("toy.csv", "toy.json")
    found = load("toy", tmp_path)
    assert len(found.frame) == 40 and list(found.frame.columns) == list(frame().columns)
    said = found.about
    assert said["seeds"] == list(range(10)) and said["grid"]["width"] == [0, 1, 2, 3]
    assert said["grid"]["beta"] == [6.0, None] and "recalled" not in said["grid"]
    assert said["command"] == "factrank run toy --tier full" and said["seconds"] == 5.0
    assert said["criteria"] == [{"criterion": "all is well", "found": "it is", "met": True}]
    assert set(said["versions"]) == {"python", *results.PACKAGES}
    assert set(said["hardware"]) == {"cpu", "cores", "system"}


def test_a_table_that_was_touched_is_refused(tmp_path):
    table, _ = recorded(frame(), tmp_path)
    text = table.read_text()
    table.write_text(text.replace("full", "fuLl", 1))
    with pytest.raises(FactrankError, match=r"toy.csv: expected the table with digest \w{12}, fou"):
        load("toy", tmp_path)
    table.unlink()
    with pytest.raises(FactrankError, match=r"toy.json: expected a recorded experiment, found: "):
        load("toy", tmp_path)


def test_another_run_of_the_same_reproduces():
    about = {"source": "a"}
    for seed in range(1, 30):
        assert compare(Results(frame(0), about), Results(frame(seed), about)) == []


def test_what_differs_is_seen():
    about = {"source": "a"}
    record = Results(frame(), about)

    def told(change):
        table = frame(1)
        change(table)
        return compare(record, Results(table, about))

    far = compare(record, Results(frame(1, shift=0.3), about))
    assert far and all(line.startswith("recalled of {") for line in far)
    assert told(lambda t: t.__setitem__("seed", t["seed"][::-1].to_numpy()))[0] == (
        "row 2: expected the configuration and seed of the record, found others"
    )
    assert "row 3:" in told(lambda t: t.__setitem__("width", t["width"].where(t.index != 1, 7)))[0]
    assert "columns" in told(lambda t: t.__setitem__("more", 1))[0]
    assert "rows: expected 40" in compare(record, Results(frame(1, seeds=9), about))[0]
    lost = told(lambda t: t.__setitem__("relative_error", t["relative_error"] + 0.5))
    assert len(lost) == 2 and all("relative_error" in line for line in lost)


def test_an_experiment_names_its_own_outcomes(tmp_path):
    toy = replace(toys.experiment(), outcomes=("votes",), measured=("angle", "rank_*"))

    def again(**changed):
        table = pd.DataFrame({"width": [1, 1, 2, 2], "seed": [0, 1] * 2, "votes": [0.1, 0.2] * 2})
        table = table.assign(**{"angle": 0.5, "rank_P": 3, **changed})
        items = table[["width", "seed"]].to_dict("records")
        export(
            replace(toy, items=lambda tier: items),
            "full",
            table,
            [],
            tmp_path,
            command="factrank run toy --tier full",
        )
        return load("toy", tmp_path)

    record = again()
    assert record.about["grid"] == {"width": [1, 2]}
    assert compare(record, again(angle=0.9, rank_P=1)) == []
    assert compare(record, again(votes=[0.1, 0.2, 0.9, 0.9]))[0].startswith("votes of {'width': 2}")
    assert compare(record, again(width=[1, 1, 3, 3]))[0].startswith("row 4:")


def test_a_cell_all_of_whose_seeds_agreed_may_not_drift():
    about = {"source": "a"}
    one, two = frame(), frame()
    one["recalled"], two["recalled"] = 1.0, 0.94
    assert len(compare(Results(one, about), Results(two, about))) == 4
    two["recalled"] = 0.96
    assert compare(Results(one, about), Results(two, about)) == []


def test_reproduce_compares_the_new_run_with_the_record(tmp_path, monkeypatch, capsys):
    for folder, table in (("results", frame(0)), ("again", frame(1))):
        recorded(table, tmp_path / folder)
    monkeypatch.setattr(reproduce, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(reproduce, "AFRESH", tmp_path / "again")
    monkeypatch.setattr(reproduce, "rerun", lambda name, workers: None)
    assert reproduce.main(["toy"]) == 0
    assert capsys.readouterr().out == "toy: reproduces the record\n"
    recorded(frame(1, shift=0.3), tmp_path / "again")
    assert reproduce.main(["toy"]) == 1
    assert capsys.readouterr().out.startswith("toy: DIFFERS from the record\n  recalled of {")
    (tmp_path / "results" / "toy.json").write_text(json.dumps({"table": "x"}))
    assert reproduce.main(["toy"]) == 1


def test_what_was_not_here_to_be_run_is_told_and_not_compared(tmp_path, monkeypatch, capsys):
    outcomes = ["recalled", "held_50", "held_90", "relative_error"]
    table = frame(1)
    table.loc[table["width"] == 3, outcomes] = None
    for folder, told in (("results", frame(0)), ("again", table)):
        recorded(told, tmp_path / folder)
    monkeypatch.setattr(reproduce, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(reproduce, "AFRESH", tmp_path / "again")
    monkeypatch.setattr(reproduce, "rerun", lambda name, workers: None)
    assert reproduce.main(["toy"]) == 0
    assert capsys.readouterr().out == (
        "toy: 30 of 40 rows are compared; the others' facts are not here\n"
        "toy: reproduces the record\n"
    )
    table.loc[table["width"] == 0, "recalled"] += 0.3  # what is here is compared all the same
    recorded(table, tmp_path / "again")
    assert reproduce.main(["toy"]) == 1
    nothing = Results(table.assign(**dict.fromkeys(outcomes)), {})
    assert compare(Results(frame(0), {}), nothing) == [
        "rows: expected some that both ran, found none"
    ]


def test_a_row_above_its_grid_is_no_row_without_facts():
    about = {"outcomes": ["works"], "measured": ["fails"]}
    rows = pd.DataFrame({"works": [None, 3.0, None], "fails": [84.0, 2.0, None]})
    assert [*left_out(Results(rows, about), Results(rows, about))] == [False, False, True]


def test_a_run_without_all_facts_is_not_adopted(tmp_path, monkeypatch):
    old, new = tmp_path / "results", tmp_path / "again"
    recorded(frame(0), old)
    recorded(frame(1).assign(**dict.fromkeys(OUTCOMES)), new)
    monkeypatch.setattr(reproduce, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(reproduce, "AFRESH", new)
    monkeypatch.setattr(reproduce, "rerun", lambda name, workers: None)
    before = (old / "toy.csv").read_bytes()
    with pytest.raises(SystemExit, match="expected every row to have an outcome, found"):
        reproduce.main(["toy", "--adopt"])
    assert (old / "toy.csv").read_bytes() == before


def test_adopting_makes_the_new_run_the_record_and_tells_what_changed(
    tmp_path, monkeypatch, capsys
):
    old, new = tmp_path / "results", tmp_path / "again"
    recorded(frame(0), old)
    monkeypatch.setattr(reproduce, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(reproduce, "AFRESH", new)
    monkeypatch.setattr(reproduce, "rerun", lambda name, workers: None)
    recorded(frame(1, shift=0.3), new, "it is not")
    about = json.loads((new / "toy.json").read_text()) | {"source": "another"}
    (new / "toy.json").write_text(json.dumps(about))
    before = (old / "toy.csv").read_bytes()
    assert reproduce.main(["toy"]) == 1 and (old / "toy.csv").read_bytes() == before
    told = capsys.readouterr().out
    assert reproduce.main(["toy", "--adopt"]) == 1
    adopted = capsys.readouterr().out
    assert adopted.startswith(told) and "the new run is the record now" in adopted
    assert told.startswith(
        "toy: the code changed since the record (that alone is no fault)\n"
        "toy: all is well: was met (it is), now missed (it is not)\n"
        "toy: DIFFERS from the record\n"
    )
    for kind in ("csv", "json"):
        assert (old / f"toy.{kind}").read_bytes() == (new / f"toy.{kind}").read_bytes()
    assert sorted(path.name for path in old.iterdir()) == ["toy.csv", "toy.json"]
    assert load("toy", old).about["source"] == "another"
    assert reproduce.main(["toy"]) == 0
