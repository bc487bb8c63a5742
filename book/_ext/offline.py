"""Make every page stand alone and light: MathJax from the installed wheel, nothing from elsewhere.

The theme asks every page to load its icons twice, as a font and as a script of 1.5 MB, and the
index of the search, which only the page of the search needs. The font is kept, in the format that
every browser reads which runs the explorer, and the rest left out; so are the theme's own words in
other languages, which are set when the pages are made.
"""

from __future__ import annotations

import re
import shutil
from importlib.metadata import files
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

# One file that renders TeX, and its fonts, of which a page loads what it shows.
MATHJAX, FONTS = "mathjax/tex-chtml.js", "mathjax/output/chtml/fonts/woff-v2/"
HEAVY = re.compile(
    r"\s*<(?:script|link)\b[^>]*(?:scripts/fontawesome|searchtools|language_data|searchindex)\.js"
    r"[^>]*>(?:</script>)?"
)
# Of the search, which has neither cells nor cards; and, thousands of times on a page of the
# interface, what keeps each part of a name in one line and what marks a blank as one.
UNUSED = re.compile(r"\s*<link\b[^>]*/(?:mystnb|sphinx-design)\.[^>]*>")
MARKED = re.compile(r'<span class="(?:pre|w)">([^<]*)</span>|<span></span>')
ICONS = "vendor/fontawesome/webfonts/*.ttf"
ASKED = re.compile(r',\s*url\([^)]*fontawesome[^)]*\.ttf\)\s*format\("truetype"\)')


def mathjax_files() -> dict[str, Path]:
    """Return what the wheel sphinx-mathjax-offline has of both, by its place in the site."""
    found = {}
    for path in files("sphinx-mathjax-offline") or ():
        name = path.as_posix().rpartition("static/")[2]
        if name == MATHJAX or name.startswith(FONTS):
            found[name] = Path(path.locate())
    if MATHJAX not in found:
        raise FileNotFoundError(f"the wheel sphinx-mathjax-offline must hold {MATHJAX}")
    return found


def copy_mathjax(app: Sphinx, error: Exception | None) -> None:
    """Copy them (1.5 MB of the wheel's 24) to where ``mathjax_path`` points."""
    if error is None and app.builder.format == "html":
        for name, source in mathjax_files().items():
            target = Path(app.outdir) / "_static" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


def light(text: str, *, search: bool = False, names: bool = False) -> str:
    """Return a page without what it loads and does not use; the search keeps its index."""
    text = UNUSED.sub("", text) if search else text
    text = MARKED.sub(r"\1", text) if names else text
    return HEAVY.sub(lambda hit: hit[0] if search and "fontawesome" not in hit[0] else "", text)


def lighten(app: Sphinx, error: Exception | None) -> None:
    """Make every page light, and leave out of the site what no page asks for any more."""
    if error is None and app.builder.format == "html":
        for page in Path(app.outdir).rglob("*.html"):
            kind = {"search": page.name == "search.html", "names": page.parent.name == "api"}
            page.write_text(light(page.read_text(encoding="utf-8"), **kind), encoding="utf-8")
        static = Path(app.outdir) / "_static"
        unused = ("**/*.map", "scripts/fontawesome.js", ICONS, "locales/**/*.[mp]o")
        for path in [it for pattern in unused for it in static.glob(pattern)]:
            path.unlink()
        for sheet in static.glob("styles/*.css"):
            sheet.write_text(ASKED.sub("", sheet.read_text(encoding="utf-8")), encoding="utf-8")


def silence_thebe(app: Sphinx, config: Config) -> None:
    """Leave sphinx-thebe only its style sheet: its script would load a bundle from another host."""
    for event, listeners in app.events.listeners.items():
        if event != "builder-inited":
            listeners[:] = [it for it in listeners if it.handler.__module__ != "sphinx_thebe"]


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect both to Sphinx; by `config-inited` every extension has been set up."""
    app.connect("config-inited", silence_thebe)
    app.connect("build-finished", copy_mathjax)
    app.connect("build-finished", lighten)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
