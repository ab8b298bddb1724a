"""What to bring: the item's list as the catalogue has it, nothing more and nothing less."""

from shared.district import District, Material


def names(district: District, item: str, *, english: bool = False) -> list[str]:
    """Each as it is told: what is not always needed with the case in which it is."""
    return [_told(material, english=english) for material in to_bring(district, item)]


def _told(material: Material, *, english: bool) -> str:
    if material.required:
        return material.name
    return (
        f"{material.name} (if it applies)"
        if english
        else f"{material.name}（{material.when or '需要时'}）"
    )


def to_bring(district: District, item: str) -> tuple[Material, ...]:
    """The materials of an item; none for a matter that is not in the catalogue."""
    found = district.items.get(item)
    return tuple(found.materials) if found else ()
