"""Somebody who needs care 重点关爱对象: on the list with their own consent, visited regularly."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from services.intake.reason import Conflict, Reason, allow, msgid


@dataclass(frozen=True)
class CarePerson:
    """One person of the care list, and the grid worker who answers for them first (N, 1-21).

    Attributes:
        groups: codes of the pack's care groups. Sensitive, as some speak of health (PIPL 28).
        needs: what care they need, in words; only with consent.
        consent: ``how`` it was given, ``by`` whom it was taken, ``at`` (ISO 8601); None without
            one, and then neither groups that speak of health nor needs are kept (PIPL 29).
        every_days: how often they are visited at least.

    """

    number: str
    community: str
    grid: str
    name: str
    phone: str
    id_no: str
    address: str
    groups: tuple[str, ...]
    needs: str
    consent: Mapping[str, str] | None
    worker_username: str
    worker_name: str
    every_days: int
    due_at: datetime
    added_by: str
    added_at: datetime
    visited_at: datetime | None = None
    active: bool = True
    ended_at: datetime | None = None
    ended_why: str = ""
    version: int = 1

    def consents_no_more(self, consent: str) -> bool:
        """Whether the consent given before is taken back (PIPL 15); `consent`: how, or empty."""
        return self.consent is not None and not consent

    def visited(self, at: datetime) -> "CarePerson":
        """Somebody was there: the next visit counts from then; an older visit changes nothing."""
        if self.visited_at is not None and at <= self.visited_at:
            return self
        return replace(self, visited_at=at, due_at=at + timedelta(days=self.every_days))

    def end(self, why: str, at: datetime) -> "CarePerson":
        """Take them off the list, and forget who they are and what was sensitive (PIPL 47).

        Raises:
            Conflict: they were taken off before.

        """
        allow(_on_the_list(self), as_=Conflict)
        ended = replace(self, active=False, ended_at=at, ended_why=why)
        nobody = replace(ended, name="", phone="", id_no="", address="")
        return replace(nobody, groups=(), needs="", consent=None)

    def change(self, **values: Any) -> "CarePerson":
        """New values.

        Raises:
            Conflict: they are on the list no more.

        """
        allow(_on_the_list(self), as_=Conflict)
        return replace(self, **values)


def sensitive_with_consent(
    sensitive: bool, needs: str, consent: Mapping[str, str] | None
) -> Reason | None:
    """What speaks of health is kept only with the person's separate consent (PIPL 28 to 31)."""
    if consent is not None or not (sensitive or needs.strip()):
        return None
    return Reason(
        "consent",
        msgid("涉及健康状况的信息要有本人（或监护人）的单独同意才能登记"),
        msgid("请先当面说明用途、征得同意，并选好同意的方式；没有同意就不登记这些内容"),
    )


def as_seen(person: CarePerson, seen: int | None) -> Reason | None:
    """Whoever changes somebody has seen what others changed before; None: not asked."""
    if seen is None or seen == person.version:
        return None
    return Reason(
        "version",
        msgid("您打开这张表以后，这位居民的登记有过改动"),
        msgid("请看过最新的内容再改"),
    )


def _on_the_list(person: CarePerson) -> Reason | None:
    if person.active:
        return None
    return Reason("care", msgid("这位居民已不在关爱名单上"), msgid("请刷新；需要时可重新加入名单"))
