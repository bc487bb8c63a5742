"""Make every page stand alone: MathJax from the installed wheel, nothing from another host."""

from __future__ import annotations

import shutil
from importlib.metadata import files
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

MATHJAX = "static/mathjax/tex-svg.js"


def mathjax_file() -> Path:
    """Return the one file of the sphinx-mathjax-offline wheel that renders TeX as SVG."""
    for path in files("sphinx-mathjax-offline") or ():
        if path.as_posix().endswith(MATHJAX):
            return Path(path.locate())
    raise FileNotFoundError(f"the wheel sphinx-mathjax-offline must hold {MATHJAX}; it does not")


def copy_mathjax(app: Sphinx, error: Exception | None) -> None:
    """Copy that file (2 MB of the wheel's 24) to where ``mathjax_path`` points."""
    if error is None and app.builder.format == "html":
        target = Path(app.outdir) / "_static" / app.config.mathjax_path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(mathjax_file(), target)


def silence_thebe(app: Sphinx, config: Config) -> None:
    """Leave sphinx-thebe only its style sheet: its script would load a bundle from another host."""
    for event, listeners in app.events.listeners.items():
        if event != "builder-inited":
            listeners[:] = [it for it in listeners if it.handler.__module__ != "sphinx_thebe"]


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect both to Sphinx; by `config-inited` every extension has been set up."""
    app.connect("config-inited", silence_thebe)
    app.connect("build-finished", copy_mathjax)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
