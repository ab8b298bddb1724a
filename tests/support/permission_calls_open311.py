"""How the addresses of Open311 are asked (services/intake/open311): by everybody."""

from typing import Any

from tests.support.permission_call import Call

BASE = "/open311/v2"
FILED = {
    "service_code": "OTHER",
    "address_id": "{community}",
    "last_name": "张",
    "first_name": "桂兰",
    "phone": "13805610009",
    "description": "楼道灯不亮",
}


def _open311(view: str, method: str, path: str, **more: Any) -> Call:
    return Call("intake", f"open311_pages.{view}", method, f"{BASE}/{path}", **more)


OF_OPEN311 = [
    _open311("discovery", "GET", "discovery.json"),
    _open311("services", "GET", "services.xml"),
    _open311("definition", "GET", "services/OTHER.json"),
    _open311("file_request", "POST", "requests.json", form=FILED),
    _open311("requests", "GET", "requests.json"),
    _open311("request", "GET", "requests/{case}.json", answers=(404,)),
]
