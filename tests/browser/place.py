"""Where the built pages lie, and the browser that reads them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SITE = Path(os.environ.get("FACTRANK_SITE", ROOT / "build" / "_build" / "html")).resolve()
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
# Pages that only send the reader on.
STUBS = ("index.html", "ja/index.html")
#: Where the pages in other languages stand.
ABROAD = ("ja/",)


def pages() -> list[str]:
    """Return every page of the built site; none before it is built."""
    found = (path.relative_to(SITE) for path in SITE.rglob("*.html"))
    return sorted(path.as_posix() for path in found if "_static" not in path.parts)
