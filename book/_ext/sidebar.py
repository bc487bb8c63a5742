"""The sidebar names chapters, not their sections: nothing else is copied to make it.

Sphinx copies the titles of all sections of the book for each page, the theme then throws all but
the chapters' away: a quarter of the time of a build. Here they are left out before.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx


def title_only(toc: nodes.bullet_list) -> nodes.bullet_list:
    """Return the contents of one page without its sections; as it is where pages hang below."""
    if any(toc.findall(addnodes.toctree)):
        return toc
    short = toc.copy()
    for item in toc.children:
        copied = item.copy()
        copied += [child.deepcopy() for child in item.children[:1]]
        short += copied
    return short


def shorten(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Let the templates' ``toctree`` see the chapters' titles when it asks for titles only."""
    whole = context.get("toctree")
    if whole is None:
        return

    def toctree(**options: Any) -> str:
        if not options.get("titles_only"):
            return whole(**options)
        tocs = app.env.tocs
        app.env.tocs = {name: title_only(toc) for name, toc in tocs.items()}
        try:
            return whole(**options)
        finally:
            app.env.tocs = tocs

    context["toctree"] = toctree


def named(text: str) -> str:
    """Return a page whose sidebar says what its folds unfold; the theme gives them no name."""
    fold = '<summary><span class="toctree-toggle"'
    return text.replace(fold, fold.replace("<summary>", '<summary aria-label="the pages beneath">'))


def name_folds(app: Sphinx, error: Exception | None) -> None:
    """Name them in every page."""
    if error is None and app.builder.format == "html":
        for page in Path(app.outdir).rglob("*.html"):
            page.write_text(named(page.read_text(encoding="utf-8")), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect it."""
    app.connect("html-page-context", shorten)
    app.connect("build-finished", name_folds)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
