"""`make mutate`: the mutants made, who kills them, and the checkout left as it was."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

from tools import mutate, mutate_map
from tools.house import ROOT
from tools.mutants import mutants

TOY = '''"""A toy."""


def within(x: int, low: int = 0, *, loud: bool = False) -> bool:
    """True at 1 < 2."""
    if loud:
        print(f"{x + 1}")
    return x > low and x < 10


def spin(n: int) -> int:
    while n > 0:
        n -= 1
    return n


def unused(kind: str) -> str:
    if kind == "a":
        raise ValueError("1 < 2")
    return kind
'''
TESTS = """from toy.toy import spin, within


def test_within():
    assert within(5)
    assert not within(-5)
    assert not within(10)


def test_spin():
    assert spin(3) == 0
"""


WANTED = {
    "return x > low and x < 10 => return x > low and x < 11": "killed",
    "return x > low and x < 10 => return x >= low and x < 10": "survived",
    "return n => return None": "killed",
    "n -= 1 => pass": "killed by time",
    "return kind => return None": "not executed",
}


def changes(text: str) -> list[str]:
    return [it.change for it in mutants(text)]


class TestMutants:
    def test_each_changes_one_place_and_still_parses(self):
        found = mutants(TOY)
        assert len({it.of(TOY) for it in found}) == len(found)
        for it in found:
            ast.parse(it.of(TOY))

    def test_what_is_changed(self):
        told = changes(TOY)
        for change in [
            "return x > low and x < 10 => return (x > low or x < 10)",
            "return x > low and x < 10 => return x >= low and x < 10",
            "return x > low and x < 10 => return x > low and x < 11",
            "return x > low and x < 10 => return None",
            "if loud: => if (not loud):",
            "while n > 0: => while n > -1:",
            "n -= 1 => pass",
            "if kind == \"a\": => if kind == 'aX':",
            'raise ValueError("1 < 2") => pass',
        ]:
            assert change in told
        assert any(it.endswith("loud: bool = True) -> bool:") for it in told)

    def test_words_types_and_docstrings_are_left_alone(self):
        told = " ".join(changes(TOY))
        assert "1 <= 2" not in told
        assert "x - 1" not in told
        assert (
            changes('from typing import Annotated\nA = Annotated[int, f(1)]\nB: "C[1]" = None')
            == []
        )
        assert changes("@cache(1)\ndef f(a: g(2)) -> h(3):\n    pass\n") == []

    @pytest.mark.parametrize(
        ("text", "new"),
        [
            ("f(a, b)", "f(b, a)"),
            ("x[0] = y", "pass"),
            ("a * b * c", "(a + b) * c"),
            ("not a", "(a)"),
            ("é + b < c", "é - b < c"),
        ],
    )
    def test_the_new_text(self, text: str, new: str):
        made = {" ".join(it.of(text).replace("(é - b)", "é - b").split()) for it in mutants(text)}
        assert new in made

    def test_the_default_of_an_argument_belongs_to_the_body(self):
        (it,) = [it for it in mutants(TOY) if it.new == "True"]
        assert (it.line, it.lines) == (4, range(5, 9))
        (it,) = mutants("N = 1 < x")[:1]
        assert it.lines is None


@pytest.fixture
def place(tmp_path: Path) -> mutate.Place:
    """A toy package with its tests, and a place for notes."""
    for name, text in [
        ("src/toy/__init__.py", ""),
        ("src/toy/toy.py", TOY),
        ("tests/test_toy.py", TESTS),
        ("pyproject.toml", "[tool.pytest.ini_options]\n"),
    ]:
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "notes").mkdir()
    return mutate.Place(tmp_path / "tree", tmp_path / "notes", "src/toy")


def test_every_mutant_named_equivalent_is_one_of_the_package():
    package = ROOT / "src"
    known = mutate.equivalents()
    made = {
        case.name
        for module in {name.split(": ")[0] for name in known}
        for case in mutate.cases_of(module, (package / module).read_text("utf-8"))
    }
    assert known.keys() <= made
    assert all(why.endswith(".") for why in known.values())


def test_of_two_mutants_that_read_alike_the_second_is_numbered():
    names = [case.name for case in mutate.cases_of("m.py", "a = 1\na = 1\n")]
    assert names == ["m.py: a = 1 => a = 2", "m.py: a = 1 => a = 0",
                     "m.py: a = 1 => a = 2 #2", "m.py: a = 1 => a = 0 #2"]  # fmt: skip


def test_a_sample_is_of_all_rooms_and_the_same_for_a_seed():
    rooms = ("facts", "rank", "other")
    made = [case for room in rooms for n in range(300)
            for case in mutate.cases_of(f"{room}/m{n}.py", "a < b")]  # fmt: skip
    first, again, other = (mutate.sample(made, 90, seed, None) for seed in (1, 1, 2))
    assert first == again != other
    counts = Counter(case.module.split("/")[0] for case in first)
    assert counts["facts"] > 25 < counts["rank"] and counts["other"] < 25
    assert {case.module[:5] for case in mutate.sample(made, 90, 1, "facts")} == {"facts"}
    assert len(mutate.sample(made, 9000, 1, None)) == 900


class TestToy:
    def test_killed_survived_and_not_executed_are_told_apart(self, place, monkeypatch):
        monkeypatch.setattr(mutate, "PATIENCE", 2)
        tests = mutate_map.coverage_map(place)
        assert set(tests) == {"tests/test_toy.py::test_within", "tests/test_toy.py::test_spin"}
        executed = mutate.Executed.of(place, tests)
        told = {}
        with mutate.Runner(place.root, place.notes) as run:
            for case in mutate.cases(place):
                if (change := case.mutant.change) in WANTED:
                    told[change] = mutate.verdict(place, run, case, executed.asked(case))
        assert told == WANTED
        assert (place.root / "src/toy/toy.py").read_text() == TOY

    def test_only_what_changed_is_recorded_again(self, place, monkeypatch):
        first = mutate_map.coverage_map(place)
        monkeypatch.setattr(mutate_map, "_record", lambda *_: pytest.fail("nothing has changed"))
        assert mutate_map.coverage_map(place) == first
        monkeypatch.setattr(
            mutate_map, "_record", lambda _, files: {f"{it}::new": {} for it in files}
        )
        (place.root / "src/toy/toy.py").write_text(TOY + "\n")
        assert set(mutate_map.coverage_map(place)) == {"tests/test_toy.py::new"}

    def test_an_interruption_leaves_the_module_as_it_was(self, place, monkeypatch):
        seen = []

        def interrupted(_):
            seen.append((place.root / "src/toy/toy.py").read_text())
            raise KeyboardInterrupt

        case = mutate.cases(place)[0]
        with pytest.raises(KeyboardInterrupt):
            mutate.verdict(place, interrupted, case, {"tests/test_toy.py::test_within": 0.1})
        assert seen == [case.mutant.of(TOY)]
        assert (place.root / "src/toy/toy.py").read_text() == TOY
