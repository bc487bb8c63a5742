"""`make pdf` where LaTeX is incomplete, and how it reads what LaTeX leaves behind."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tools import pdf

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch):
    """A machine that has every program but those in the set returned."""
    absent: set[str] = set()
    monkeypatch.setattr(
        pdf.shutil, "which", lambda name: None if name in absent else f"/bin/{name}"
    )
    monkeypatch.setattr(pdf.subprocess, "run", lambda *_, **__: pytest.fail("nothing may be run"))
    return absent


def test_without_latex_it_names_what_is_missing_and_stops(bare, capsys):
    bare |= {"latexmk", "xelatex", "rsvg-convert", "kpsewhich"}
    assert pdf.main([]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == (
        "no PDF: latexmk, xelatex, kpsewhich, rsvg-convert not found on this machine. "
        "On Debian and Ubuntu: apt install latexmk librsvg2-bin texlive-base texlive-xetex\n"
    )


def test_a_missing_file_of_latex_is_named_too(monkeypatch, capsys):
    monkeypatch.setattr(pdf.shutil, "which", lambda name: f"/bin/{name}")
    done = type("Done", (), {"returncode": 1})
    monkeypatch.setattr(pdf.subprocess, "run", lambda command, **_: done)
    monkeypatch.setattr(pdf, "font", lambda name: False)
    assert pdf.main([]) == 2
    assert "tabulary.sty" in capsys.readouterr().err


def test_the_readme_names_the_packages():
    text = (ROOT / "README.md").read_text("utf-8")
    named = set(re.search(r"apt install (latexmk\s[^`]+)`", text)[1].split())
    needed = {*pdf.PROGRAMS.values(), *pdf.FILES.values()}
    # `make` is there already, and texlive-base comes with each of the others.
    assert needed - {"make", "texlive-base"} <= named


LOG = """\
Missing character: There is no ☃ (U+2603) in font FreeSerif!
Missing character: There is no ☃ (U+2603) in font FreeSerif!
LaTeX Warning: Reference `a:b' on page 3 undefined on input line 9.
LaTeX Warning: Label `c' multiply defined.
Overfull \\hbox (3.0pt too wide) in paragraph at lines 4--5
"""


def test_a_glyph_and_a_reference_that_are_missing_are_faults():
    assert pdf.faults(LOG) == [
        "Missing character: There is no ☃ (U+2603) in font FreeSerif!",
        "LaTeX Warning: Reference `a:b' on page 3 undefined on input line 9.",
    ]
    assert pdf.faults("Output written on factrank.pdf") == []


def test_a_page_that_is_too_full_is_a_fault():
    full = r"Overfull \vbox ({}pt too high) has occurred while \output is active []"
    assert pdf.faults(full.format("293.9")) == [full.format("293.9")]
    assert pdf.faults(full.format("2.1")) == []


def test_a_failed_build_is_told_in_one_line(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(pdf, "missing", dict)
    monkeypatch.setattr(pdf, "write", lambda into, language: 2)
    assert pdf.main(["--into", str(tmp_path)]) == 1
    assert capsys.readouterr().err == "the book was not written: the lines above say why.\n"
    monkeypatch.setattr(pdf, "write", lambda into, language: 0)
    monkeypatch.setattr(pdf, "typeset", lambda folder: None)
    assert pdf.main(["--into", str(tmp_path)]) == 1
    assert "LaTeX gave up" in capsys.readouterr().err


def test_a_faulty_page_fails_and_the_file_is_kept_back(monkeypatch, tmp_path, capsys):
    latex = tmp_path / "_build" / "latex"

    def typeset(folder: Path) -> Path:
        latex.mkdir(parents=True)
        (latex / "factrank.log").write_text(LOG, encoding="utf-8")
        (latex / "factrank.aux").write_text(r"\newlabel{book/intro::doc}{{}{1}}", encoding="utf-8")
        (latex / "factrank.pdf").write_bytes(b"%PDF")
        return latex / "factrank.pdf"

    monkeypatch.setattr(pdf, "missing", dict)
    monkeypatch.setattr(pdf, "write", lambda into, language: 0)
    monkeypatch.setattr(pdf, "typeset", typeset)
    monkeypatch.setattr(pdf, "contents", lambda language: ["book/intro", "book/glossary"])
    done = type("Done", (), {"stdout": ""})
    monkeypatch.setattr(pdf.subprocess, "run", lambda *_, **__: done)
    assert pdf.main(["--into", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert said.startswith("3 faults on the pages:\n  the page book/glossary is not in the file\n")
    assert not (tmp_path / "factrank.pdf").exists()


def test_each_language_has_its_pdf_of_all_its_pages(monkeypatch, tmp_path):
    made: list[tuple[str, bool]] = []
    done = type("Done", (), {"returncode": 0, "stdout": ""})

    def run(command: list[str], **_: object) -> object:
        if command[1:2] == ["build"]:
            toc = yaml.safe_load(Path(command[command.index("--toc") + 1]).read_text("utf-8"))
            made.append((toc["root"], "latex" in command))
        return done

    def typeset(folder: Path) -> Path:
        folder.mkdir(parents=True)
        language = folder.relative_to(tmp_path).parts[0].replace("_build", "en")
        labels = "".join(rf"\newlabel{{{it}::doc}}" for it in pdf.contents(language))
        for name, text in (("log", ""), ("aux", labels), ("pdf", language)):
            (folder / f"factrank.{name}").write_text(text, encoding="utf-8")
        return folder / "factrank.pdf"

    monkeypatch.setattr(pdf, "missing", dict)
    monkeypatch.setattr(pdf.subprocess, "run", run)
    monkeypatch.setattr(pdf, "typeset", typeset)
    assert pdf.main(["--into", str(tmp_path)]) == 0
    assert made == [("book/intro", True)] * 2
    assert {it.name: it.read_text("utf-8") for it in tmp_path.glob("*.pdf")} == {
        "factrank.pdf": "en", "factrank-ja.pdf": "ja",
    }  # fmt: skip
    core = {f"book/core/{it.stem}" for it in (ROOT / "book" / "core").glob("*.md")}
    promised = core | {f"book/{it}" for it in ("intro", "practitioners", "decision", "glossary")}
    assert len(core) == 9 and promised <= {*pdf.contents("ja")} <= {*pdf.contents("en")}
    assert len([it for it in pdf.contents("en") if it.startswith("notebooks/")]) == 24


# --- the tree of the whole book ------------------------------------------------------------------


def test_long_names_may_break_after_their_marks(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "book" / "_ext"))
    import printing

    broken = printing.BREAKS.sub(r"\1|", "tests/test_a.py::test_b(x)")
    assert broken == "tests/|test_|a.|py::|test_|b(|x)"


def test_solutions_move_to_the_end_and_leave_their_page(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "book" / "_ext"))
    from types import SimpleNamespace

    import printing
    from docutils import nodes
    from docutils.utils import new_document
    from sphinx_exercise.nodes import solution_node

    tree, root = new_document("book"), nodes.section("", nodes.title("", "Book"), ids=["book"])
    for page in ("one", "two"):
        chapter = nodes.section("", nodes.title("", page), ids=[page], docname=page)
        solved = solution_node("", nodes.paragraph("", f"as in {page}"), label=f"sol-{page}")
        chapter += [nodes.paragraph("", "question"), solved]
        root += chapter
    tree += root
    bound = object.__new__(printing.Bound)
    bound.document = tree
    titles = {page: nodes.title("", page.title()) for page in ("one", "two")}
    tree.settings.env = SimpleNamespace(app=None, titles=titles)
    bound._solutions()
    last = root[-1]
    assert [it.astext() for it in last.findall(nodes.title)] == [
        "Solutions of the exercises", "One", "Two",
    ]  # fmt: skip
    assert [it.astext() for it in last.findall(solution_node)] == ["as in one", "as in two"]
    assert len(list(tree.findall(solution_node))) == 2
    assert "\\pageref{one:sol-one}" in root[1].astext()


def test_without_exercises_there_is_no_appendix(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "book" / "_ext"))
    import printing
    from docutils import nodes
    from docutils.utils import new_document

    tree = new_document("book")
    tree += nodes.section("", nodes.title("", "Book"), ids=["book"])
    bound = object.__new__(printing.Bound)
    bound.document = tree
    bound._solutions()
    assert [it.astext() for it in tree.findall(nodes.title)] == ["Book"]
