"""What a page weighs, decoded: a reader on a small line waits for every byte of it.

Each page is weighed when `test_pages.py` visits it; here the scales are checked.
"""

from __future__ import annotations

import pytest

from tests.browser.visit import FORMULAS, PLAIN, settle, weight

PAGES = ["book/intro.html", "notebooks/12_head_budget.html"]  # without formulas, and with


@pytest.mark.parametrize("path", PAGES)
def test_the_page_s_own_count_is_what_was_sent(browser, address: str, path: str):
    context = browser.new_context()
    page, answers = context.new_page(), []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(address + path, wait_until="networkidle")
    settle(page)
    sent = sum(len(it.body()) for it in answers if it.status == 200)
    total, fault = weight(page)
    context.close()
    assert fault == [] and 0.98 * sent <= total <= sent


@pytest.mark.parametrize(("more", "formulas"), [(PLAIN, False), (FORMULAS, True)])
def test_a_page_that_is_too_heavy_is_told(browser, address: str, more: float, formulas: bool):
    page = browser.new_page()
    page.goto(address + PAGES[formulas])
    settle(page)
    assert weight(page)[1] == []
    page.route("**/heavy.txt", lambda route: route.fulfill(body="x" * int(more)))
    page.evaluate("fetch(`${location.origin}/heavy.txt`).then((it) => it.text())")
    [told] = weight(page)[1]
    assert "heavy.txt" in told
    page.close()
