"""The pages before the chapters: no typed number, one picture, one question, one way on."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from functools import cache
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from unicodedata import east_asian_width

import pytest

from companion.entrance.tongue import ENGLISH, languages

ROOT = Path(__file__).resolve().parents[3]
BOOK = ROOT / "book"
HOME = BOOK / "intro.md"
TOUCH = re.compile(r"^```\{touch\} (\w+)$", re.M)
TOLD = re.compile(r"\{told\}`([^`]*)`")
MOST_WORDS, LEAST_TITLE = 900, 40
STYLES = (BOOK / "_static" / "touch.css").read_text(encoding="utf-8")
SPOKEN = (ENGLISH, *languages())
HEAVY = {"pandas", "torch", "matplotlib", "numpy", "scipy"}


def core() -> list[Path]:
    """The pages; the home page once it has a picture."""
    home = [HOME] if TOUCH.search(HOME.read_text(encoding="utf-8")) else []
    return [*home, *sorted((BOOK / "core").glob("*.md"))]


PAGES = [pytest.param(path, id=path.stem) for path in core()]
MODULES = sorted(
    found for path in core() for found in TOUCH.findall(path.read_text(encoding="utf-8"))
)


@cache
def extension():
    """The directive and its role, imported as Sphinx does."""
    sys.path.insert(0, str(BOOK / "_ext"))
    try:
        return import_module("entrance")
    finally:
        sys.path.remove(str(BOOK / "_ext"))


def prose(text: str) -> str:
    """What a reader reads as words: no roles, no code, no formulas, no addresses or options."""
    text = re.sub(r"^\$\$.*?^\$\$", "", text, flags=re.M | re.S)
    text = re.sub(r"\{[\w:,-]+\}`[^`]*`", "", text)
    text = re.sub(r"`[^`\n]+`", "", text)
    text = re.sub(r"\$[^$\n]+\$", "", text)
    text = re.sub(r"\]\([^)]*\)", "]", text)
    text = re.sub(r"^:[\w-]+:.*$|^\([\w-]+\)=$|^[`:]{3,}.*$", "", text, flags=re.M)
    return re.sub(r"\bhead \d\b", "", text, flags=re.I)  # the name of a head in a picture


def typed(text: str) -> list[str]:
    """The numbers that somebody typed, each with some words around it."""
    return [it[0] for it in re.finditer(r".{0,20}\d+.{0,20}", prose(text))]


def body(text: str) -> list[str]:
    """The lines with words, without the title."""
    lines = [line for line in text.splitlines() if line.strip()]
    assert lines[0].startswith("# ")
    return lines[1:]


def test_pages_are_found_and_each_picture_belongs_to_one_page():
    assert len(PAGES) >= 10
    assert len(MODULES) == len(set(MODULES)) == len(PAGES)


@pytest.mark.parametrize("path", PAGES)
def test_no_number_is_typed(path: Path):
    assert typed(path.read_text(encoding="utf-8")) == []


def test_a_typed_number_is_seen_and_a_name_is_not():
    assert typed("The rank is 5.") and typed("# Ranks\n**So 8 facts?**") and typed("a 1,000,003 b")
    told = "{told}`a:b2` and `bfloat16`, $d_2$, [x](y3.html), Head 2\n```{touch} a4\n:name: f5\n```"
    assert not typed(told) and not typed("(a-5)=\n$$\nA_3\n$$")


@pytest.mark.parametrize("path", PAGES)
def test_every_number_that_is_offered_is_told_and_every_told_one_exists(path: Path):
    text = path.read_text(encoding="utf-8")
    (mine,) = TOUCH.findall(text)
    asked = [name.partition(":")[::2] for name in TOLD.findall(text)]
    for page, name in asked:
        assert name in extension().numbers(page), f"{page}:{name}"
    offered = extension().numbers(mine)
    assert {name for page, name in asked if page == mine} == set(offered)
    assert all(isinstance(it, str) and it for it in offered.values())


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_one_idea_one_picture_one_question_and_one_way_on(path: Path):
    text = path.read_text(encoding="utf-8")
    lines = body(text)
    assert len(TOUCH.findall(text)) == 1
    assert re.match(r"\*\*[^*]+\?\*\*", TOLD.sub("1", lines[0])), "opens with its question"
    assert text.count("\n## Guess first\n") == 1
    guess = text.partition("\n## Guess first\n")[2]
    asked, answer = guess.partition(":::{dropdown}")[::2]
    assert re.search(r"\*\*[^*]+\?\*\*", TOLD.sub("1", asked).replace("*Malaysia*", "Malaysia"))
    assert len(answer.partition(":::")[0].split()) > 10
    way = r"\*[^*]+:\* \{doc\}`(?:[^`<]*<)?/(notebooks/\d\d_\w+|book/practitioners)>?`\."
    (target,) = re.fullmatch(way, lines[-1]).groups()
    assert (ROOT / f"{target}.md").is_file()
    if path != HOME:  # the last one leads on to one's own table, and to a meeting
        assert text.count("{doc}") == (3 if path.stem == "not_known" else 1)
    assert len(TOLD.sub("1", text).split()) <= MOST_WORDS
    assert not re.search(r"^(?:```|~~~)(?!\{touch\}|$)", text, re.M), "no code"


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_in_the_contents(path: Path):
    contents = (BOOK / "_toc.yml").read_text(encoding="utf-8")
    where = str(path.relative_to(ROOT).with_suffix(""))
    assert re.search(rf"(?:file|root): {where}$", contents, re.M)


def drawn(module: str, language: str = ENGLISH) -> ET.Element:
    """The picture as XML."""
    return ET.fromstring(extension().svg(extension().scene(module, language)))


@pytest.mark.parametrize("language", SPOKEN)
@pytest.mark.parametrize("module", MODULES)
def test_a_scene_says_what_it_shows_in_every_state(module: str, language: str):
    it = extension().scene(module, language)
    assert len(it.title) >= LEAST_TITLE
    states = max(len(it.states), 1)
    assert 0 <= it.start < states
    if states > 1:
        assert it.asks
        assert not it.names or len(it.names) == states == len(set(it.names))
        assert all(len(words) >= 15 for words in it.states)
        assert len(set(it.states)) == states
    seen = [set(map(int, part.get("data-seen").split())) for part in drawn(module).iter()
            if part.get("data-seen") is not None]  # fmt: skip
    assert all(part and part <= set(range(states)) for part in seen)
    # Each state shows another picture than the one before it.
    shown = [
        frozenset(n for n, part in enumerate(seen) if state in part) for state in range(states)
    ]
    assert all(one != other for one, other in pairwise(shown))


@pytest.mark.parametrize("module", MODULES)
def test_what_is_unseen_at_the_start_is_marked_and_the_rest_is_not(module: str):
    start = str(extension().scene(module).start)
    for part in drawn(module).iter():
        if states := part.get("data-seen"):
            assert (part.get("data-off") is None) == (start in states.split()), states


def extent(text: ET.Element) -> tuple[float, float]:
    """From where to where words that are not turned reach, in a wide typeface.

    A Chinese or Japanese letter is as wide as it is tall.
    """
    size = float(text.get("font-size", 12))
    letters = "".join(text.itertext())
    long = size * sum(1 if east_asian_width(it) in "WF" else 0.55 for it in letters)
    before = {"end": long, "middle": long / 2}.get(text.get("text-anchor"), 0)
    return float(text.get("x")) - before, float(text.get("x")) - before + long


def test_a_wide_letter_counts_as_wide_as_it_is_tall():
    one, two = (ET.fromstring(f'<text x="0">{it}</text>') for it in ("ab", "階数"))
    assert extent(one) == (0, pytest.approx(0.55 * 24)) and extent(two) == (0, 24)


@pytest.mark.parametrize("language", SPOKEN)
@pytest.mark.parametrize("module", MODULES)
def test_words_lie_within_the_picture_and_colours_have_names(module: str, language: str):
    root = drawn(module, language)
    wide, tall = extension().scene(module, language).size
    assert 300 <= wide <= 360, "a unit is about a dot of a phone"
    for part in root.iter():
        for name in (part.get("class") or "").split():
            assert f".{name} {{" in STYLES, name
            assert name.removeprefix("t-").removeprefix("line-") in extension().PRINT, name
        if not part.tag.endswith("}text"):
            continue
        words = "".join(part.itertext())
        assert words.strip()
        assert float(part.get("font-size", 12)) >= 11, words
        assert 0 <= float(part.get("x")) <= wide and 0 <= float(part.get("y")) <= tall, words
        if part.get("transform") is None:
            low, high = extent(part)
            air = 4 if language == ENGLISH else 1
            assert -air <= low and high <= wide + air, f"{words!r} from {low:.0f} to {high:.0f}"
            if language != ENGLISH:  # its faces rise higher above the line
                assert float(part.get("y")) >= 1.16 * float(part.get("font-size", 12)) - 1, words


def test_a_tone_is_the_same_on_a_page_on_paper_and_in_the_chapters():
    from factrank.practice.html import strokes

    page: dict[str, str] = {}
    for name, colour in re.findall(r"--t-(\w+): (#\w+);", STYLES):
        page.setdefault(name, colour)  # the light one stands first
    paper = extension().PRINT
    named = set(page) - {"fact", "faint", "tint"}  # greys, which follow their ground
    assert len(named) == 10
    assert {name: paper[name] for name in named} == {name: page[name] for name in named}
    for name in ("key", "query", "value"):
        assert getattr(strokes, name.upper()).lower() == page[name]


def test_the_room_starts_without_anything_heavy():
    folder = ROOT / "src" / "companion" / "entrance"
    names = [f"companion.entrance.{it.stem}" for it in folder.glob("[a-z]*.py")]
    assert {f"companion.entrance.{it}" for it in MODULES} <= set(names)
    code = (
        f"import sys, json, importlib\nfor name in {names!r}: importlib.import_module(name)\n"
        "print(json.dumps(sorted({it.split('.')[0] for it in sys.modules})))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout))
    assert "companion" in loaded and not loaded & HEAVY
