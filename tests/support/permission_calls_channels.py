"""How the addresses of the channels are asked (services/routing/channels)."""

from typing import Any

from tests.support.permission_call import Call


def _routing(endpoint: str, method: str, path: str, **more: Any) -> Call:
    return Call("routing", endpoint, method, path, **more)


ACTS: dict[str, dict[str, Any]] = {
    "offboard": {},
    "rotate": {},
    "resend": {},
    "test": {},
}
"""What is refused (422) where the department's channel is not of the kind: it has a mailbox."""
ONBOARDING = {"kind": "webhook", "address": "https://oa.example.gov.cn/"}

OF_CHANNELS = [
    _routing("channels.list_channels", "GET", "/api/routing/channels"),
    _routing(
        "channels.list_deliveries",
        "GET",
        "/api/routing/channels/{department}/deliveries",
        about="department",
    ),
    _routing("channels.onboard", "POST", "/api/routing/channels/{department}", json=ONBOARDING),
    *(
        _routing(
            f"channels.{verb}",
            "POST",
            f"/api/routing/channels/{{department}}/{verb}",
            json=body,
            answers=(422,),
        )
        for verb, body in ACTS.items()
    ),
    _routing("channel_pages.channels", "GET", "/orders/channels"),
    _routing("channel_pages.channel", "GET", "/orders/channels/{department}", about="department"),
    _routing(
        "channel_pages.manage",
        "POST",
        "/orders/channels/{department}/onboard",
        form=ONBOARDING,
    ),
    *(
        _routing(
            "channel_pages.manage",
            "POST",
            f"/orders/channels/{{department}}/{verb}",
            form=body,
            answers=(422,),
        )
        for verb, body in ACTS.items()
    ),
    # Open to everybody, who then have to prove who they are: by a signature, or a signed link.
    _routing(
        "channels.receive",
        "POST",
        "/api/routing/departments/{department}/webhook",
        json={},
        answers=(401,),
    ),
    _routing("form_pages.form", "GET", "/orders/form/{form}", about="order", shows="order"),
    _routing("form_pages.form", "GET", "/orders/form/{wrong_form}", about="order", answers=(410,)),
    _routing("form_pages.form", "GET", "/orders/form/no-link", answers=(404,)),
    _routing(
        "form_pages.answer",
        "POST",
        "/orders/form/{form}/signed",
        form={"officer": "韩警官"},
        about="order",
    ),
    _routing(
        "form_pages.answer",
        "POST",
        "/orders/form/{wrong_form}/signed",
        form={"officer": "韩警官"},
        about="order",
        answers=(410,),
    ),
    _routing("form_pages.answer", "POST", "/orders/form/no-link/signed", form={}, answers=(404,)),
]
