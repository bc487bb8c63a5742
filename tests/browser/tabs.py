"""Tabs that are opened once and used again, each as if it were new.

A new tab starts a process, which parses and compiles every script of a page again: that costs as
much as a small page itself.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable

SIZE = {"width": 1280, "height": 720}  # what a browser gives a tab that asks for none
PATIENCE = 30_000  # milliseconds: that of a new tab


def hear(page, event: str, told: Callable) -> None:
    """Call `told` at each event of a page, until the page is given back."""
    page.on(event, told)
    page.heard_by = [*getattr(page, "heard_by", ()), (event, told)]


class Tabs:
    """The tabs of a browser that are free, by what they were asked to be."""

    def __init__(self, browser) -> None:
        self.browser, self.free = browser, defaultdict(list)

    def take(self, **how):
        """Return a tab as `browser.new_page(**how)` would: empty, unheard, nothing stored."""
        free = self.free[json.dumps(how, sort_keys=True)]
        page = free.pop() if free else self.browser.new_page(**how)
        page.how = how
        return page

    def give(self, page) -> None:
        """Take a tab back: leave its page and undo what a test may have set."""
        for event, told in getattr(page, "heard_by", ()):
            page.remove_listener(event, told)
        page.heard_by = []
        page.unroute_all()
        if page.url.startswith("http"):
            page.evaluate("localStorage.clear(), sessionStorage.clear()")
        page.goto("about:blank")
        page.mouse.move(-1, -1)  # beneath no pointer, as at first
        page.set_default_timeout(PATIENCE)
        page.set_viewport_size(page.how.get("viewport", SIZE))
        page.emulate_media(
            media="null",
            color_scheme=page.how.get("color_scheme", "light"),
            reduced_motion=page.how.get("reduced_motion", "no-preference"),
        )
        self.free[json.dumps(page.how, sort_keys=True)].append(page)
