"""Which community an order belongs to, by what the hotline wrote of the place."""

from functools import lru_cache

from services.intake.reason import Reason, msgid
from shared.district import Community, District, once_a_district
from shared.mask import mask_text


def place(community: str, street: str, address: str, district: District) -> str | Reason:
    """The community's code: by code or name, else by a name inside what was written, else why not.

    A name that two streets have is told apart by the street. A street alone names a community only
    where it has one.
    """
    for said in (community, address, street):
        found = _named(said, street, district)
        if len(found) == 1:
            return found[0].code
        if found:
            return _several(found)
    return _unknown(community or address or street)


def _named(said: str, street: str, district: District) -> list[Community]:
    if not said:
        return []
    by_name = _by_name(district)
    best = list(by_name.get(said, ())) or _outermost(
        [one for one in district.communities.values() if _within(one, said)]
    )
    if not best and said == street:
        best = [one for one in district.communities.values() if one.street == said]
    in_street = [one for one in best if one.street and one.street == street]
    return in_street or best


@once_a_district
def _by_name(district: District) -> dict[str, list[Community]]:
    """Every code and name -> whose it is; made once, as most rows say no more than that."""
    names: dict[str, list[Community]] = {}
    for one in district.communities.values():
        for name in dict.fromkeys(_names(one)):
            names.setdefault(name, []).append(one)
    return names


def _within(community: Community, said: str) -> bool:
    return any(name in said for name in _names(community))


@lru_cache(maxsize=4096)
def _names(community: Community) -> tuple[str, ...]:
    return tuple(name for name in (community.code, community.name, community.short_name) if name)


def _outermost(found: list[Community]) -> list[Community]:
    """Of 新村社区 and 东新村社区 inside one text, the one whose name holds the other's."""
    return [one for one in found if not any(_holds(other, one) for other in found)]


def _holds(other: Community, one: Community) -> bool:
    return one.short_name != other.short_name and one.short_name in other.short_name


def _unknown(said: str) -> Reason:
    remedy = msgid("请在“社区”一列填写本区社区的全称或 12 位代码")
    if not said:
        return Reason("community", msgid("没有写社区，也没有写地址"), remedy)
    values = {"said": mask_text(said)[:40]}
    return Reason("community", msgid("从“%(said)s”看不出是哪个社区"), remedy, values)


def _several(found: list[Community]) -> Reason:
    names = "、".join(f"{one.short_name}（{one.street}）" for one in found[:5])
    return Reason(
        "community",
        msgid("可能是几个社区：%(names)s"),
        msgid("请在“社区”一列填写一个，同名的再填街道"),
        {"names": names},
    )
