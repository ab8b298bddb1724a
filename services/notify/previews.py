"""A text with values in it, without sending: from the contract's example or from given values."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.notify.contact import Contact, contact_of
from services.notify.pack import Book
from services.notify.values import offered, values_for
from services.notify.wording import fill, sms_parts
from shared.contracts import BY_TYPE
from shared.contracts.intake import accepted
from shared.track_link import track_url


@dataclass(frozen=True)
class Preview:
    """A text as its recipient would read it, and how many SMS it would be."""

    subject: str
    body: str
    language: str
    characters: int
    sms_parts: int


class NotOffered(ValueError):
    """A value that the text's event does not offer. ``name`` and what is ``offered`` say more."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        self.name = name
        self.offered = known
        super().__init__(f"{name}: not offered; one of {', '.join(known)}")


def preview(book: Book, name: str, language: str, link: str, given: Mapping[str, str]) -> Preview:
    """Fill in a text.

    Raises:
        KeyError: there is no such text.
        NotOffered: ``given`` names something the text's event does not offer.

    """
    template = book.templates[name]
    event = book.events_of(name)[0]
    for value in given:
        if value not in offered(event):
            raise NotOffered(value, offered(event))
    values = example_values(event, link, language) | dict(given)
    wording = template.wordings[language]
    body = fill(wording.text, values)
    return Preview(fill(wording.subject, values), body, language, len(body), sms_parts(body))


def example_values(event: str, link: str, language: str) -> dict[str, str]:
    """The values that the contract's example gives."""
    contract = next(c for c in BY_TYPE.values() if c.name == event)
    return values_for(event, contract.example, example_contact(), link, language)


def example_contact() -> Contact:
    """The case of the contracts' examples."""
    return contact_of(accepted.example, 1, None)


def example_link(public_address: str, secret: str) -> str:
    """A tracking address as long as a real one, that opens nothing."""
    return track_url(public_address, example_contact().number, f"example{secret}")
