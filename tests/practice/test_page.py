"""The audit's page: one file, safe against what labels hold, and telling what the audit found."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factrank.facts.database import Database
from factrank.facts.reading.read import parse_rows, read_rows
from factrank.practice.audit.page import page
from factrank.practice.audit.report import counted_interval, record, report
from factrank.practice.html.markup import Safe, bar, el, label, strip
from factrank.practice.plan.layers import plan
from factrank.practice.plan.page import page as plan_page
from factrank.practice.recall import page as recall_page
from tests.practice.test_decisions import written

HOSTILE = [
    "<script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "=cmd()|'/c calc'!A0",
    "&lt;b&gt;",
    "]]><!--",
    "a\u202eb\x1b[31m",
    "</title></svg>",
    "x" * 5000,
]
VOID = {"meta", "br"}


class Outline(HTMLParser):
    """The elements of a page with their attributes, its text, and whether tags are balanced."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.words, self.open, self.links, self.ids = [], [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        names = dict(attrs)
        assert not [name for name in names if name.startswith("on")], attrs
        assert not {"src", "srcset", "data", "action", "formaction"} & set(names)
        self.links += [value for name, value in attrs if name in ("href", "xlink:href")]
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self):
        return " ".join(self.words)


def outline(text):
    found = Outline(text)
    assert found.open == []
    assert set(found.tags) <= {
        "html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "h3", "p", "ul", "li",
        "a", "b", "i", "span", "bdi", "br", "div", "table", "thead", "tbody", "tr", "th", "td",
        "svg", "rect", "code", "details", "summary", "footer",
    }  # fmt: skip
    assert all(link.startswith("#") and link[1:] in found.ids for link in found.links)
    assert len(set(found.ids)) == len(found.ids)
    return found


@pytest.fixture(scope="module")
def hostile():
    facts = [(a, b, c, "s") for a, b, c in zip(HOSTILE, HOSTILE[1:], HOSTILE[2:], strict=False)]
    facts += [(HOSTILE[0], HOSTILE[1], HOSTILE[0], "<b>"), (HOSTILE[0], HOSTILE[1], "n/a", "s")] * 2
    return page(report(parse_rows(written(facts, ["source"]), HOSTILE[0])))


def test_markup_in_labels_is_shown_as_text(hostile):
    found = outline(hostile)
    assert "script" not in found.tags and "img" not in found.tags
    assert "<script>alert(1)</script>" in found.text
    assert '" onmouseover="alert(1)' in found.text
    assert "=cmd()|'/c calc'!A0" in found.text
    assert "&lt;b&gt;" in found.text
    assert "a\\u202eb\\x1b[31m" in found.text and "\u202e" not in hostile
    assert len(hostile) < 100_000  # a label of 5000 letters is cut


def test_the_page_fetches_nothing_and_runs_nothing(hostile):
    assert "default-src 'none'" in hostile.replace("&#x27;", "'")
    style = re.search(r"<style>(.*?)</style>", hostile, re.DOTALL)[1]
    assert "url(" not in style and "@import" not in style and "<" not in style


@pytest.mark.parametrize("name", ["example", "elements", "family-trees", "countries"])
def test_pages_of_the_library_tell_what_the_audit_found(name):
    found = report(read_rows(f"library:{name}"), "quick")
    shown = outline(page(found))
    counts = found.audit
    assert f"{counts.facts} facts in {counts.rows} rows" in shown.text
    low, high = found.interval.lower, found.interval.upper
    known = f"exactly {low}" if low == high else f"at least {low} and at most {high}"
    assert f"The rank is {known}." in shown.text
    assert shown.tags.count("svg") == len(counts.columns)
    for several in counts.several:
        assert several.key in shown.text
    for column in counts.columns:
        assert column.query in shown.text


@settings(max_examples=30)
@given(st.lists(st.tuples(*[st.text(st.characters(codec="utf-8", exclude_characters="\0"),
       min_size=1).filter(str.strip)] * 3), min_size=1, max_size=5))  # fmt: skip
def test_any_labels_give_a_balanced_page(facts):
    outline(page(report(parse_rows(written(facts, []), "f.csv"), "quick")))


def test_the_same_facts_give_the_same_page():
    pages = {page(report(read_rows("library:example"))) for _ in range(2)}
    assert len(pages) == 1


def test_long_lists_are_cut_and_say_so():
    facts = [(f"k{i}", "r", v) for i in range(250) for v in ("one thing", "another")]
    text = page(report(parse_rows(written(facts, []), "f.csv"), "quick"))
    assert "and 50 more: --json has all of them" in text
    assert text.count("<tr>") < 400


def test_every_table_says_how_many_rows_it_leaves_out(monkeypatch):
    """With room for one row each, and with room for all."""
    facts = [(f"k{i}", r, v, "s") for i in range(4) for r in "rs" for v in ("one thing", "another")]
    facts += [(f"k{i}", "r", "one thing", "s") for i in range(3)]
    facts += [(f"k{i}", "r", odd, "s") for i, odd in enumerate(("n/a", "?", " x"))]
    facts += [(f"town {i // 2}{' ' * (i % 2)}x", "t", f"only {i // 2}", "s") for i in range(8)]
    facts += [(f"k{i}", q, f"v{i}", "s") for i in range(4) for q in ("one", "two", "three")]
    found = report(parse_rows(written(facts, ["source"]), "f.csv"), "quick")
    counts, more = found.audit, "and (-?[0-9]+) more: --json"
    lists = [
        counts.several, counts.repeats, counts.variants, counts.odd, counts.columns,
        found.agreements,
    ]  # fmt: skip
    assert all(1 < len(it) <= 30 for it in lists) and len(counts.shared) <= 30
    assert not re.search(more, page(found))
    lists += [counts.same_keys] * (len(counts.same_keys) > 1)
    monkeypatch.setattr("factrank.practice.html.markup.ROWS", 1)
    told = sorted(map(int, re.findall(more, page(found))))
    assert told == sorted(len(it) - 1 for it in lists)


def test_many_keys_share_the_cells_of_a_strip():
    facts = [(f"k{i}", "r", "x") for i in range(1000)] + [("k5", "r", "y"), ("k5", "s", "x")]
    text = page(report(parse_rows(written(facts, []), "f.csv"), "quick"))
    assert "4 keys a cell" in text and 'viewBox="0 0 250 1"' in text and "some have" in text
    assert text.count('class="ks"') == 1 and text.count('class="kh"') == 1
    small = page(report(parse_rows(written(facts[:300], []), "f.csv"), "quick"))
    assert "keys a cell" not in small and "some have" not in small and "has a value" in small


def test_the_page_of_a_plan_tells_every_choice():
    facts = Database.from_triples([(f"k{n}{it}", "r", f"v{n % 3}") for n, it in enumerate(HOSTILE)])
    for budget in (None, 1):
        found = plan(facts, budget=budget)
        told = outline(plan_page(found, HOSTILE[0]))
        assert HOSTILE[0] in told.text and "<script" not in plan_page(found, HOSTILE[0])
        for it in found.choices:
            assert told.text.count(it.how) >= 2 and f"{it.parameters['all']:,}" in told.text
        for kind in ("certain", "expected"):
            assert kind in told.ids
        assert all(why in told.text for why in found.left_out)
        assert ("too large" in told.text) == ("within 1 parameters" in told.text) == (budget == 1)
    several = plan(Database.from_triples([("a", "r", "x"), ("a", "r", "y"), ("b", "r", "x")]))
    assert "one answer a pair recalls at most 66.7%" in outline(plan_page(several, "f")).text


def test_the_page_of_a_recall_tells_every_relation():
    relations = [
        {"query": name, "facts": 4, "recalled": n % 5, "held": n % 3, "ceiling": 0.5,
         "artifacts": n, "answers_off": 0, "rank": 2, "pairs": 4, "margin": 1.0}
        for n, name in enumerate([*HOSTILE, *(f"r{n}" for n in range(300))])
    ]  # fmt: skip
    whole = {"facts": 12, "recalled": 0.75, "held": 0.5, "tau": 0.9, "artifacts": 3,
             "answers_off": 1, "margin": None, "ceiling": 1.0}  # fmt: skip
    brief = outline(recall_page(whole, "l.layer", "f.csv", ["so it is"]))
    for word in ("9 of 12 facts", "75.0%", "50.0%", "none", "So it is.", "l.layer", "f.csv"):
        assert word in brief.text
    assert "--brief" in brief.text
    more = {"rank": {"lower": 3, "upper": 5}, "seconds_per_answer": 0.0015, "relations": relations}
    text = recall_page(whole | more, HOSTILE[1], HOSTILE[2])
    told = outline(text)
    assert "<script" not in text and "<img" not in text
    assert "3 to 5" in told.text and "1.5 ms" in told.text and "109 more: --json" in told.text
    rows = re.findall(r"<li><span class=\"name\">.*?</li>", text)
    shares = [int(re.search(r"(\d) of 4", row)[1]) for row in rows]
    assert len(rows) == 60 and shares == sorted(shares)


def test_the_commands_write_these_pages(tmp_path, monkeypatch, run):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "C")
    for command in (
        ("compile", "library:example", "-o", "it.layer"),
        ("plan", "library:example", "--html", "plan.html", "--json"),
        ("recall", "it.layer", "library:example", "--html", "recall.html"),
        ("recall", "it.layer", "library:example", "--html", "brief.html", "--brief"),
        ("recall", "it.layer", "library:example", "--html", "some.html", "--sample", "3"),
    ):
        status, _, err = run(*command)
        assert status == 0, err
    for name, words in (
        ("plan.html", "library:example"), ("recall.html", "born_in"), ("brief.html", "it.layer"),
        ("some.html", "Asked were the facts of 3 keys, drawn at random"),
    ):  # fmt: skip
        assert words in outline((tmp_path / name).read_text(encoding="utf-8")).text
    status, _, err = run("recall", "it.layer", "library:example", "--html", "it.layer", "--force")
    assert status == 2 and "no input is written over" in err


def test_elements_escape_all_that_is_no_element():
    assert el("p", "<", Safe("<b/>"), title='"') == '<p title="&quot;">&lt;<b/></p>'
    assert label("<") == "<bdi>&lt;</bdi>"
    assert "<script" not in bar("<script>", [(0.5, "solid")], "<script>")
    assert bar("x", [(0, "solid"), (0.5, "maybe")], "1").count("<i ") == 1
    assert strip("ff-s", "<").count("<rect") == 3


def test_the_record_holds_the_report():
    data = record(report(read_rows("library:family-trees"), "quick"))
    assert data["ceiling"] == 104 / 112 and data["functional"] is False
    assert len(data["several"]) == 8 and {"key", "query", "values", "between"} == set(
        data["several"][0]
    )
    assert data["rank"]["lower"] <= data["rank"]["upper"]
    assert {c["query"] for c in data["costs"]} == {c["query"] for c in data["columns"]}


def test_by_counting_alone_the_bounds_are_those_of_counts():
    one = [("a", "r", "x"), ("b", "r", "y"), ("b", "s", "x")]
    for facts, bounds in ((one, (2, 3)), ([*one, ("a", "r", "z")], (1, 3))):
        found = counted_interval(Database.from_triples(facts))
        assert (found.lower, found.upper) == bounds == (found.proof.value, len(found.terms))
