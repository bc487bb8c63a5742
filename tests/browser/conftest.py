"""The built site on a port of this machine, and one browser for all tests of a process.

Without playwright or Chromium the tests are skipped and say so; FACTRANK_SITE names another folder
of built pages than the one `make read` fills.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.browser.place import CHROMIUM, SITE
from tests.browser.tabs import Tabs

# Any name but this machine's fails at once: a page that asks for one is caught, never served.
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)


class Quiet(SimpleHTTPRequestHandler):
    """The standard library's file server, whose answers may be kept, without its log."""

    protocol_version = "HTTP/1.1"

    def end_headers(self) -> None:
        """Let a browser keep what it was given: no file changes while the tests run."""
        self.send_header("Cache-Control", "max-age=3600")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def site() -> Path:
    """The folder of the built book."""
    if not (SITE / "index.html").exists():
        pytest.skip(f"no built book in {SITE}: run `make read` first")
    return SITE


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """The address at which the pages are served."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def browser() -> Iterator:
    """A headless Chromium."""
    api = pytest.importorskip("playwright.sync_api", reason="no playwright: run `make browser`")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine (on Debian and Ubuntu: apt install chromium)")
    with api.sync_playwright() as driver:
        found = driver.chromium.launch(
            executable_path=CHROMIUM, chromium_sandbox=False, args=[*FLAGS]
        )
        yield found
        found.close()


@pytest.fixture(scope="session")
def tabs(browser) -> Tabs:
    """The tabs of that browser, used again by one test after another."""
    return Tabs(browser)


@pytest.fixture
def tab(tabs: Tabs) -> Iterator[Callable]:
    """A function that returns a tab as if it were new; it is given back after the test."""
    taken = []

    def take(**how):
        taken.append(tabs.take(**how))
        return taken[-1]

    yield take
    for page in taken:
        tabs.give(page)


@pytest.fixture(scope="session")
def axe():
    """A function that returns a page's faults of accessibility."""
    pytest.importorskip("axe_playwright_python", reason="no axe: run `make browser`")
    from tests.browser.accessibility import violations

    return violations
