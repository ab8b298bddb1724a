"""How every address of grids is asked; see `permission_calls`.

The report of each side became a case: what its state does not allow is refused (409, on a page 422)
to who may ask for it.
"""

from collections.abc import Mapping
from typing import Any

from tests.support.permission_call import REASON_FORM, Call

NOT_NOW = (422,)
HAZARD: Mapping[str, Any] = {
    "id": "5f0c7d0e-0000-4000-8000-000000000001",
    "kind": "hazard",
    "category": "light",
    "words": "楼道灯不亮",
    "place": "三号楼",
}
ACTS: Mapping[str, Mapping[str, Any]] = {
    "take": {},
    "dispatch": {"username": "own-grid"},
    "press": {"note": "请今天去看"},
    "solve": {"note": "修好了"},
    "approve": {},
    "return": {"note": "还没好"},
    "dismiss": {"note": "不是隐患"},
    "to-case": {"name": "王建国", "phone": "{phone}", "kind": "complaint"},
}
HANDLED = ("solve", "to-case")
FOUND = {"found": "看过了"}
NOTICE = {"addressee": "好再来面馆", "place": "东街 12 号", "wrong": "没有报警装置"}
CARED: Mapping[str, Any] = {
    "name": "钱桂兰",
    "address": "三号楼",
    "groups": ["elderly"],
    "worker": "own-grid",
}


def _api(endpoint: str, method: str, path: str, **more: Any) -> Call:
    return Call("intake", f"grids.{endpoint}", method, f"/api/intake{path}", **more)


def _page(endpoint: str, method: str, path: str, **more: Any) -> Call:
    return Call("intake", f"grids_pages.{endpoint}", method, path, **more)


OF_API = [
    _api("make_report", "POST", "/reports", json=HAZARD),
    _api("add_photo", "POST", "/reports/{report}/files", about="report", answers=NOT_NOW),
    _api("list_reports", "GET", "/reports", shows="report"),
    _api("show_report", "GET", "/reports/{report}", about="report", shows="report"),
    *(
        _api(
            f"{action.replace('-', '_')}_report",
            "POST",
            f"/reports/{{report}}/{action}",
            json=body,
            about="report",
            answers=NOT_NOW,
        )
        for action, body in ACTS.items()
    ),
    _api("list_notices", "GET", "/rectifications", shows="rectification"),
    _api("issue_notice", "POST", "/rectifications", json=NOTICE),
    _api("show_notice", "GET", "/rectifications/{rectification}", about="notice"),
    _api(
        "check_notice", "POST", "/rectifications/{rectification}/passed", json=FOUND, about="notice"
    ),
    _api("list_care", "GET", "/care", shows="care"),
    _api("add_care", "POST", "/care", json=CARED),
    _api("change_care", "PUT", "/care/{care}", json=CARED, about="care", answers=NOT_NOW),
    _api("end_care", "POST", "/care/{care}/end", json={"note": "已搬走"}, about="care"),
]
OF_PHONES = [
    _page("field", "GET", "/field"),
    _page("new_report", "GET", "/field/new"),
    _page("send_report", "POST", "/field/reports/files", form=HAZARD),
    _page("send_photo", "POST", "/field/reports/{report}/files", about="report", answers=NOT_NOW),
    _page("outbox", "GET", "/field/outbox"),
    _page("offline", "GET", "/field/offline"),
    _page("worker", "GET", "/field/worker.js"),
    _page("snap", "GET", "/snap"),
    _page(
        "send_snapshot",
        "POST",
        "/snap/files",
        form={**HAZARD, "kind": "snapshot", "community": "{community}"},
    ),
]
OF_THE_DESK = [
    _page("reports", "GET", "/desk/reports?state=all", shows="report"),
    _page("report", "GET", "/desk/reports/{report}", about="report", shows="report"),
    *(
        _page(
            "act_on_report",
            "POST",
            f"/desk/reports/{{report}}/{action}",
            form=body,
            about="report",
            action="report.handle" if action in HANDLED else "report.manage",
            answers=NOT_NOW,
        )
        for action, body in ACTS.items()
    ),
    _page(
        "reveal_report",
        "POST",
        "/desk/reports/{report}/reveal",
        form=REASON_FORM,
        about="report",
        action="report.read",
    ),
    _page("photo", "GET", "/desk/reports/photos/{link}", about="file"),
    _page("notices", "GET", "/desk/reports/notices", shows="rectification"),
    _page("new_notice", "GET", "/desk/reports/notices/new"),
    _page("new_notice", "POST", "/desk/reports/notices/new", form=NOTICE),
    _page("notice_one", "GET", "/desk/reports/notices/{rectification}", about="notice"),
    _page("notice_paper", "GET", "/desk/reports/notices/{rectification}/paper", about="notice"),
    _page(
        "check_notice",
        "POST",
        "/desk/reports/notices/{rectification}/passed",
        form=FOUND,
        about="notice",
    ),
    _page("care", "GET", "/desk/care", shows="care"),
    _page("new_care", "GET", "/desk/care/new"),
    _page("new_care", "POST", "/desk/care/new", form=CARED),
    _page("care_one", "GET", "/desk/care/{care}", about="care"),
    _page(
        "reveal_care",
        "POST",
        "/desk/care/{care}/reveal",
        form=REASON_FORM,
        about="care",
        action="care.read",
    ),
    _page("change_care", "GET", "/desk/care/{care}/change", about="care"),
    _page("change_care", "POST", "/desk/care/{care}/change", form=CARED, about="care"),
    _page("end_care", "POST", "/desk/care/{care}/end", form={"note": "已搬走"}, about="care"),
]
OF_GRIDS = [*OF_API, *OF_PHONES, *OF_THE_DESK]
