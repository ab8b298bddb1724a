"""Filing a request: what GeoReport sends becomes a case at the community's desk."""

from collections.abc import Mapping
from typing import Any

from services.intake import handlers
from services.intake.acceptance import Acceptance
from services.intake.case import RESIDENT
from services.intake.handlers import Outcome
from services.intake.models import open311
from services.intake.open311.pack import Offer, Service
from services.intake.reason import Reason, allow, msgid
from shared.db import Transaction
from shared.district import Community, District

CHANNEL = "open311"
KEPT = ("lat", "long", "address_id", "email", "device_id", "account_id", "media_url")
"""What a case has no field for, kept beside it."""


def file_request(tx: Transaction, offer: Offer, given: Mapping[str, str]) -> Outcome:
    """Accept what was reported; whoever is on duty in the community answers for it (N, B14).

    Who that is, is asked behind the one door: the same request sent again after a change of shift
    is still the same.

    Args:
        tx: the transaction.
        offer: what this district takes.
        given: GeoReport's fields, and `key`, the Idempotency-Key.

    Raises:
        Invalid: naming each field that is wrong.
        Conflict: the community has nobody who could answer for it.
    """
    service = offer.services.get(given["service_code"])
    community = community_of(given, tx.district)
    allow(_service_known(service), _community_known(community), _described(given))
    if service is None or community is None:
        raise AssertionError(given["service_code"])  # refused above
    outcome = handlers.accept_case(tx, _acceptance(offer, service, community, given))
    if outcome.case is not None and not outcome.repeated:
        tx.insert(
            open311.requests,
            case_number=outcome.case.number,
            service_code=service.code,
            at=outcome.case.accepted_at,
            given={name: given[name] for name in KEPT if given.get(name)},
        )
    return outcome


def community_of(given: Mapping[str, str], district: District) -> Community | None:
    """The community: by its code in `address_id`, or named in `address_string`, the longest name.

    Coordinates alone do not do: the district has published no boundaries of its communities.
    """
    known = district.communities.get(given.get("address_id", ""))
    if known is not None:
        return known
    said = given.get("address_string", "")
    named = [one for one in district.communities.values() if _named_in(one, said)]
    longest = max((len(one.short_name) for one in named), default=0)
    best = [one for one in named if len(one.short_name) == longest]
    return best[0] if len(best) == 1 else None


def _named_in(community: Community, said: str) -> bool:
    return community.code in said or community.short_name in said


def _acceptance(
    offer: Offer, service: Service, community: Community, given: Mapping[str, str]
) -> Acceptance:
    name = f"{given.get('last_name', '')}{given.get('first_name', '')}".strip()
    return Acceptance(
        actor=RESIDENT,
        community=community.code,
        applicant_name=name,
        phone=given.get("phone", ""),
        title=service.name,
        description=given.get("description", ""),
        kind=offer.kind,
        channel=CHANNEL,
        location=given.get("address_string", ""),
        language=given.get("language", "zh"),
        key=given.get("key", ""),
    )


def _service_known(service: Service | None) -> Reason | None:
    if service is not None:
        return None
    return Reason(
        "service_code", msgid("没有这个服务代码"), msgid("请先取服务目录 services，从里面选")
    )


def _community_known(community: Community | None) -> Reason | None:
    if community is not None:
        return None
    return Reason(
        "address_string",
        msgid("看不出是哪个社区"),
        msgid("请在 address_string 里写出社区名称，或在 address_id 里填 12 位社区代码"),
    )


def _described(given: Mapping[str, Any]) -> Reason | None:
    if str(given.get("description", "")).strip():
        return None
    return Reason("description", msgid("没有写经过"), msgid("请写清看到了什么、在哪里"))
