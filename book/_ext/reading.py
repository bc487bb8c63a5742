"""What a reader takes along: a chapter's three forms to download, and where to launch it.

The launch buttons follow one address, ``Repository`` under ``[project.urls]`` in pyproject.toml;
while there is none, there are no buttons.
"""

from __future__ import annotations

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


def copy_twins(app: Sphinx, error: Exception | None) -> None:
    """Copy the twins to where their buttons lead."""
    if error or app.builder.format != "html":
        return
    for page in app.env.found_docs:
        for path in twins(app, page):
            shutil.copyfile(path, Path(app.outdir) / "_sources" / f"{page}{path.suffix}")


def setup(app: Sphinx) -> dict[str, bool]:
    """Act before the theme reads its options and after it has made its buttons."""
    app.connect("config-inited", offer_launch)
    app.connect("html-page-context", complete_buttons, priority=900)
    app.connect("build-finished", copy_twins)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
