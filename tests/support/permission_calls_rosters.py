"""How every address of rosters is asked; leave, swaps and links are those of a side's clerk."""

from typing import Any

from tests.support.permission_call import Call

THEIRS = (403,)
"""One's own community's, but another person's."""
WHEN = {"starts_at": "2026-12-01T08:00", "ends_at": "2026-12-01T12:00"}


def _api(endpoint: str, method: str, path: str, **more: Any) -> Call:
    return Call("intake", f"rosters.{endpoint}", method, f"/api/intake/rosters{path}", **more)


def _page(endpoint: str, method: str, path: str = "", **more: Any) -> Call:
    return Call("intake", f"rosters_pages.{endpoint}", method, f"/desk/roster{path}", **more)


OF_ROSTERS = [
    _api("show", "GET", ""),
    _api("show", "GET", "?community={community}&from=2026-11-30", about="search"),
    _api("plan", "POST", "/plan", json={"weeks": 1}),
    _api(
        "assign",
        "POST",
        "/duties",
        json={"day": "2026-11-30", "post": "desk", "seat": "C", "username": "own-desk"},
    ),
    _api("cancel", "POST", "/duties/{duty}/cancel", json={"in_view": "另派人"}, about="duty"),
    _api("list_members", "GET", "/members?community={community}", about="search"),
    _api("set_member", "PUT", "/members/{clerk}", json={"posts": ["desk"]}, about="clerk"),
    _api("list_leaves", "GET", "/leaves?community={community}", about="search", shows="leave"),
    _api("ask_leave", "POST", "/leaves", json={"kind": "own"} | WHEN),
    _api(
        "withdraw_leave",
        "POST",
        "/leaves/{leave}/withdraw",
        json={},
        about="leave",
        answers=THEIRS,
    ),
    _api("grant_leave", "POST", "/leaves/{leave}/grant", json={}, about="leave"),
    _api("refuse_leave", "POST", "/leaves/{leave}/refuse", json={"words": "人手紧"}, about="leave"),
    _api("list_swaps", "GET", "/swaps?community={community}", about="search", shows="swap"),
    _api(
        "ask_swap",
        "POST",
        "/swaps",
        json={"duty": "{duty}", "other": "own-desk"},
        about="duty",
        answers=THEIRS,
    ),
    *(
        _api(f"{verb}_swap", "POST", f"/swaps/{{swap}}/{verb}", json=body, about="swap")
        for verb, body in {
            "agree": {},
            "decline": {},
            "withdraw": {},
            "confirm": {},
            "refuse": {"words": "人手紧"},
        }.items()
    ),
    _api("list_calendars", "GET", "/calendars"),
    _api("make_calendar", "POST", "/calendars", json={}),
    _api(
        "revoke_calendar",
        "POST",
        "/calendars/{calendar}/revoke",
        json={},
        about="calendar",
        answers=THEIRS,
    ),
    _page("show", "GET"),
    _page("show", "GET", "?community={community}", about="search", shows="leave swap"),
    _page("plan", "POST", "/plan", form={"weeks": "1"}),
    _page(
        "assign",
        "POST",
        "/duties",
        form={"day": "2026-11-30", "post": "desk", "seat": "C", "username": "own-desk"},
    ),
    _page("cancel", "POST", "/duties/{duty}/cancel", form={"in_view": "另派人"}, about="duty"),
    _page("set_member", "POST", "/members/{clerk}", form={"posts": "desk"}, about="clerk"),
    _page("ask_leave", "POST", "/leaves", form={"kind": "own"} | WHEN),
    _page(
        "withdraw_leave",
        "POST",
        "/leaves/{leave}/withdraw",
        form={},
        about="leave",
        answers=THEIRS,
    ),
    _page("decide_leave", "POST", "/leaves/{leave}/decide/grant", form={}, about="leave"),
    _page(
        "ask_swap",
        "POST",
        "/swaps",
        form={"duty": "{duty}", "other": "own-desk"},
        about="duty",
        answers=THEIRS,
    ),
    _page(
        "answer_swap",
        "POST",
        "/swaps/{swap}/answer/agree",
        form={},
        about="swap",
        answers=(422,),
    ),
    _page(
        "decide_swap",
        "POST",
        "/swaps/{swap}/decide/confirm",
        form={},
        about="swap",
        answers=(422,),
    ),
    _page("make_calendar", "POST", "/calendars", form={"of": "community"}),
    _page(
        "revoke_calendar",
        "POST",
        "/calendars/{calendar}/revoke",
        form={},
        about="calendar",
        answers=THEIRS,
    ),
    Call("intake", "rosters_pages.roster_feed.feed", "GET", "/calendars/{calendar_token}.ics"),
]
