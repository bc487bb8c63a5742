"""A tab that was used is as a new one: nothing is left of a page, and each fault is told again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.browser.conftest import Quiet
from tests.browser.tabs import Tabs
from tests.browser.visit import FIRST, visit

EMPTY = "<!doctype html><link rel='icon' href='data:,'><title>It</title><body style='height: 99px'>"
PAGE = f"""{EMPTY}<script>
  console.error("a slip"); localStorage.told = sessionStorage.told = "once";
</script><script src="https://elsewhere.example/it.js"></script><img src="gone.png">"""
STATE = """() => [innerWidth, innerHeight, localStorage.length, sessionStorage.length,
  ...["print", "(prefers-color-scheme: dark)", "(prefers-reduced-motion: reduce)"]
    .map((it) => matchMedia(it).matches), document.querySelectorAll("body:hover").length]"""
HOW = {"color_scheme": "dark", "viewport": {"width": 500, "height": 400}}


@pytest.fixture
def faulty(tmp_path: Path) -> Iterator[str]:
    """The address of a site of two pages: one has every fault of loading, the other is empty."""
    (tmp_path / "page.html").write_text(PAGE, encoding="utf-8")
    (tmp_path / "empty.html").write_text(EMPTY, encoding="utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_a_fault_is_told_at_each_visit_in_the_same_tab(browser, faulty: str):
    tabs, told, used = Tabs(browser), [], set()
    for _ in range(3):
        page = tabs.take(**FIRST)
        told.append(visit(page, faulty, "page.html", lambda *_: [])["any"])
        used.add(page)
        tabs.give(page)
    page.close()
    assert told[0] == told[1] == told[2] and len(used) == 1
    assert {*told[0]} == {"console", "failed requests", "other hosts"}
    assert any("a slip" in it for it in told[0]["console"])
    assert any("gone.png" in it for it in told[0]["failed requests"])


@pytest.mark.parametrize("how", [{}, HOW, {"reduced_motion": "reduce"}])
def test_a_tab_that_was_used_is_as_a_new_one(browser, faulty: str, how: dict):
    tabs, fresh, heard = Tabs(browser), browser.new_page(**how), []
    page = tabs.take(**how)
    page.goto(f"{faulty}page.html")
    page.set_viewport_size({"width": 320, "height": 240})
    page.emulate_media(media="print", color_scheme="no-preference", reduced_motion="no-preference")
    page.route("**/*", lambda route: route.abort())
    page.mouse.move(9, 9)
    tabs.give(page)
    again = tabs.take(**how)
    assert again is page and again.url == "about:blank"
    for it in (fresh, again):
        it.on("console", lambda told: heard.append(told.text))
        it.goto(f"{faulty}empty.html")
    assert again.evaluate(STATE) == fresh.evaluate(STATE)
    assert heard == [] and tabs.take(**how) is not again
    fresh.close()


def test_a_tab_that_is_asked_for_otherwise_is_another(browser):
    tabs = Tabs(browser)
    page = tabs.take()
    tabs.give(page)
    assert tabs.take(java_script_enabled=False) is not page and tabs.take() is page
