"""How the desk's papers and drafts are asked; see `permission_calls`."""

from collections.abc import Mapping
from typing import Any

from tests.support.permission_call import Call


def _intake(endpoint: str, method: str, path: str, **more: Any) -> Call:
    return Call("intake", endpoint, method, path, **more)


TYPED: Mapping[str, str] = {"name": "张桂兰", "title": "楼道灯不亮", "kind": "complaint"}

OF_DESK = [
    _intake("papers.receipt_pdf", "GET", "/desk/{case}/receipt.pdf", about="case"),
    _intake("papers.notice_pdf", "GET", "/desk/{case}/notice.pdf", about="case", answers=(404,)),
    *(
        _intake(
            f"papers_ways.{name}_pdf",
            "GET",
            f"/desk/{{case}}/{name}.pdf",
            about="case",
            answers=(404,),
        )
        for name in ("promise", "refuse", "publish")
    ),
    _intake("papers.refusal_pdf", "GET", "/desk/refusals/{refusal}/paper.pdf", about="refusal"),
    _intake("drafts_pages.keep", "POST", "/desk/drafts/of-nobody-yet", form=TYPED),
    _intake("drafts_pages.forget", "POST", "/desk/drafts/of-nobody-yet/forget", form={}),
]
