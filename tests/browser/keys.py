"""A person at a keyboard: every key is counted, and the mouse is never touched."""

from pathlib import Path

from playwright.sync_api import Page, expect

FAR = 80
"""Fields one may have to go through by Tab before something is wrong with the page."""
IS_HERE = "wanted => document.activeElement.matches(wanted)"


class Keyboard:
    """One page, by its keys alone.

    Attributes:
        strokes: how many keys were pressed so far.
    """

    def __init__(self, page: Page, pictures: Path) -> None:
        self.page = page
        self.strokes = 0
        self._pictures = pictures

    def press(self, *keys: str) -> None:
        """One key after the other, where they lead to no other page."""
        for key in keys:
            self.strokes += 1
            self.page.keyboard.press(key)

    def go(self, *keys: str) -> None:
        """Keys of which the last leads to another page."""
        self.press(*keys[:-1])
        with self.page.expect_navigation():
            self.press(keys[-1])

    def write(self, text: str) -> None:
        """Text into the field one is in; each of its characters counts as a key."""
        # The browser gives a page's first field the focus when it draws the page.
        self.page.wait_for_function(IS_HERE, arg="input, textarea")
        self.strokes += len(text)
        self.page.keyboard.insert_text(text)

    def tab_to(self, wanted: str) -> None:
        """By Tab to what the selector names.

        Raises:
            LookupError: it cannot be reached so.
        """
        for _ in range(FAR):
            if self.page.evaluate(IS_HERE, wanted):
                return
            self.press("Tab")
        raise LookupError(f"Tab does not lead to {wanted} on {self.page.url}")

    def fill(self, wanted: str, text: str) -> None:
        """Write into a field that Tab leads to."""
        self.tab_to(wanted)
        self.write(text)

    def sees(self, *words: str) -> None:
        """The page says these."""
        for word in words:
            expect(self.page.locator("main")).to_contain_text(word)

    def picture(self, name: str) -> None:
        """Keep how it looks now."""
        self.page.screenshot(path=self._pictures / f"{name}.png", full_page=True)

    def number(self) -> str:
        """The number of the matter whose page or paper this is."""
        return self.page.url.partition("/desk/")[2].split("/")[0].split("?")[0]
