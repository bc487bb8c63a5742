"""What a reader takes along: a chapter's three forms to download, and where to launch it.

The notebook to download keeps what its cells printed, and not its pictures: they stand on the page,
and are drawn anew when it is run. They are nine tenths of its size.

The launch buttons follow one address, ``Repository`` under ``[project.urls]`` in pyproject.toml;
while there is none, there are no buttons.
"""

from __future__ import annotations

import json
import shutil
import tomllib
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

# What the theme's own button, the recorded notebook, stands beside.
TWINS = {".md": "The text of this chapter, MyST Markdown", ".py": "The same as a Python script"}
BRANCH = "main"
LAUNCH = {
    "binderhub_url": "https://mybinder.org",
    "colab_url": "https://colab.research.google.com",
    "notebook_interface": "jupyterlab",
}


def home(pyproject: Path) -> str:
    """Return the address of the repository, or nothing while the project has none."""
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    return project.get("urls", {}).get("Repository", "").removesuffix(".git").rstrip("/")


def offer_launch(app: Sphinx, config: Config) -> None:
    """Hand that address to the theme, which makes the buttons of it."""
    if address := home(Path(app.srcdir) / "pyproject.toml"):
        config.html_theme_options.update(
            repository_url=address,
            repository_branch=BRANCH,
            use_repository_button=True,
            launch_buttons=LAUNCH,
        )


def twins(app: Sphinx, page: str) -> list[Path]:
    """Return the other forms of the chapter `page`; none for a page that is no notebook."""
    source = Path(app.srcdir) / page
    if not source.with_name(f"{source.name}.ipynb").exists():
        return []
    found = (source.with_name(source.name + suffix) for suffix in TWINS)
    return [path for path in found if path.exists()]


def complete_buttons(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    """Add the twins to the downloads, and to Colab's button how Colab gets the package."""
    address = home(Path(app.srcdir) / "pyproject.toml")
    for group in context.get("header_buttons", ()):
        if group.get("label") == "download-buttons":
            group["buttons"][1:1] = [
                {
                    "type": "link",
                    "url": f"{context['pathto']('_sources', 1)}/{page}{path.suffix}",
                    "text": path.suffix,
                    "tooltip": TWINS[path.suffix],
                    "icon": "fas fa-file",
                    "label": f"download-{path.suffix[1:]}-button",
                }
                for path in twins(app, page)
            ]
        for button in group.get("buttons", ()):
            if button.get("text") == "Colab":
                button["tooltip"] += f"; there, run first: %pip install git+{address}"


def without_pictures(notebook: str) -> str:
    """Return the notebook, JSON, without what its outputs hold as a picture.

    >>> cell = {"cell_type": "code", "outputs": [{"data": {"image/png": "x", "text/plain": "1"}}]}
    >>> json.loads(without_pictures(json.dumps({"cells": [cell]})))["cells"][0]["outputs"]
    [{'data': {'text/plain': '1'}}]
    """
    found = json.loads(notebook)
    for cell in found["cells"]:
        for output in cell.get("outputs", ()):
            kinds = output.get("data", {})
            for kind in [it for it in kinds if it.startswith("image/")]:
                del kinds[kind]
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def copy_twins(app: Sphinx, error: Exception | None) -> None:
    """Copy the twins to where their buttons lead; the notebook there is made light."""
    if error or app.builder.format != "html":
        return
    for page in app.env.found_docs:
        for path in twins(app, page):
            shutil.copyfile(path, Path(app.outdir) / "_sources" / f"{page}{path.suffix}")
        notebook = Path(app.outdir) / "_sources" / f"{page}.ipynb"
        if notebook.exists():
            text = notebook.read_text(encoding="utf-8")
            notebook.write_text(without_pictures(text), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Act before the theme reads its options and after it has made its buttons."""
    app.connect("config-inited", offer_launch)
    app.connect("html-page-context", complete_buttons, priority=900)
    app.connect("build-finished", copy_twins)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
