"""The reports in other languages: the same numbers and labels, no English left, nothing else."""

from __future__ import annotations

import json
import re
from collections import Counter
from importlib.resources import files
from types import SimpleNamespace
from typing import get_args

import pytest

from factrank import cli
from factrank.cli.options import Language
from factrank.errors import FactrankError
from factrank.facts.reading.read import parse_rows
from factrank.layer.config import LayerConfig
from factrank.practice.audit.page import page
from factrank.practice.audit.report import report
from factrank.practice.heads.page import page as heads_page
from factrank.practice.heads.report import (
    BIASED,
    GROUPED,
    NORMED,
    ROTARY,
    UNREAD,
    UNTOLD,
    Heads,
    Measured,
    Shape,
    Side,
)
from factrank.practice.html.markup import passed, sentence
from factrank.practice.html.tongue import catalogue, heard, say, speaking
from factrank.practice.plan.layers import Choice, Plan
from factrank.practice.plan.page import page as plan_page
from factrank.practice.recall import page as recall_page
from factrank.practice.trial.page import page as trial_page
from factrank.practice.trial.splits import UNDECIDED, WIDER, Arm, Difference, Trial, Verdict
from factrank.rank.interval import rank_interval
from tests.practice.test_page import outline

TABLE = """キー,クエリ,値,source
東京,国,日本,甲
東京,人口,13960000,甲
大阪,国,日本,甲
大阪,国,日本国,乙
おおさか,国,日本,乙
大阪府,府庁,大阪市,甲
大阪府,府庁, 大阪市,乙
パリ,国,フランス,甲
パリ,市長,<b>フランス</b>,甲
ローマ,市長,n/a,乙
ローマ,市長,n/a,乙
"""
#: What is no English sentence: names of programs, options, sizes and theorems.
NAMES = """
factrank rank certificate effort quick source SHA float json audit plan recall csv unfolding slices
pairs terms values relations gates circle compile train FACTS LAYER method hold heads head qk vo
plain config model trained frozen brief all MB ms tree hub layer key independent try sample steps
parameters budget allow sets
"""
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def audited():
    rows = parse_rows(TABLE, "表.csv")
    found = report(rows, "quick")
    return lambda language: page(found, language), {*rows.keys, *rows.queries, *rows.values}


def planned(budget: int | None = None):
    database = parse_rows(TABLE, "表.csv").database()
    config = LayerConfig(*database.shape, d_model=8, n_heads=3, d_head_qk=2, d_head_vo=4)
    beyond = ("rank 9, recorded 12 to 84",)
    certain = Choice("terms", True, config, 1.0, 1.0)
    hoped = Choice("trained, embeddings too", False, config, d_models=(5, 8), beyond=beyond)
    left_out = (
        "gates: reads one answer a pair, and some pairs have several",
        "circle: at least 30,000,000 numbers, too many to build for a plan",
    )
    best = (certain, hoped) if budget is None else (None, None)
    interval = rank_interval(database, "quick")
    shape, choices = database.shape, (certain, hoped)
    found = Plan(12, shape, interval, 0.875, 0.9, budget, choices, *best, left_out)
    return lambda language: plan_page(found, "表.csv", language), set()


def planned_within():
    return planned(100)


def recalled(*, brief: bool = False):
    relation = {"query": "国", "facts": 4, "recalled": 3, "held": 2, "ceiling": 0.5, "artifacts": 1,
                "answers_off": 0, "rank": 2, "pairs": 4, "margin": 1.0}  # fmt: skip
    record = {"facts": 12, "recalled": 0.75, "held": 0.5, "tau": 0.9, "artifacts": 3,
              "answers_off": 1, "margin": None, "ceiling": 1.0}  # fmt: skip
    if not brief:
        rank = {"lower": 3, "upper": 5}
        record |= {"rank": rank, "seconds_per_answer": 0.0015, "relations": [relation]}
    notes = (
        "these are not the facts that the layer was made from",
        "asked were the facts of 3 keys, drawn at random",
    )
    return lambda language: recall_page(record, "層", "表.csv", notes, language), set()


def others_heads():
    sizes, notes = [(8, 4, 2, 6, 5), (8, 4, 4, 6, 5)], [GROUPED, ROTARY, UNTOLD, NORMED, BIASED]
    side = Side(6, 5.5, 6, 4.25, 5, 2.0), Side(5, 4, 5, 3, 4.5, 1.5)
    shapes = [Shape(*it) for it in sizes]
    layers = tuple(Measured("層", it, (60, 30, 10), (side,) * 4) for it in shapes)
    told = [(it, {"groups": 2, "heads": 4}) for it in notes] + [(UNREAD, {"names": "<b>余り"})]
    found = Heads("層", "plain", layers, tuple(told), dict.fromkeys(shapes, side))
    return lambda language: heads_page(found, language), {"<b>余り"}


def others_wide_heads():
    side = Side(32, 31, 32, 24, 31, 11.5), Side(32, 31, 32, 25, 31, 12.5)
    shape = Shape(384, 12, 12, 32, 32)
    layers = (Measured("層", shape, (60, 30, 0), (side,) * 12),)
    found = Heads("層", "plain", layers, (), {shape: side})
    return lambda language: heads_page(found, language), set()


def recalled_briefly():
    return recalled(brief=True)


def tried(words: tuple[str, str] = (WIDER, "by 12.5% of the facts"), note: str = ""):
    arms = (Arm(1, 7, (0.5, 0.75)), Arm(7, 1, (0.25, 0.5)))
    gap = None if note else Difference(0.125, 0.0625, 0.1875)
    sizes = {"facts": 12, "n_heads": 2, "d_model": 16, "parameters": 1024, "steps": 600}
    before = ((2048, 0.99),)
    found = Trial(
        **sizes, trained=False, seeds=(3, 4), arms=arms, verdict=Verdict(*words, gap),
        before=before, note=note,
    )  # fmt: skip
    return lambda language: trial_page(found, "<svg/>", language, 9), set()


def tried_in_no_time():
    late = (
        "ended before 512 parameters: try: expected to end within 15 s, found 2 of 5 splits done "
        "then, 25.0% recalled at best in the next, and about 15 s left for all 25 layers; fewer "
        "keys (--sample), --steps or --parameters take less, --budget allows more"
    )
    return tried((UNDECIDED, "time was up after 2 of 5 splits"), late)


MADE = (
    audited,
    planned,
    planned_within,
    recalled,
    recalled_briefly,
    tried,
    tried_in_no_time,
    others_heads,
    others_wide_heads,
)


@pytest.mark.parametrize("made", MADE)
def test_a_page_in_japanese_has_the_numbers_and_labels_of_the_english_one(made):
    write, labels = made()
    english, japanese = (outline(part) for part in map(write, ("en", "ja")))
    assert '<html lang="ja">' in write("ja") and '<html lang="en">' in write("en")
    whole = [[tag for tag in it.tags if tag != "span"] for it in (english, japanese)]
    assert whole[0] == whole[1] and english.ids == japanese.ids
    for label in labels:
        assert english.text.count(label) <= japanese.text.count(label), label
    one, two = (Counter(NUMBER.findall(it.text)) for it in (english, japanese))
    assert one - two == Counter() and {*(two - one)} <= {"1", "2"}
    left = re.sub(r"[0-9a-f]{64}|n/a|</?b>|value slices", "", japanese.text)
    assert {*re.findall("[A-Za-z]{2,}", left)} <= {*NAMES.split()}


def test_what_another_room_says_is_known_or_marked_as_english():
    templates = ["keys: {how}", "cut by the clock after {seconds} s of search", "letters"]
    assert heard("keys: letters", templates) == "keys: letters"
    assert heard("keys: unheard of", templates) is None
    with speaking("ja", catalogue("ja")):
        assert sentence("cut by the clock after 5 s of search") == "探索は5秒で打ち切られました。"
        assert sentence("unheard <of>") == '<span lang="en">Unheard &lt;of&gt;.</span>'
        assert passed("letters") == "文字" and passed("P1 x") == '<span lang="en">P1 x</span>'
        with pytest.raises(ValueError, match="found none of 'never said'"):
            say("never said")
    assert sentence("unheard <of>") == "Unheard &lt;of&gt;."


def test_the_languages_that_may_be_asked_for_are_those_of_the_package():
    found = {it.name for it in files("factrank").joinpath("locale").iterdir()}
    assert found | {"en"} == {*get_args(Language)}


def written(tmp_path, monkeypatch, capsys, *more: str, **env: str) -> tuple[int, str, str]:
    """What an audit with these options writes and says, under these variables."""
    table, html = tmp_path / "t.csv", tmp_path / "t.html"
    table.write_text(TABLE, encoding="utf-8")
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    html.unlink(missing_ok=True)
    status = 0
    try:
        cli.main(["audit", str(table), "--effort", "quick", "--html", str(html), *more])
    except SystemExit as done:
        status = done.code
    said = capsys.readouterr()
    found = re.search('<html lang="(..)"', html.read_text("utf-8"))[1] if html.exists() else ""
    return status, found, said.out + said.err


def test_only_a_page_speaks_the_language_of_the_locale(tmp_path, monkeypatch, capsys):
    def asked(*more: str, **env: str) -> tuple[int, str, str]:
        return written(tmp_path, monkeypatch, capsys, *more, **env)

    status, language, english = asked()
    assert (status, language) == (0, "en") and "facts in 11 rows" in english
    assert asked(LANG="ja_JP.UTF-8") == (0, "ja", english)
    assert asked(LANG="ja_JP.UTF-8", LC_ALL="C") == (0, "en", english)
    assert asked(LANG="de", LC_MESSAGES="ja") == (0, "ja", english)
    assert asked("--lang", "en", LANG="ja") == (0, "en", english)
    assert asked("--lang", "ja") == (0, "ja", english)
    assert json.loads(asked("--json", "--lang", "ja")[2].partition("\n")[0])["name"]
    status, _, said = asked("--lang", "fr")
    assert status == 2 and said.count("\n") == 1 and "'fr' is not one of 'en', 'ja'" in said


def test_a_language_without_a_page_is_refused(capsys):
    from factrank.cli.options import language_of

    with pytest.raises(FactrankError, match="--lang: expected --html beside it"):
        language_of(SimpleNamespace(value="ja"), None)
    for more in ((), ("-o", "x.svg")):
        with pytest.raises(SystemExit):
            cli.main(["try", "library:example", "--lang", "ja", *more])
        assert "--lang: expected -o FIGURE.html beside it" in capsys.readouterr().err
