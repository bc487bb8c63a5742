"""Near-equal labels: what is proposed, what never is, and that grouping finds the near misses."""

from __future__ import annotations

import sys
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factrank.facts import likeness as near
from factrank.facts.labels import fold
from factrank.facts.likeness import LEAST, near_labels, plain_ratio, ratio
from factrank.practice.findings.counted import odd_labels

WORDS = st.text("abcdeé '-12", max_size=12)


def pairs(found):
    return {frozenset((pair.one, pair.other)) for pair in found.pairs}


@given(st.text(max_size=20), st.text(max_size=20))
def test_likeness_is_the_same_with_and_without_rapidfuzz(a, b):
    if a or b:  # of two empty texts rapidfuzz says 100
        assert ratio(a, b) == pytest.approx(plain_ratio(a, b))


def test_without_rapidfuzz_near_labels_are_still_found(monkeypatch):
    monkeypatch.setitem(sys.modules, "rapidfuzz", None)
    found = near_labels(["Singapore", "singapore", "Singapoore", "Malaysia"])
    assert not found.complete
    assert "not every pair" in found.how
    assert pairs(found) == {
        frozenset(pair) for pair in combinations(["Singapore", "singapore", "Singapoore"], 2)
    }


@pytest.mark.parametrize(
    ("one", "other", "differ_in"),
    [
        ("Åland", "aland", near.SAME),
        ("Mata Utu", "Mata-Utu", near.SAME),
        ("Basse-Terre", "Basseterre", near.SAME),
        (" Oslo", "Oslo", near.SAME),
        ("Virgin Islands, U.S.", "U.S. Virgin Islands", near.WORDS),
        ("Kingston", "Kingstown", near.LETTERS),
        ("10 Downing", "10 Downning", near.LETTERS),
        ("24 hours", "24 hour", near.LETTERS),
    ],
)
@pytest.mark.parametrize("every", [0, 2000])
def test_variants_are_proposed(one, other, differ_in, every):
    (found,) = near_labels([one, other, "something else"], every=every).pairs
    assert (found.one, found.other, found.differ_in) == (one, other, differ_in)
    assert found.score >= LEAST


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("group 1", "group 2"),
        ("Louis XIV, king", "Louis XV, king"),
        ("key 10001", "key 10010"),
        ("block d, lanthanide", "block f, lanthanide"),
        ("Iran", "Iraq"),
        ("?", "!"),
        ("Austria", "Australia"),
    ],
)
@pytest.mark.parametrize("every", [0, 2000])
def test_different_things_are_not(one, other, every):
    assert near_labels([one, other], every=every).pairs == ()


@given(st.lists(WORDS, unique=True, max_size=9))
def test_every_pair_that_the_rule_allows_is_found(labels):
    folded = [fold(label) for label in labels]
    shapes = [near.forms(label) for label in labels]
    expected = {
        frozenset((labels[i], labels[j]))
        for i, j in combinations(range(len(labels)), 2)
        if near._judge(labels, folded, shapes, (i, j), LEAST)
    }
    assert pairs(near_labels(labels)) == expected
    assert pairs(near_labels(labels, every=0)) <= expected


@given(st.text("abcdefgh", min_size=9, max_size=14), st.integers(0, 8), st.sampled_from("xyz"))
def test_grouping_finds_every_slip_of_one_letter(word, at, letter):
    slips = {
        word[:at] + letter + word[at + 1 :],
        word[:at] + letter + word[at:],
        word[:at] + word[at + 1 :],
    }
    for slip in slips:
        assert pairs(near_labels([word, slip], every=0)) == {frozenset((word, slip))}


def test_of_a_hundred_thousand_labels_not_all_pairs_are_compared():
    labels = [f"person {chr(97 + i % 26)}{i:05}" for i in range(100_000)]
    labels += ["Alexandria", "Alexandrja"]
    found = near_labels(labels)
    assert pairs(found) == {frozenset(("Alexandria", "Alexandrja"))}
    assert not found.complete


def test_the_worst_labels_end_by_count_and_say_so(monkeypatch):
    monkeypatch.setattr(near, "WORK", 100)
    found = near_labels([f"aaaa{chr(97 + i % 26)}{chr(97 + i // 26)}" for i in range(400)], every=0)
    assert "stopped after 100 comparisons" in found.how


FORMS = [
    ("Lisbon", "LISBON", near.SAME), ("S\u00e3o Tom\u00e9", "Sa\u0303o Tome\u0301", near.SAME),
    ("New York", " New\u00a0 York ", near.SAME), ("\uff33\uff35", "su", near.SAME),
    ("1", "1.0", near.NUMBER), ("1", "01", near.NUMBER), ("1.0", "01", near.NUMBER),
    ("1,5", "1.50", near.NUMBER), ("-5", "\u22125.0", near.NUMBER), ("1e3", "1000", near.NUMBER),
    ("1 000 000", "1000000", near.NUMBER), ("\u0663", "3", near.NUMBER),
    ("9" * 40, "9" * 40 + ".0", near.NUMBER),
    ("2024-05-31", "31.05.2024", near.DATE), ("2024-05-31", "May 31st, 2024", near.DATE),
    ("20240531", "2024/5/31", near.DATE), ("31-May-2024", "2024-05-31T00:00:00Z", near.DATE),
    ("2024-05", "May 2024", near.DATE), ("2024-05-31", "2024\u5e745\u670831\u65e5", near.DATE),
    ("2024-05-31", "Fri, 31 May 2024", near.DATE), ("\u20135", "-5.0", near.NUMBER),
    ("2024-05-31", "2024-05-31T00:00:00+00:00", near.DATE), ("- 5", "-5", near.NUMBER),
    ("\u0663\u066b\u0665", "3.5", near.NUMBER), ("1\u066c000\u066c000", "1e6", near.NUMBER),
    ("50%", "50.0 %", near.NUMBER), ("50\uff05", "50,0%", near.NUMBER),
    ("$5", "$ 5.00", near.NUMBER),
    ("-5 \u00b0C", "\u22125.0\u00b0C", near.NUMBER), ("1 kg", "1.0kg", near.NUMBER),
    ("-$5", "$-5.0", near.NUMBER), ("1 000 km", "1000km", near.NUMBER),
    ("\u0130zmir", "izmir", near.SAME), ("\u00d8rsted", "Orsted", near.SAME),
    ("\u0141\u00f3d\u017a", "Lodz", near.SAME), ("\u0131s\u0131", "ISI", near.SAME),
    ("\u00c6r\u00f8", "aero", near.SAME), ("GRO\u1e9eE", "grosse", near.SAME),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "differ_in"), FORMS)
@pytest.mark.parametrize("every", [0, 2000])
def test_one_label_in_another_form_is_proposed_for_certain(one, other, differ_in, every):
    (found,) = near_labels([one, other, "something else"], every=every).pairs
    assert (found.score, found.differ_in) == (100, differ_in)


@pytest.mark.parametrize(
    ("one", "other"), [("1,000", "1000"), ("1,000", "1"), ("5/6/2024", "2024-06-05")]
)
def test_a_form_of_two_readings_is_only_likely(one, other):
    assert [pair.score for pair in near_labels([one, other]).pairs] == [98]


@pytest.mark.parametrize(
    ("one", "other"),
    [("-5", "5"), ("1.5", "15"), ("1.5", "1.05"), ("0E0", "0E8"), ("9" * 40, "9" * 39 + "8"),
     ("-5%", "5%"), ("+5 km", "-5 km"), ("-5 \u00b0C", "5\u00b0C"), ("\u20135", "5"), ("- 5", "5"),
     ("$5", "5 \u20ac"), ("5 kg", "5 km"), ("-$5", "$5"), ("v1", "v1.0"), ("1.5 m", "15 m"),
     ("2024-05-31", "2024-05-13"), ("12.05.2024", "12.5.2025"), ("1e5", "15")],
)  # fmt: skip
@pytest.mark.parametrize("every", [0, 2000])
def test_two_numbers_or_dates_that_differ_are_never_one(one, other, every):
    assert near_labels([one, other], every=every).pairs == ()


def test_a_search_that_was_cut_short_is_not_complete(monkeypatch):
    monkeypatch.setattr(near, "WORK", 3)
    found = near_labels([" " * n + "same" for n in range(9)])
    assert not found.complete and found.how.endswith("stopped after 3 comparisons")
    assert len(found.pairs) == 3


@pytest.mark.parametrize(
    ("label", "why"),
    [
        ("n/a", "stands for no value"),
        ("NULL", "stands for no value"),
        ("=cmd()", "begins like a formula of a spreadsheet"),
        ("@SUM(1)", "begins like a formula of a spreadsheet"),
        ("+1-268", "begins like a formula of a spreadsheet"),
        (" Oslo", "begins or ends with a blank"),
        ("a\u202eb", "holds a character that does not print"),
        ("x" * 201, "is longer than 200 characters"),
    ],
)
def test_odd_labels(label, why):
    assert [(odd.label, odd.why) for odd in odd_labels("V", [label, "Oslo"])] == [(label, why)]


@pytest.mark.parametrize("label", ["-5", "+3.25", "-1,5", "Oslo", "none of these", "Navy"])
def test_plain_labels_are_not_odd(label):
    assert list(odd_labels("V", [label])) == []
