"""What officers find at the desk: nothing ticked for them, whom to call, who has it in hand."""

import re

import pytest

AUTOFOCUS = re.compile(r"<(\w+)[^>]* autofocus")


def focused(page: str) -> list[str]:
    """The elements the page puts the cursor on, by tag."""
    return AUTOFOCUS.findall(page)


def test_nothing_is_ticked_before_it_came(desk):
    number = desk.apply("G-01", "申请审批表", "本人身份证")
    desk.step(number, "notice")
    page = desk.page(f"/desk/{number}/materials").text
    assert 'value="户口簿"' in page
    assert " checked" not in page


def test_the_matter_shows_enough_to_recognise_who_brought_it(desk):
    number = desk.accept()
    for page in (desk.page(f"/desk/{number}").text, desk.page("/desk").text):
        assert "王**" in page
        assert "13805610000" not in page
        assert "王建国" not in page


def in_hand(page: str) -> str:
    """Who the matter says has it in hand."""
    _, _, after = page.partition("现在谁手里</dt>")
    return re.sub(r"<[^>]+>", "", after.partition("</dd>")[0]).strip()


def test_who_has_it_in_hand(desk):
    waiting = desk.apply("G-01", "申请审批表")
    desk.step(waiting, "notice")
    assert in_hand(desk.page(f"/desk/{waiting}").text) == "居民本人"
    number = desk.accept()
    assert in_hand(desk.page(f"/desk/{number}").text) == "周敏"
    desk.step(number, "resolve", result="已约谈店主")
    assert in_hand(desk.page(f"/desk/{number}").text) == "—没有人在办"
    desk.step(number, "close")
    assert in_hand(desk.page(f"/desk/{number}").text) == "—没有人在办"


@pytest.mark.parametrize("action", ["transfer", "back-office", "resolve"])
def test_one_types_at_once(desk, action):
    number = desk.apply("G-02", "申请书")
    assert focused(desk.page(f"/desk/{number}/{action}").text) == ["textarea"]


def test_closing_is_one_key_away(desk):
    number = desk.accept()
    desk.step(number, "resolve", result="已约谈店主")
    assert focused(desk.page(f"/desk/{number}/close").text) == ["button"]


def test_the_hints_own_example_finds_something(desk):
    assert "matter=T-GA-03" in desk.page("/desk/new?q=楼下太吵").text


def test_what_was_typed_becomes_the_title_and_nothing_else(desk):
    page = desk.page("/desk/new?kind=complaint&matter=T-GA-03&q=楼下太吵").text
    assert re.search(r'name="title"[^>]* value="楼下太吵"', page)
    assert re.search(r'<textarea[^>]* name="description"[^>]*></textarea>', page)


@pytest.mark.parametrize("path", ["/desk/new", "/guides"])
def test_a_part_of_its_name_finds_the_certificate(desk, path):
    assert "无犯罪记录证明" in desk.page(f"{path}?q=无犯罪").text
    assert "社区按规定不能开" not in desk.page(f"{path}?q=证明").text


def test_a_certificate_found_by_a_part_is_refused_by_its_whole_name(desk):
    page = desk.page("/desk/new?q=无犯罪").text
    link = re.search(r'href="(/desk/new\?kind=application[^"]+)"', page).group(1)
    form = desk.page(link.replace("&amp;", "&")).text
    assert re.search(r'name="title"[^>]* value="无犯罪记录证明"', form)


def test_signing_in_starts_at_the_name(anyone):
    assert focused(anyone.page("/sign-in").text) == ["input"]
