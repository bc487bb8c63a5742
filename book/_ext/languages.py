"""A page in several languages: each says where the others are, by plain links and in its head.

A page has a version in a language when there is a catalogue of it; see `tools/languages.py`.
"""

from __future__ import annotations

from sphinx.application import Sphinx
from sphinx.util.osutil import relative_uri

from companion.entrance.tongue import ENGLISH, languages, pages, say, speaking

#: How each language calls itself.
NAMES = {ENGLISH: "English", "ja": "日本語"}
#: What every version has without a catalogue.
ALWAYS = ("search", "genindex")


def address(page: str, language: str) -> str:
    """Return where the version of a page stands, from the root of the site.

    >>> address("book/intro", "en"), address("book/intro", "ja")
    ('book/intro.html', 'ja/book/intro.html')
    """
    return f"{page}.html" if language == ENGLISH else f"{language}/{page}.html"


def versions(page: str) -> list[str]:
    """Return the languages in which there is this page; only one where it is not translated."""
    return [ENGLISH, *(it for it in languages() if page in pages(it) or page in ALWAYS)]


def offer(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    """Tell a page's template of its other versions."""
    here = app.config.language
    found = [
        {
            "language": it,
            "name": NAMES[it],
            "href": relative_uri(address(page, here), address(page, it)),
        }
        for it in versions(page)
        if it != here
    ]
    context["languages"] = found
    with speaking(here):
        context["languages_label"] = say("Languages")
    context["metatags"] = context.get("metatags", "") + "".join(
        f'\n<link rel="alternate" hreflang="{it["language"]}" href="{it["href"]}">' for it in found
    )


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect it."""
    app.connect("html-page-context", offer)
    app.add_css_file("languages.css")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
