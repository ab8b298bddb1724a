"""Every page answers for its role in both languages, and English pages are in English."""

import re
from html.parser import HTMLParser

import pytest

CHINESE = re.compile("[\u4e00-\u9fff]+")
VOID = frozenset(("input", "br", "img", "link", "meta", "hr", "path", "circle", "source", "use"))
WORDS_OF_OURS = frozenset(("nav", "th", "label", "button", "legend", "summary", "option", "h1"))
"""Elements whose text is never data; data stays in the language it was written in."""
PAGES = {
    "": ("/", "/track", "/sign-in", "/partners"),
    "desk": ("/desk", "/desk/new", "/my", "/messages", "/partners"),
    "backoffice": ("/desk", "/my"),
    "grid": ("/desk",),
    "dept-ga": ("/orders",),
    "leader-ga": ("/orders", "/supervise/rates"),
    "supervisor": (
        "/supervise",
        "/supervise/follow-ups",
        "/supervise/rates",
        "/supervise/problems",
        "/supervise/clusters",
        "/supervise/look-backs",
        "/orders",
        "/orders/channels",
        "/messages",
        "/partners",
    ),
    "partner": ("/partners", "/points"),
    "admin": ("/accounts", "/desk/retention"),
}
SEEN = [(username, path) for username, paths in PAGES.items() for path in paths]


class Words(HTMLParser):
    """The text of elements that hold words of ours."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self._open: list[tuple[str, bool]] = []
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember what is open, and whether it says that it is Chinese on purpose."""
        if tag not in VOID:
            self._open.append((tag, (dict(attrs).get("lang") or "").startswith("zh")))

    def handle_endtag(self, tag: str) -> None:
        """Forget it."""
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Keep words of ours."""
        tags = {tag for tag, _ in self._open}
        if tags & WORDS_OF_OURS and not any(chinese for _, chinese in self._open):
            self.found.append(data.strip())


@pytest.mark.parametrize(("username", "path"), SEEN)
def test_a_page_answers_in_both_languages(baitong, username, path):
    reader = baitong.person(username) if username else baitong.anyone()
    chinese = reader.page(path)
    assert chinese.status_code == 200
    assert chinese.url.partition("?")[0] == baitong.url + path
    assert '<html lang="zh-CN"' in chinese.text
    assert CHINESE.search(chinese.text)
    english = reader.page(path, "en")
    assert english.status_code == 200
    assert '<html lang="en"' in english.text


@pytest.mark.parametrize(("username", "path"), SEEN)
def test_english_pages_are_in_english(baitong, username, path, names):
    reader = baitong.person(username) if username else baitong.anyone()
    said = Words(reader.page(path, "en").text).found
    left = [words for words in said if CHINESE.search(words) and not _is_data(words, names)]
    assert left == []


def test_the_check_finds_chinese_that_was_forgotten():
    page = "<h1>Orders</h1><button>签收</button><p>楼下噪声</p><th lang='zh-CN'>中文</th>"
    said = Words(page).found
    assert [words for words in said if CHINESE.search(words)] == ["签收"]


@pytest.fixture(scope="session")
def names(baitong) -> set[str]:
    """Proper names of the district, which stay as they are: communities, streets, departments."""
    anyone, desk = baitong.anyone(), baitong.person("desk")
    communities = anyone.get("/api/intake/communities")["items"]
    departments = desk.get("/api/routing/departments")
    listed = departments["items"] if isinstance(departments, dict) else departments
    told = [text for one in [*communities, *listed] for text in one.values()]
    return {text for text in told if isinstance(text, str)}


def _is_data(words: str, names: set[str]) -> bool:
    return all(any(part in name for name in names) for part in CHINESE.findall(words))


@pytest.mark.parametrize("path", ["/desk", "/orders", "/supervise", "/messages", "/points"])
def test_what_is_not_public_asks_to_sign_in(baitong, path):
    page = baitong.anyone().page(path)
    assert page.url.startswith(f"{baitong.url}/sign-in?next=")
