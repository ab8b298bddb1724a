"""How every address of hotline is asked. Imports and results belong to the district."""

from typing import Any

from tests.support.permission_call import Call

NOTHING_SENT = (422,)


def _api(endpoint: str, method: str, path: str, **more: Any) -> Call:
    return Call("intake", f"hotline.{endpoint}", method, f"/api/intake/hotline{path}", **more)


def _page(endpoint: str, method: str, path: str = "", **more: Any) -> Call:
    return Call("intake", f"hotline_pages.{endpoint}", method, f"/desk/hotline{path}", **more)


OF_THE_HOTLINE = [
    _api("take_orders", "POST", "/orders", json={"orders": [{"number": "SL001"}]}),
    _api("list_orders", "GET", "/orders", shows="hotline_order"),
    _api("take_file", "POST", "/files", json={}, answers=NOTHING_SENT),
    _api("list_imports", "GET", "/imports"),
    _api("show_import", "GET", "/imports/{hotline_import}"),
    _api("bad_rows", "GET", "/imports/{hotline_import}/bad-rows"),
    _api("list_results", "GET", "/results"),
    _api(
        "acknowledge",
        "POST",
        "/results/acknowledge",
        json={"items": [{"number": "SL001", "version": 1}]},
    ),
    _page("hotline", "GET", shows="hotline_order"),
    _page("take_file", "POST", "/files", form={}, answers=NOTHING_SENT),
    _page("template", "GET", "/template.xlsx"),
    _page("show_import", "GET", "/imports/{hotline_import}"),
    _page("progress", "GET", "/imports/{hotline_import}/progress"),
    _page("bad_rows", "GET", "/imports/{hotline_import}/bad.xlsx"),
    _page("put_together", "POST", "/returns", form={}),
    _page("return_file", "GET", "/returns/{hotline_return}.csv"),
    _page("acknowledge", "POST", "/returns/{hotline_return}/acknowledge", form={}),
]
