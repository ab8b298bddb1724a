"""axe-core finds nothing to say about any page, in both languages, on a desk and on a phone.

Every address that a page is served at by GET is looked at: one that nobody has put into ADDRESSES
fails the first test.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Page

from tests.browser.addresses import ADDRESSES, NOT_PAGES, SEEN_BY, rules_of_pages
from tests.browser.conftest import DESK_SCREEN, PHONE, Opened
from tests.browser.things import make_things

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ASK = """tags => axe
  .run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})
  .then(said => said.violations)"""
"""All that passed is left out: to gather it and hand it over takes twice as long as to look."""
SCREENS = {"phone": PHONE, "desk": DESK_SCREEN}
SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"

Look = Callable[[Page, str], list[str]]


@pytest.fixture(scope="module")
def things(run) -> Mapping[str, str]:
    """What the addresses name."""
    return make_things(run)


def test_every_page_is_looked_at(tmp_path):
    served, known = rules_of_pages(tmp_path), {address.rule for address in ADDRESSES}
    assert not served - known - set(NOT_PAGES), "put these into tests/browser/addresses.py"
    assert not (known | set(NOT_PAGES)) - served, "these are served no more"
    assert not known & set(NOT_PAGES)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("who", sorted(SEEN_BY))
def test_axe_finds_no_violation(opened: Opened, things: Mapping[str, str], look: Look, who, lang):
    page, found = opened(who, lang=lang), {}
    for address in (one for one in ADDRESSES if one.who == who):
        path = address.path.format(**things)
        page.context.clear_cookies(name="elder")  # one page's larger type is not the next one's
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        assert answer.request.redirected_from is None, f"{path} leads on to {page.url}"
        if problems := look(page, lang):
            found[path] = problems
    assert not found


@pytest.fixture
def look(axe: str, tmp_path: Path) -> Look:
    """What is wrong with a page; what axe says on a phone depends on no language."""

    def look(page: Page, lang: str) -> list[str]:
        page.evaluate(axe)
        found, place = [], quote(urlsplit(page.url).path, safe="")[:80]
        for name, size in SCREENS.items():
            page.set_viewport_size(size)
            page.screenshot(path=tmp_path / f"{name}-{place}.png")
            if page.evaluate(SIDEWAYS):
                found.append(f"{name}: scrolls sideways")
            if name == "desk" or lang == "zh":
                said = page.evaluate(ASK, RULES)
                found += [f"{name}: {one['id']}: {one['nodes'][0]['html'][:200]}" for one in said]
        return found

    return look
