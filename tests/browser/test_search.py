"""The search field of the sidebar finds a theorem, and the keyboard gets there."""

from __future__ import annotations

from tests.browser.visit import listen, settle

#: Whether the glass of a search field stands before the words in it, and not upon them.
CLEAR = """(where) => {
  const form = document.querySelector(`${where} form`);
  const [glass, field] = ["svg, i", "input"].map((it) => form.querySelector(it));
  const padding = parseFloat(getComputedStyle(field).paddingLeft);
  return glass.getBoundingClientRect().right <= field.getBoundingClientRect().left + padding;
}"""


def test_search_finds_a_theorem_by_keyboard(tab, address: str):
    page = tab()
    heard = listen(page, address)
    page.goto(address + "book/intro.html")
    settle(page)
    page.keyboard.press("Control+k")
    page.keyboard.type("unfolding rank bounds")
    assert page.evaluate(CLEAR, "#pst-search-dialog")
    page.keyboard.press("Enter")
    hit = page.locator("#search-results li a[href*='03_rank_bounds']").first
    hit.wait_for()
    assert page.evaluate(CLEAR, ".bd-search-container")
    page.wait_for_load_state("networkidle")  # the search reads every hit for its summary
    hit.click()
    page.wait_for_url("**/03_rank_bounds.html**")
    assert page.locator("div.proof.theorem, div.proof.proposition").count() > 0
    assert not any(heard.values()), heard
