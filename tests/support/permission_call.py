"""One way to ask an address: a line of the permission matrix."""

from dataclasses import dataclass
from typing import Any

REASON = {"reason": "电话联系办事人"}
REASON_FORM = {"why": "call"}


@dataclass(frozen=True)
class Call:
    """One way to ask an address.

    Attributes:
        service: whose address it is.
        endpoint: Flask's name of the route.
        method: of HTTP.
        path: with `{thing}` for what it names.
        json: body for the API; `form` for a page.
        about: whether the address names a thing that belongs somewhere, so that it is asked for
            one's own and for another's; "" where it does not; "search" where it only narrows a
            list, which is then empty for another's.
        action: asked for besides the route's own, where one address serves several.
        shows: things of one's own that a list must contain.
        answers: further statuses that let one through, beside 2xx, 3xx and 409.
    """

    service: str
    endpoint: str
    method: str
    path: str
    json: Any = None
    form: Any = None
    about: str = ""
    action: str = ""
    shows: str = ""
    answers: tuple[int, ...] = ()
