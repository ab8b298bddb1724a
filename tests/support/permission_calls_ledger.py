"""How the addresses of the people's ledger and the catalogue are asked (services/intake/ledger)."""

from typing import Any

from tests.support.permission_call import REASON, REASON_FORM, Call

HEARD = {"words": "想在小区里办个食堂"}
CASE = {"kind": "help", "name": "张桂兰", "phone": "13805610009", "title": "楼道灯不亮"}
NEW = {
    "name": "老年食堂助餐",
    "class": "guide",
    "domain": "养老",
    "materials": "本人身份证",
    "procedure": "受理\n办结",
}
WITHDRAW = {"change": "withdraw", "code": "G-32", "why": "没有人办"}
DECIDE = {"decision": "refuse", "reason": "再看看"}
NOT_YET = (422,)
"""What the state of the one that is there does not allow, on a page."""


def _api(endpoint: str, method: str, path: str, **more: Any) -> Call:
    return Call("intake", f"ledger.{endpoint}", method, f"/api/intake{path}", **more)


def _page(endpoint: str, method: str, path: str, **more: Any) -> Call:
    return Call("intake", f"ledger_pages.{endpoint}", method, path, **more)


OF_DEMANDS = [
    _api("list_demands", "GET", "/demands"),
    _api("list_demands", "GET", "/demands?community={community}", about="search"),
    _api("count_demands", "GET", "/demands/counts?by=month"),
    _api("record_demand", "POST", "/demands", json=HEARD),
    _api("one_demand", "GET", "/demands/{demand}", about="demand"),
    _api(
        "reveal_demand",
        "POST",
        "/demands/{demand}/reveal",
        json=REASON,
        about="demand",
        action="demand.read",
    ),
    _api("demand_to_case", "POST", "/demands/{demand}/to-case", json=CASE, about="demand"),
    _api(
        "link_demand",
        "POST",
        "/demands/{demand}/link",
        json={"report": "{report}"},
        about="demand",
    ),
    *(
        _api(
            "act_on_demand",
            "POST",
            f"/demands/{{demand}}/{verb}",
            json={"note": "好"},
            about="demand",
        )
        for verb in ("answer", "watch", "finish")
    ),
    _page("ledger", "GET", "/desk/ledger"),
    _page("record", "POST", "/desk/ledger", form=HEARD),
    _page("demand", "GET", "/desk/ledger/{demand}", about="demand"),
    _page(
        "reveal_demand",
        "POST",
        "/desk/ledger/{demand}/reveal",
        form=REASON_FORM,
        about="demand",
        action="demand.read",
    ),
    *(
        _page("act_on_demand", "POST", f"/desk/ledger/{{demand}}/{verb}", form=form, about="demand")
        for verb, form in {
            "answer": {"note": "好"},
            "watch": {},
            "finish": {"note": "好"},
            "link": {"report": "{report}"},
            "to-case": CASE,
        }.items()
    ),
]

OF_THE_CATALOGUE = [
    _api("review_done", "POST", "/catalogue/reviews", json={}, answers=(403,)),
    _api("list_proposals", "GET", "/catalogue/proposals"),
    _api("make_proposal", "POST", "/catalogue/proposals", json=WITHDRAW),
    _api("one_proposal", "GET", "/catalogue/proposals/{proposal}"),
    _api("decide_proposal", "POST", "/catalogue/proposals/{proposal}/decide", json=DECIDE),
    _api("list_versions", "GET", "/catalogue/versions"),
    _page("catalogue.items", "GET", "/desk/catalogue"),
    _page("catalogue.item", "GET", "/desk/catalogue/items/G-01"),
    _page("catalogue.version", "GET", "/desk/catalogue/versions/{catalogue_version}"),
    _page("catalogue.review_page", "GET", "/desk/catalogue/review"),
    _page("catalogue.review_done", "POST", "/desk/catalogue/review", form={}, answers=NOT_YET),
    _page("catalogue.propose", "GET", "/desk/catalogue/propose?change=change&code=G-01"),
    _page(
        "catalogue.send_proposal",
        "POST",
        "/desk/catalogue/propose",
        form=NEW | {"change": "add", "why": "居民常问"},
    ),
    _page("catalogue.proposals", "GET", "/desk/catalogue/proposals"),
    _page("catalogue.proposal", "GET", "/desk/catalogue/proposals/{proposal}"),
    _page("catalogue.decide", "POST", "/desk/catalogue/proposals/{proposal}", form=DECIDE),
]
OF_THE_LEDGER = [*OF_DEMANDS, *OF_THE_CATALOGUE]
