"""How every address of deliberation is asked: {matter} is a side's own, raised and not yet met on.

What its steps do not allow yet is refused (409, on a page 422) to who may ask for it.
"""

from typing import Any

from tests.support.permission_call import Call

NOT_YET = (422,)
MATTER_IN: dict[str, Any] = {"title": "楼道堆物", "kind": "neighbours", "parties": ["residents"]}
VERBS: dict[str, dict[str, Any]] = {
    "meet": {
        "at": "2026-11-23T08:00",
        "platform": "muling",
        "attendance": [{"party": "residents", "people": 3}],
    },
    "task": {"text": "清理", "party": "residents", "due": "2026-12-01"},
    "task-done": {"task": 1},
    "means": {"party": "residents", "what": "出工"},
    "decide": {
        "question": "清不清",
        "entitled": 3,
        "present": 3,
        "votes_for": 3,
        "votes_against": 0,
        "abstained": 0,
    },
    "grade": {"score": 5},
    "advance": {},
    "settle": {"result": "清了"},
    "fail": {"result": "谈不拢"},
    "drop": {"result": "不谈了"},
    "reopen": {"reason": "再谈"},
    "publish": {"words": "清理楼道"},
    "unpublish": {"reason": "写了名字"},
    "case": {"name": "王建国", "phone": "{phone}"},
}


def _api(endpoint: str, method: str, path: str = "", **more: Any) -> Call:
    return Call(
        "intake", f"deliberation.{endpoint}", method, f"/api/intake/deliberations{path}", **more
    )


def _page(endpoint: str, method: str, path: str = "", **more: Any) -> Call:
    where = f"/desk/deliberation{path}"
    return Call("intake", f"deliberation_pages.{endpoint}", method, where, **more)


OF_DELIBERATION = [
    _api("list_matters", "GET", shows="matter"),
    _api("list_matters", "GET", "?community={community}", about="search", shows="matter"),
    _api("raise_matter", "POST", json=MATTER_IN),
    _api("count_disputes", "GET", "/disputes"),
    _api("count_disputes", "GET", "/disputes?community={community}", about="search"),
    _api("list_decided", "GET", "/decided"),
    _api("show_matter", "GET", "/{matter}", about="matter", shows="matter"),
    *(
        _api(
            f"matter_{verb.replace('-', '_')}",
            "POST",
            f"/{{matter}}/{verb}",
            json=body,
            about="matter",
            answers=NOT_YET,
        )
        for verb, body in VERBS.items()
    ),
    _page("matters", "GET", shows="matter"),
    _page("new", "GET", "/new"),
    _page("new", "POST", "/new", form=MATTER_IN),
    _page("matter", "GET", "/{matter}", about="matter", shows="matter"),
    _page("act", "POST", "/{matter}/advance", form={}, about="matter"),
    _page(
        "act",
        "POST",
        "/{matter}/settle",
        form={"result": "清了"},
        about="matter",
        answers=NOT_YET,
    ),
    Call("intake", "deliberation_pages.talk", "GET", "/talk"),
    Call("intake", "deliberation_pages.decided", "GET", "/talk/{matter}", answers=(404,)),
]
