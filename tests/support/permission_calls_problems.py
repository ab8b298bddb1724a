"""How every address of problems, clusters and look-backs is asked.

A problem belongs to the departments that answer for it; clusters and look-backs to the district.
What its state does not allow yet is refused (409, on a page 422) to who may ask for it.
"""

from typing import Any

from tests.support.permission_call import Call

NOT_YET = (422,)
ACTS: dict[str, dict[str, Any]] = {
    "assign": {"lead": "ga", "responsible": "科长"},
    "step": {"text": "约谈", "who": "科长", "until": "2027-03-01"},
    "step-done": {"step": 1},
    "review": {"found": "看过"},
    "attach": {"orders": ["{order}"]},
    "press": {"note": "限期"},
    "solve": {"note": "好了"},
    "held": {"found": "没有反弹"},
    "came-back": {"found": "又来了"},
    "close": {"reason": "并入"},
}
DECIDED: dict[str, dict[str, Any]] = {
    "make-problem": {},
    "dismiss": {"reason": "不是"},
    "restore": {},
}


def _api(endpoint: str, method: str, path: str, **more: Any) -> Call:
    return Call("routing", f"problems.{endpoint}", method, f"/api/routing{path}", **more)


def _page(endpoint: str, method: str, path: str, **more: Any) -> Call:
    return Call("routing", f"problem_pages.{endpoint}", method, f"/supervise{path}", **more)


def _named(verb: str) -> str:
    return verb.replace("-", "_")


OF_PROBLEMS = [
    _api("list_problems", "GET", "/problems", shows="problem"),
    _api(
        "open_problem",
        "POST",
        "/problems",
        json={"title": "噪声反复", "lead": "ga", "responsible": "科长", "orders": ["{order}"]},
    ),
    _api("list_candidates", "GET", "/problems/candidates"),
    _api("take_candidate", "POST", "/problems/candidates/{order}/take", json={}, answers=NOT_YET),
    _api(
        "dismiss_candidate",
        "POST",
        "/problems/candidates/{order}/dismiss",
        json={"reason": "不是"},
        answers=NOT_YET,
    ),
    _api("show_problem", "GET", "/problems/{problem}", about="department", shows="problem"),
    *(
        _api(
            f"problem_{_named(verb)}",
            "POST",
            f"/problems/{{problem}}/{verb}",
            json=body,
            answers=NOT_YET,
        )
        for verb, body in ACTS.items()
    ),
    _api("list_clusters", "GET", "/clusters"),
    _api("show_cluster", "GET", "/clusters/{cluster}", about="district", shows="cluster"),
    *(
        _api(
            f"cluster_{_named(verb)}",
            "POST",
            f"/clusters/{{cluster}}/{verb}",
            json=body,
            answers=NOT_YET,
        )
        for verb, body in DECIDED.items()
    ),
    _api("list_look_backs", "GET", "/look-backs"),
    _api("arrange_look_back", "POST", "/look-backs", json={"order": "{order}"}, answers=NOT_YET),
    *(
        _api(
            f"look_back_{_named(verb)}",
            "POST",
            f"/look-backs/{{look_back}}/{verb}",
            json={"found": "看过"},
            answers=NOT_YET,
        )
        for verb in ("held", "came-back")
    ),
    _page("problems", "GET", "/problems", shows="problem"),
    _page("new_problem", "GET", "/problems/new"),
    _page(
        "new_problem",
        "POST",
        "/problems/new",
        form={"title": "噪声反复", "lead": "ga", "responsible": "科长"},
    ),
    _page(
        "decide_candidate",
        "POST",
        "/problems/candidates/{order}/take",
        form={},
        answers=NOT_YET,
    ),
    _page("show_problem", "GET", "/problems/{problem}", about="department", shows="problem"),
    _page("act", "POST", "/problems/{problem}/solve", form={"note": "好"}, answers=NOT_YET),
    _page("clusters", "GET", "/clusters"),
    _page("show_cluster", "GET", "/clusters/{cluster}", about="district", shows="cluster"),
    _page(
        "decide_cluster",
        "POST",
        "/clusters/{cluster}/dismiss",
        form={"reason": "不是"},
        answers=NOT_YET,
    ),
    _page("look_backs", "GET", "/look-backs"),
    _page("look_backs", "POST", "/look-backs", form={"order": "{order}"}, answers=NOT_YET),
    _page(
        "settle_look_back",
        "POST",
        "/look-backs/{look_back}/held",
        form={"found": "看过"},
        answers=NOT_YET,
    ),
]
