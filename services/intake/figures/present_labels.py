"""What figures and dossiers are told apart by, in the reader's words."""

from services.intake.figures.counted import CERTIFICATE, OF_KIND
from services.intake.pages_common import named, named_choice, offered, runtime
from shared.web.i18n import gettext


def item_label(code: str) -> str:
    """An item's name; of what is no item, the kind; a code nobody knows any more, as it is."""
    if code == CERTIFICATE:
        return gettext("不予出具的证明")
    if code.startswith(OF_KIND):
        return named_choice("kinds", code.removeprefix(OF_KIND))
    known = offered().items.get(code)
    return named(known) if known is not None else code


def community_label(code: str) -> str:
    """A community's name."""
    known = runtime().district.communities.get(code)
    return known.short_name if known is not None else code


def channel_label(code: str) -> str:
    """A channel's name."""
    return named_choice("channels", code)


def item_options() -> list[tuple[str, str]]:
    """Every item and kind, for a select."""
    district = offered()
    kinds = [(f"{OF_KIND}{kind.code}", named(kind)) for kind in district.rules.kinds]
    items = [(code, f"{code} {named(item)}") for code, item in district.items.items()]
    return [*kinds, (CERTIFICATE, item_label(CERTIFICATE)), *items]


def community_options() -> list[tuple[str, str]]:
    """Every community, for a select."""
    return [(code, one.short_name) for code, one in runtime().district.communities.items()]


def channel_options() -> list[tuple[str, str]]:
    """Every channel, for a select."""
    return [(one.code, named(one)) for one in runtime().district.rules.channels]
