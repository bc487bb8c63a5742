"""The pages on records: their numbers and pictures, recomputed from the tables another way."""

from __future__ import annotations

import csv
import math
import re
from functools import cache
from pathlib import Path
from statistics import fmean
from types import ModuleType

import numpy as np
import pytest
from pandas import Series

from companion.entrance import cliff, onward, readers, spend
from companion.entrance.marks import Scene
from companion.studies.databases import database

RESULTS = Path(__file__).resolve().parents[3] / "notebooks" / "results"
Row = dict[str, str]


@cache
def table(name: str) -> tuple[Row, ...]:
    """The rows of a record, as text."""
    with open(RESULTS / f"{name}.csv", encoding="utf-8") as file:
        return tuple(csv.DictReader(file))


def rows(name: str, **columns: object) -> list[Row]:
    """The rows where columns have these values."""
    asked = {it: "" if value is None else str(value) for it, value in columns.items()}
    return [row for row in table(name) if asked.items() <= row.items()]


def strict(**columns: object) -> list[Row]:
    """Layers of rank-threshold that were asked for every number, embeddings frozen."""
    return rows("rank-threshold", loss="least squares", **{"regime": "F", **columns})


def fit(found: list[Row]) -> int:
    """How many have an error below 0.05."""
    return sum(float(it["relative_error"]) < 0.05 for it in found)


def dots(drawing: str, tones: str, radius: float) -> list[tuple[float, float]]:
    """The places of the dots of a radius, in some tones, in the order drawn."""
    pattern = rf'<circle cx="([-\d.]+)" cy="([-\d.]+)" r="{radius:g}" class="t-(?:{tones})"'
    return [(float(x), float(y)) for x, y in re.findall(pattern, drawing)]


@cache
def scene(page: ModuleType) -> Scene:
    """The picture of a page, drawn once."""
    return page.scene()


# The cliff


def test_the_sentence_of_a_width_says_how_many_fit():
    """Ten widths of the table of rank 16, each with ten layers."""
    mine = strict(part="disjoint", queries=4)
    widths = sorted({int(it["width"]) for it in mine})
    assert {it["rank_lower"] for it in mine} == {it["rank_upper"] for it in mine} == {"16"}
    states = scene(cliff).states
    assert len(states) == len(widths) == 10
    for width, told in zip(widths, states, strict=True):
        there = [it for it in mine if it["width"] == str(width)]
        assert len(there) == 10
        assert f"Width {width}: {fit(there)} of 10 layers fit." in told
        assert "There are 16 values" in told and ("cannot fit" in told) == (width < 16)
        assert {it["values"] for it in there} == {"16"}  # this table cannot tell it from the rank
        assert (fit(there) > 5) == (width >= 16) and (fit(there) == 0) == (width < 16)
    assert scene(cliff).start == widths.index(15)


def test_every_layer_is_a_dot_at_its_error():
    mine = sorted(strict(part="disjoint", queries=4), key=lambda it: int(it["width"]))
    drawn = dots(scene(cliff).drawing, "one|two", 2.4)
    errors = [float(it["relative_error"]) for it in mine]
    slope, start = np.polyfit(errors, [y for _, y in drawn], 1)
    assert slope < 0
    assert all(abs(slope * e + start - y) < 0.01 for e, (_, y) in zip(errors, drawn, strict=True))
    ours = len(dots(scene(cliff).drawing, "one", 2.4))
    assert ours == fit(mine)
    (limit,) = re.findall(
        r'points="[\d.]+,([\d.]+) [^"]+" class="t-line-ink" stroke-width="1" stroke-dash',
        scene(cliff).drawing,
    )
    assert abs(float(limit) - (slope * 0.05 + start)) < 0.01


def test_no_layer_is_in_the_zone_that_is_proved_impossible():
    """Each above the floor of its own table, and the zone is no higher than any of these."""
    edge = dict(cliff.floors())
    assert edge[16] == 0 and min(edge[width] for width in range(16)) > 0.05
    for it in strict(part="disjoint", queries=4):
        width, seed = int(it["width"]), int(it["seed"])
        D = database("disjoint", 24, 4, 4, seed).tensor().astype(float)
        singular = np.linalg.svd(D.reshape(-1, D.shape[2]), compute_uv=False)
        floor = np.linalg.norm(singular[width:]) / np.linalg.norm(D)
        assert float(it["relative_error"]) >= floor - 1e-6
        assert edge.get(width, 0) <= floor + 1e-9
    zone = re.search(r'<path d="M[\d. ]+?L([^"]+)Z"', cliff.zone())[1]
    steps = [tuple(map(float, it.split())) for it in zone.split("L")]
    seen = 0
    for x, y in dots(scene(cliff).drawing, "one|two", 2.4):  # as drawn, moved sideways
        for (left, top), (right, _) in zip(steps[::2], steps[1::2], strict=True):
            seen += left <= x <= right
            assert y <= top + 0.06 or not left <= x <= right
    assert seen >= 60


def test_what_the_cliff_says_of_its_own_table():
    told = cliff.numbers()
    mine = strict(part="disjoint", queries=4)
    assert {(it["keys"], it["facts"], it["range_size"], it["n_heads"]) for it in mine} == {
        (told["keys"], told["facts"], "4", "4")
    }
    assert told["range"] == told["relations"] == "four" and told["seeds"] == "ten"
    assert (told["rank"], told["before"], told["limit"]) == ("16", "15", "0.05")
    assert fit([it for it in mine if it["width"] == "15"]) == 0 and told["fit_before"] == "no"
    assert fit([it for it in mine if it["width"] == "16"]) == 9 and told["fit_at"] == "nine"
    assert float(told["floor_before"]) <= dict(cliff.floors())[15] + 1e-9


def test_what_the_cliff_says_of_all_tables_without_shared_values():
    told, every = cliff.numbers(), strict(part="disjoint")
    shapes = {(it["keys"], it["queries"], it["range_size"]) for it in every}
    beyond = {id(it): int(it["width"]) - int(it["rank_lower"]) for it in every}
    below = [it for it in every if beyond[id(it)] < 0]
    at = [it for it in every if beyond[id(it)] == 0]
    late = [it for it in every if beyond[id(it)] >= 0]
    assert (len(shapes), told["shapes"]) == (4, "four")
    assert fit(below) == 0 and (told["below"], told["fit_below"]) == (str(len(below)), "no")
    assert (told["at"], told["fit_at_all"]) == (str(len(at)), str(fit(at))) == ("40", "38")
    assert told["late"] == str(len(late)) and len(late) - fit(late) == 3
    assert told["misses"] == "three"


def first(found: list[Row]) -> int:
    """The least width from which on most fit at every width, counted down from the widest."""
    answer = 0
    for width in sorted({int(it["width"]) for it in found}, reverse=True):
        there = [it for it in found if int(it["width"]) == width]
        if 2 * fit(there) <= len(there):
            break
        answer = width
    return answer


def test_where_the_cliff_says_that_it_stands_elsewhere():
    told = cliff.numbers()
    free = strict(part="free", d_head_qk=4)
    assert {it["rank_lower"] for it in free} == {told["free_rank"]} == {"16"}
    assert first(free) == 6 < 16 / 2 and told["free_width"] == "six"
    db = database("shared", 32, 4, 4, 0)
    gaps = [32 - len({k for k, q, _ in db.facts if q == which}) for which in range(4)]
    assert gaps == [32 // 8] * 4 and told["gap"] == "eight" and told["free_range"] == "four"
    full = np.zeros((32, 4, 4))
    for k, q in np.ndindex(32, 4):
        full[k, q, (k // 4**q + 3 * k) % 4 if q < 2 else (k * (q + 1) // 3) % 4] = 1
    assert np.linalg.matrix_rank(full.reshape(32, -1)) <= int(told["free_full"]) == 4 * 3 + 1
    clock = strict(family="modular")
    assert {it["attention"] for it in clock} == {"key-independent"}
    assert {it["rank_lower"] for it in clock} == {"7"} and told["clock_rank"] == "seven"
    assert first(clock) == 14 == 2 * 7 and told["clock_width"] == "14"
    assert fit([it for it in clock if it["width"] == "14"]) == 6 and told["clock_fit"] == "six"
    assert fit([it for it in clock if int(it["width"]) < 14]) == 0
    assert {it["keys"] for it in clock} == {"5"} and told["clock_modulus"] == "five"
    few = [it for it in strict(part="few heads") if int(it["width"]) >= int(it["rank_lower"])]
    assert {it["n_heads"] for it in few} == {"1", "2"} and {it["keys"] for it in few} == {"24"}
    assert fit(few) == 0 and (told["few"], told["few_fit"]) == (str(len(few)), "no")
    assert told["few_width"] == str(max(int(it["width"]) for it in few)) == "32"


def test_the_answer_of_the_cliff():
    told, copies = cliff.numbers(), strict(family="duplicated", queries=4)
    assert {it["attention"] for it in copies} == {"key-independent"}
    assert {it["rank_lower"] for it in copies} == {"8"} == {str(first(copies))}
    assert (told["copies_rank"], told["copies_before"]) == ("eight", "seven")
    assert fit([it for it in copies if it["width"] == "8"]) == 10 and told["copies_fit"] == "ten"
    assert fit([it for it in copies if int(it["width"]) < 8]) == 0
    assert told["copies_fit_before"] == "no"
    db = database("duplicated", 32, 4, 4, 0)
    relations = [{(k, v) for k, q, v in db.facts if q == which} for which in range(4)]
    assert all(sum(other == it for other in relations) == 2 for it in relations)
    assert told["copies_queries"] == told["copies_range"] == "four"


# Who reads


def softmax(scale: float, n: int) -> list[float]:
    """Probabilities by distance round the circle, right answer first."""
    z = scale * np.cos(2 * np.pi * np.arange(n) / n)
    raised = np.exp(z - z.max())
    return list(raised / raised.sum())


@pytest.mark.parametrize("state", range(len(readers.SCALES)))
def test_the_right_answer_is_on_top_at_each_scale_and_held_as_the_sentence_says(state: int):
    scale, told = readers.SCALES[state], scene(readers).states[state]
    shares = softmax(scale, 8)
    assert all(shares[0] > it for it in shares[1:])
    assert f"Scale {scale}: SGD is on top" in told and f"is {shares[0]:.2f}," in told
    assert ("held" in told) == (shares[0] >= 0.9) == ("not yet" not in told)
    pattern = (
        r'<rect x="214" y="[\d.]+" width="([\d.e-]+)" height="15" class="t-(\w+)" data-seen="(\d+)"'
    )
    drawn = [
        (float(wide), tone) for wide, tone, seen in re.findall(pattern, scene(readers).drawing)
        if seen == str(state)
    ]  # fmt: skip
    expected = [124 * shares[(answer - 3) % 8] for answer in range(8)]
    assert np.allclose([wide for wide, _ in drawn], expected, atol=1e-3)
    assert [tone for _, tone in drawn].index("value") == 3


def test_the_scales_that_are_told_hold_and_no_smaller_one():
    told = readers.numbers()
    assert (told["answers"], told["twice"], told["sure"]) == ("eight", "16", "0.9")
    for name, n, step in (("scale", 8, 0.1), ("twice_scale", 16, 1), ("elements_scale", 74, 1)):
        scale = float(told[name])
        assert softmax(scale, n)[0] >= 0.9 > softmax(scale - step, n)[0]
    assert told["elements"] == "74"
    for name, n in (("own_scale", 8), ("elements_own_scale", 74)):
        one = [
            math.exp(s) / (math.exp(s) + n - 1)
            for s in (float(told[name]) - 0.1, float(told[name]))
        ]
        assert one[0] < 0.9 <= one[1]
    assert 3.5 < float(told["times"]) <= 4  # "not twice as large"


def test_on_a_line_only_two_answers_can_be_largest():
    rng = np.random.default_rng(0)
    answers, questions = rng.normal(size=8), rng.normal(size=1000)
    assert len(set(np.outer(questions, answers).argmax(1))) == 2


ASKED = (
    ("cross-entropy", None, "held_50"), ("bounded", "10.0", "held_50"),
    ("bounded", "6.0", "held_50"), ("least squares", None, None),
)  # fmt: skip


def successes(
    family: str, loss: str, beta: str | None, outcome: str | None
) -> dict[int, list[bool]]:
    """Which layers succeed at each width."""
    found: dict[int, list[bool]] = {}
    for it in rows("rank-threshold", family=family, loss=loss, beta=beta, regime="F", queries=4):
        if it["attention"] == "free" and it["n_heads"] == it["d_head_qk"] == "4":
            good = float(it[outcome]) == 1 if outcome else float(it["relative_error"]) < 0.05
            found.setdefault(int(it["width"]), []).append(good)
    return found


def enough(found: dict[int, list[bool]]) -> int:
    """The least width from which on most succeed."""
    short = [width for width, good in found.items() if fmean(good) <= 0.5]
    return min(width for width in found if not short or width > max(short))


def test_the_widths_that_five_readers_need():
    told = readers.numbers()
    apart = [enough(successes("disjoint", *ask)) for ask in ASKED]
    assert apart == [2, 4, 8, 16]
    assert [told[it] for it in ("mild", "loud", "soft", "exact")] == ["two", "four", "eight", "16"]
    shared = [enough(successes("shared", *ask)) for ask in ASKED]
    assert shared == [3, 3, 3, 6]
    assert (told["shared_mild"], told["shared_exact"]) == ("three", "six")
    assert enough(successes("disjoint", "cross-entropy", None, "recalled")) == 2
    assert (told["top"], told["half"], told["shared_values"]) == ("two", "0.5", "four")
    assert (told["loud_norm"], told["soft_norm"], told["rank"]) == ("ten", "six", "16")
    both = {it["rank_upper"] for it in rows("rank-threshold", regime="F", keys=32, family="shared")}
    assert both == {"16"}


def test_a_dot_of_the_readers_is_as_large_as_the_share_that_succeeds():
    pattern = r'cx="([\d.]+)" cy="([\d.]+)" r="([\d.]+)" class="t-one"'
    drawn = [tuple(map(float, it)) for it in re.findall(pattern, scene(readers).drawing)]
    heights = sorted({y for _, y, _ in drawn})
    assert len(heights) == 5
    for ask, height in zip([("cross-entropy", None, "recalled"), *ASKED], heights, strict=True):
        found = successes("disjoint", *ask)
        assert all(len(good) == 10 for good in found.values())
        shares = [fmean(good) for _, good in sorted(found.items()) if any(good)]
        sizes = [r for x, y, r in sorted(drawn) if y == height]
        assert np.allclose([(r / 6) ** 2 for r in sizes], shares, atol=1e-4)


def test_onward_counts_from_the_last_width_that_fails():
    assert onward(Series({3: 0.9, 1: 0.2, 2: 0.5})) == 3
    with pytest.raises(ValueError):
        onward(Series({1: 1.0, 2: 0.0}))


# Where to spend


def recall(found: list[Row]) -> float:
    return fmean(float(it["recalled"]) for it in found)


def split(heads: int, values: int = 32) -> dict[int, list[Row]]:
    """The layers of a line by d_qk, embeddings frozen, values drawn from a shared range."""
    mine = rows(
        "head-budget", part="split", regime="F", family="uniform", range_size=values, n_heads=heads
    )
    return {
        d: [it for it in mine if it["d_head_qk"] == str(d)]
        for d in sorted({int(it["d_head_qk"]) for it in mine})
    }


def shown(share: float) -> str:
    """A share in per cent; what is not all is not told as all."""
    return f"{min(99, math.floor(100 * share + 0.5))}%"


def test_along_a_line_the_parameters_stay_and_between_lines_they_differ():
    sizes = []
    for heads in (1, 2, 4):
        found = {it["attention_parameters"] for layers in split(heads).values() for it in layers}
        assert len(found) == 1
        sizes += found
        pairs = [(int(it[0]["d_head_qk"]), int(it[0]["d_head_vo"])) for it in split(heads).values()]
        assert tuple(pairs) == spend.widths(heads)
        assert all(f">{qk}+{vo}<" in scene(spend).drawing for qk, vo in pairs)
    assert len(set(sizes)) == 3
    layers = [it for heads in (1, 2, 4) for found in split(heads).values() for it in found]
    assert sum(float(it["recalled"]) < 1 for it in layers) > len(layers) / 2  # most miss some


def test_the_sentence_of_a_split_says_what_each_number_of_heads_recalls():
    lines = [list(split(heads).values()) for heads in (1, 2, 4)]
    starts = (
        "One for choosing",
        "Two for choosing",
        "Half for choosing",
        "Two for saying",
        "One for saying",
    )
    for n, told in enumerate(scene(spend).states):
        one, two, four = (shown(recall(line[n])) for line in lines)
        assert told.startswith(f"<strong>{starts[n]}")
        assert told.endswith(f"Recalled: one head {one}, two heads {two}, four heads {four}.")
    assert len(scene(spend).states) == 5


def test_every_layer_of_the_splits_is_a_dot_at_its_recall():
    drawing = scene(spend).drawing
    for heads, tone in ((1, "two"), (2, "four"), (4, "one")):
        shares = [float(it["recalled"]) for layers in split(heads).values() for it in layers]
        drawn = dots(drawing, tone, 2.2)
        assert len(drawn) == len(shares) == 50
        assert np.allclose([y for _, y in drawn], [214 - 186 * it for it in shares], atol=0.01)


def test_what_is_told_of_two_heads():
    told = spend.numbers()
    names = ("least", "two", "half", "mirror", "most")
    many, few = ([recall(it) for it in split(2, values).values()] for values in (32, 4))
    assert [told[it] for it in names] == [shown(it) for it in many]
    assert [told[f"few_{it}"] for it in names] == [shown(it) for it in few]
    # the left end drops, the right falls; over four values half and half is the best
    assert many[0] < many[1] - 0.1 and many[1] == max(many) and many[2] > many[3] > many[4]
    assert few[2] == max(few)
    four = [recall(it) for it in split(4).values()]
    assert abs(four[0] - four[2]) < 0.01  # four heads do not mind
    assert {(it["keys"], it["queries"], it["facts"], it["range_size"]) for it in split(2)[1]} == {
        (told["keys"], "6", told["facts"], told["values"])
    }
    assert (told["queries"], told["seeds"], told["few_values"]) == ("six", "ten", "four")
    assert len(split(2)[1]) == 10


def interval(differences: list[float]) -> tuple[float, float]:
    """95% for their mean, the seeds drawn anew."""
    rng = np.random.default_rng(7)
    means = rng.choice(np.array(differences), (100_000, len(differences))).mean(axis=1)
    return tuple(np.quantile(means, [0.025, 0.975]))


@cache
def compared(left: int, right: int) -> dict[tuple[str, ...], tuple[float, int]]:
    """In each line of `split`: difference of two splits, and its sign where it is clear."""
    kinds: dict[tuple[str, ...], list[Row]] = {}
    for it in rows("head-budget", part="split"):
        key = (it["regime"], it["family"], it["range_size"], it["n_heads"])
        kinds.setdefault(key, []).append(it)
    found = {}
    for kind, mine in kinds.items():
        tried = sorted({int(it["d_head_qk"]) for it in mine})
        by = {(int(it["d_head_qk"]), it["seed"]): float(it["recalled"]) for it in mine}
        seeds = sorted({it["seed"] for it in mine})
        apart = [by[tried[left], seed] - by[tried[right], seed] for seed in seeds]
        low, high = interval(apart)
        found[kind] = fmean(apart), int(low > 0) - int(high < 0)
    return found


def test_how_far_the_rule_of_saying_goes():
    told, mirror, even = spend.numbers(), compared(1, 3), compared(0, 2)
    signs = [sign for _, sign in mirror.values()]
    assert len(signs) == int(told["lines"]) == 3 * 3 * 2
    assert (told["kinds"], told["heads"]) == ("three", "three")
    assert (signs.count(1), signs.count(-1)) == (int(told["mirror_better"]), 0)
    assert told["mirror_worse"] == "no"
    worse = {kind: by for kind, (by, sign) in even.items() if sign < 0}
    assert sum(sign > 0 for _, sign in even.values()) == 4 and told["even_better"] == "four"
    assert len(worse) == 6 and told["even_worse"] == "six"
    assert {kind[3] for kind in worse} == {"1", "2"}
    assert told["lost_most"] == shown(-min(worse.values()))


def test_heads_before_widths():
    """At the same parameters; a second head is more than one against half ever moved."""
    told, means = spend.numbers(), {}
    mine = [
        it
        for it in rows("head-budget", part="heads", regime="F", range_size=32)
        if it["d_head_qk"] == it["d_head_vo"]
    ]
    assert {it["attention_parameters"] for it in mine} == {
        it["attention_parameters"] for it in split(4)[4]
    }  # "those of four heads in the picture"
    for heads in (1, 2, 4):
        means[heads] = recall([it for it in mine if it["n_heads"] == str(heads)])
    assert [told[f"{it}_head{'s' * (it != 'one')}"] for it in ("one", "two", "four")] == [
        shown(it) for it in means.values()
    ]
    assert means[2] - means[1] > max(abs(by) for by, _ in compared(0, 2).values())
