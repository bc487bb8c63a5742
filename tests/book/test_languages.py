"""The book's other languages: nothing out of date, the same numbers, one word for one idea."""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from decimal import Decimal
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from companion.entrance.tongue import ENGLISH, FOLDER, languages, pages, say, speaking
from factrank.practice.html.tongue import entries as read_entries
from tools.languages import ENGLISH_ONLY, contents, settings, share
from tools.translate import differences, needs_words, stale

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(it for at in ("locale", "src/factrank/locale") for it in (ROOT / at).rglob("*.po"))
NUMBER = re.compile(r"(\d+(?:[.,]\d+)*)( million\b|万|)")
UNITS = {"million": 1_000_000, "万": 10_000}
ROLE = re.compile(r"\{([\w:-]+)\}`(?:[^`<]*<)?([^`>]*)>?`")
CODE = re.compile(r"`([^`\n]+)`")
FORMULA = re.compile(r"(?<![\\$])\$([^$\n]+)\$")
HOLE = re.compile(r"\{(\w+)\}")
TAG = re.compile(r"</?\w+>")
LINK = re.compile(r"\]\(([^()\s]+)\)")
KINDS = (ROLE, CODE, FORMULA, HOLE, TAG, LINK)
#: Numbers that English spells: in another language they may be figures.
SPELLED = {
    "0": "no none zero nobody nothing never not",
    "2": "two both second twice pair half double other squares",
    "3": "three third", "4": "four quarter fourth", "5": "five fifth", "6": "six", "7": "seven",
    "8": "eight", "9": "nine", "10": "ten", "12": "twelve", "20": "twenty",
}  # fmt: skip


@cache
def entries(path: Path) -> tuple[tuple[str, str], ...]:
    """A catalogue's sentences, in English and in its language."""
    with path.open("rb") as file:
        return tuple((it.id, it.string) for it in read_po(file) if it.id)


@pytest.mark.parametrize("path", FILES, ids=lambda it: it.stem)
def test_a_catalogue_is_read_as_gettext_reads_it(path: Path):
    assert {a: b for a, b in entries(path) if b} == read_entries(path.read_text(encoding="utf-8"))


def every() -> list[tuple[str, str]]:
    """All sentences of all catalogues."""
    return [pair for path in FILES for pair in entries(path)]


@cache
def terms(language: str) -> dict[str, dict]:
    """What ideas are called in a language."""
    return yaml.safe_load((FOLDER / language / "terms.yml").read_text(encoding="utf-8"))


def test_there_is_a_japanese_edition_of_every_page_of_the_core_path():
    core = {f"book/core/{it.stem}" for it in (ROOT / "book" / "core").glob("*.md")}
    assert languages() == ("ja",) and {"book/intro", *core} <= {*pages("ja")}
    assert all((ROOT / f"{it}.md").is_file() for it in pages("ja"))


@pytest.mark.parametrize("language", languages())
def test_no_sentence_is_out_of_date(language: str):
    assert stale(language) == []


def test_what_is_out_of_date_is_named(tmp_path: Path):
    path = tmp_path / "a.po"
    path.write_text(
        'msgid "kept"\nmsgstr "x"\n\nmsgid "was"\nmsgstr "y"\n\n'
        '#, fuzzy\nmsgid "unsure"\nmsgstr "z"\n\nmsgid "empty"\nmsgstr ""\n',
        encoding="utf-8",
    )
    now = Catalog()
    for line, english in enumerate(("kept", "is", "unsure", "empty"), 1):
        now.add(english, locations=[("page.md", line)])
    assert [*differences(path, now)] == [
        "a.po: expected a translation of page.md:2, found none: is",
        "a.po: expected an entry that is not fuzzy (page.md:3), found: unsure",
        "a.po: expected a translation of page.md:4, found none: empty",
        "a.po: expected what is still said, found what is said no more: was",
    ]


def read(text: str) -> tuple[list[Counter], str]:
    """What stands for something else (roles, code, formulas, holes), by kind, and the rest."""
    found = []
    for kind in KINDS:
        found.append(Counter(kind.findall(text)))
        text = kind.sub("", text)
    return found, text


def plain(text: str) -> str:
    """Without what stands for something else."""
    return read(text)[1]


def figures(text: str) -> Counter:
    """The numbers of a sentence; a million and a 万 are written out."""
    found: Counter = Counter()
    for number, unit in NUMBER.findall(plain(text)):
        large = UNITS.get(unit.strip())
        found[str(int(Decimal(number.replace(",", "")) * large)) if large else number] += 1
    return found


def extra(english: str, other: str) -> list[str]:
    """Numbers that are not in both; a spelled number may be a figure in the other language."""
    one, two = figures(english), figures(other)
    words = {*re.findall(r"[a-z]+", english.lower())}
    known = {"1"} | {n for n, names in SPELLED.items() if words & {*names.split()}}
    return [*(one - two), *(it for it in two - one if it not in known)]


@pytest.mark.parametrize("path", FILES, ids=lambda it: it.stem)
def test_numbers_links_code_and_formulas_are_the_same(path: Path):
    for english, other in entries(path):
        assert read(english)[0] == read(other)[0], other
        assert extra(english, other) == [], other


def test_a_number_that_crept_in_or_got_lost_is_seen():
    assert extra("about 12 of 5", "5のうち約12") == []
    assert extra("two of five", "5つのうち2つ") == [] and extra("a few", "3つ") == ["3"]
    assert extra("20 million", "2,000万") == [] and extra("20 million", "20万")
    assert extra("about 12", "約13") == ["12", "13"] and extra("1,000", "100") == ["1,000", "100"]
    assert extra("{n} of {told}`a:b2`, `x3`, $d_4$", "") == []
    assert ROLE.findall("{doc}`x <a>`, {told}`b:c`") == [("doc", "a"), ("told", "b:c")]
    assert read("{n} of {told}`a:b`")[0][3] == {"n": 1}


@pytest.mark.parametrize("path", FILES, ids=lambda it: it.stem)
def test_one_idea_has_one_word(path: Path):
    language = path.parts[path.parts.index("LC_MESSAGES") - 1]
    text = "\n".join(other for _, other in entries(path))
    for idea, it in terms(language).items():
        if "once" in it:
            assert text.count(it["once"]) <= 1, idea
            text = text.replace(it["once"], "")
        for word in it.get("never", ()):
            assert word not in text, f"{idea} is {it['is']}, not {word}"


def test_the_agreed_words_are_used():
    text = "".join(other for _, other in every())
    assert all(it["is"] in text for it in terms("ja").values())
    words = [it["is"] for it in terms("ja").values()]
    assert len(words) == len(set(words))


@pytest.mark.parametrize("path", FILES, ids=lambda it: it.stem)
def test_japanese_is_typed_as_japanese(path: Path):
    kana = r"[\u3040-\u30ff\u4e00-\u9fff]"
    for _, other in entries(path):
        assert not re.search(rf"{kana}[,.;:!?]|[,.;!?]{kana}", plain(other)), other
        assert not re.search(r"[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uff61-\uff9f]", other), (
            other
        )
        assert not re.search(rf"{kana} +{kana}|[。、] ", other), other
        assert not re.search(r"(?:である|だ|ではない)。", other), f"not polite: {other}"
        assert not re.search(rf"{kana}\(|\){kana}", plain(other)), f"brackets: {other}"


def test_marks_of_emphasis_are_read_as_such():
    """Beside Japanese commas and brackets Markdown takes some stars for text."""
    from markdown_it import MarkdownIt

    for english, other in every():
        if needs_words(english) and "*" in other:
            assert "*" not in re.sub("<[^>]*>", "", MarkdownIt().render(CODE.sub("", other))), other


def test_a_sentence_without_a_translation_is_no_silent_english():
    with speaking("ja"), pytest.raises(ValueError, match="found none of 'never said'"):
        say("never said")
    with speaking("ja"):
        assert say("{n} facts", n=3) == "3件"
    assert say("{n} facts", n=3) == "3 facts"


def test_nothing_that_is_said_is_kept_for_another_language():
    for path in (ROOT / "src" / "companion" / "entrance").glob("*.py"):
        for it in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(it, ast.FunctionDef) and "cache" in map(ast.unparse, it.decorator_list):
                calls = (at.func for at in ast.walk(it) if isinstance(at, ast.Call))
                assert not {"say", "words"} & {*map(ast.unparse, calls)}, f"{path.stem}.{it.name}"


@pytest.mark.parametrize("language", languages())
def test_every_language_is_told_the_same_numbers(language: str):
    sys.path.insert(0, str(ROOT / "book" / "_ext"))
    entrance = import_module("entrance")
    small = "no one two three four five six seven eight nine ten"
    spelled = {word: number for number, word in enumerate(small.split())}
    for path in (ROOT / "src" / "companion" / "entrance").glob("*.py"):
        module = import_module(f"companion.entrance.{path.stem}")
        if path.stem == "scene" or not hasattr(module, "numbers"):
            continue
        one, two = (entrance.numbers(path.stem, it) for it in (ENGLISH, language))
        assert one.keys() == two.keys()
        for name, told in one.items():
            word = spelled.get(told.lower())
            wanted = figures(told) if word is None else {str(word): 1}
            assert figures(two[name]) == wanted, f"{path.stem}:{name}"


def test_the_second_build_is_the_first_with_another_language_and_fewer_pages():
    whole = yaml.safe_load((ROOT / "book" / "_config.yml").read_text(encoding="utf-8"))
    mine = settings("ja", Path("trees"))
    assert mine["sphinx"]["config"].pop("abroad") == "trees/environment.pickle"
    assert mine["sphinx"]["config"] == whole["sphinx"]["config"] | {"language": "ja"}
    apart = {"abroad", *ENGLISH_ONLY}
    assert {*mine["sphinx"]["local_extensions"]} ^ {*whole["sphinx"]["local_extensions"]} == apart
    listed = contents("ja", named=True)
    files = [it["file"] for part in listed["parts"] for it in part["chapters"]]
    assert {listed["root"], *files} == {*pages("ja")}


def test_what_both_builds_wrote_alike_stands_in_the_site_once(tmp_path: Path):
    texts = {
        "_static/a.css": "a", "_static/b.js": "b", "book/x.html": "",
        "ja/_static/a.css": "a", "ja/_static/b.js": "c",
        "ja/book/x.html": '<link href="../_static/a.css?v=1"><script src="../_static/b.js">'
        '</script><a href="#y">y</a><a href="x.html#z">z</a><a href="https://a.b/_static/a.css">w</a>',
    }  # fmt: skip
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    share(tmp_path, "ja")
    left = {it.relative_to(tmp_path).as_posix() for it in tmp_path.rglob("*") if it.is_file()}
    assert {*texts} - left == {"ja/_static/a.css"}
    assert (tmp_path / "ja/book/x.html").read_text(encoding="utf-8") == texts[
        "ja/book/x.html"
    ].replace("../_static/a.css", "../../_static/a.css", 1)


def drawn_words(module: str, language: str) -> set[str]:
    """What is written in a picture and said beside it, with its Latin letters."""
    sys.path.insert(0, str(ROOT / "book" / "_ext"))
    it = import_module("entrance").scene(module, language)
    told = [
        *re.findall(r"<text[^>]*>([^<]*)", it.drawing),
        *it.states,
        *it.names,
        it.asks,
        it.title,
    ]
    told += re.findall(r">([^<]+)<", it.beneath)
    return {words for words in told if re.search("[A-Za-z]{2}", words)}


def test_no_english_is_left_in_a_picture_but_the_words_of_tables_and_the_names_of_models():
    from companion.entrance import answer, facts, readers, table

    database = facts.example()
    data = {*database.keys, *database.queries, *database.values, *readers.ANSWERS}
    data |= {*re.split(r"[,\s]", table.LINES)} | {*answer.SHORT.values()}
    data |= {"factrank", "capacity", "--like", answer.START, "--tokens", "--relations", "--answers"}
    found = set()
    for path in (ROOT / "src" / "companion" / "entrance").glob("*.py"):
        if hasattr(import_module(f"companion.entrance.{path.stem}"), "scene"):
            both = drawn_words(path.stem, "ja") & drawn_words(path.stem, ENGLISH)
            found |= {it for it in both if not {*re.sub(r" \d+%$", "", it).split(", ")} <= data}
    assert found == set()
