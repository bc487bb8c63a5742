"""Open one page as its readers would and write down everything that is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.browser.tabs import hear

LOOK = (Path(__file__).parent / "look.js").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Reader:
    """How a page is looked at."""

    scheme: str
    width: int
    height: int


READERS = {
    "light": Reader("light", 1280, 900),
    "dark": Reader("dark", 1280, 900),
    "phone": Reader("light", 375, 740),
}
PLAIN, FORMULAS = 1.5e6, 3.0e6  # bytes, decoded: what a page may weigh, without formulas and with
# What the page has loaded so far, as the browser counts it: from the cache as well.
LOADED = """() => [...performance.getEntriesByType("navigation"),
  ...performance.getEntriesByType("resource")].map((it) => [it.name, it.decodedBodySize])"""
# The theme follows the reader's scheme by a script of its own; some pages have no theme.
SWITCHED = "scheme => (document.documentElement.dataset.theme ?? scheme) === scheme"
ORDER = ("phone", "light", "dark")
#: How a browser looks at a page at first.
FIRST = {
    "viewport": {"width": READERS[ORDER[0]].width, "height": READERS[ORDER[0]].height},
    "color_scheme": READERS[ORDER[0]].scheme,
    "reduced_motion": "reduce",
}


def listen(page, address: str) -> dict[str, list[str]]:
    """Collect from now on what the console complains of and which requests go wrong or away."""
    heard: dict[str, list[str]] = {"console": [], "failed requests": [], "other hosts": []}

    def requested(request) -> None:
        if not request.url.startswith((address, "data:", "blob:")):
            heard["other hosts"].append(request.url)

    def answered(response) -> None:
        if response.status >= 400:
            heard["failed requests"].append(f"{response.status} {response.url}")

    def said(message) -> None:
        if message.type in ("error", "warning"):
            heard["console"].append(message.text)

    hear(page, "console", said)
    hear(page, "pageerror", lambda error: heard["console"].append(str(error)))

    def failed(request) -> None:
        # a picture of the page that is left is given up by the browser, not refused by the server
        if request.failure != "net::ERR_ABORTED":
            heard["failed requests"].append(f"{request.failure} {request.url}")

    hear(page, "request", requested)
    hear(page, "response", answered)
    hear(page, "requestfailed", failed)
    return heard


def settle(page) -> None:
    """Wait until formulas are set and pictures are there, and not a moment longer."""
    page.evaluate(
        """async () => {
          // of a picture's two versions the one that the style shows
          const shown = [...document.images].filter(it => getComputedStyle(it).display !== "none");
          for (const it of shown) it.loading = "eager";
          await Promise.all(shown.map(it => it.decode().catch(() => 0)));
          await document.fonts.ready;
          if (window.MathJax) await MathJax.startup.promise;
        }"""
    )


def look_as(page, reader: Reader) -> None:
    """Look at the opened page as another reader."""
    page.set_viewport_size({"width": reader.width, "height": reader.height})
    page.emulate_media(color_scheme=reader.scheme)
    page.wait_for_function(SWITCHED, arg=reader.scheme)
    settle(page)


def weight(page) -> tuple[int, list[str]]:
    """What a settled page weighs, and the sentence on it if that is too much."""
    loaded = dict(page.evaluate(LOADED))
    limit = FORMULAS if any("mathjax" in url for url in loaded) else PLAIN
    heaviest = sorted(loaded.items(), key=lambda it: -it[1])[:3]
    total = sum(loaded.values())
    return total, [f"{total} bytes, at most {limit:.0f}: {heaviest}"] if total > limit else []


def visit(page, address: str, path: str, axe) -> dict[str, dict[str, list[str]]]:
    """Open `path` once, look at it as each reader; return the faults of each by kind, none at best.

    It is opened on the phone, where most can go wrong, then widened, then darkened: `page` is an
    empty tab as `FIRST` has it. `axe` is called with the settled page and a reader's name, and
    returns the faults of accessibility.
    """
    found = {}
    heard = listen(page, address)
    page.goto(address + path, wait_until="load")
    for name in ORDER:
        look_as(page, READERS[name])
        faults = page.evaluate(LOOK, READERS[name].scheme)
        heavy = weight(page)[1] if name == ORDER[0] else []  # later it has the dark pictures too
        found[name] = faults | {"accessibility": axe(page, name), "weight": heavy}
    return {
        who: told for who, faults in (found | {"any": heard}).items() if (told := kinds(faults))
    }


def kinds(faults: dict[str, list[str]]) -> dict[str, list[str]]:
    """The kinds that have a fault, each fault once."""
    return {kind: sorted(set(found)) for kind, found in faults.items() if found}
