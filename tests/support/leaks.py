"""People who cannot be overlooked, and the search for them wherever they must not be.

Every free text of the story (`leak_story`) gets people of its own, so that what is found somewhere
names the field it came from. All names, numbers and places are made up; each begins with a stem
that stands nowhere else, and is found in whatever writing: UTF-8, UTF-16, JSON's escapes, HTML's,
addresses', base64 and quoted-printable.
"""

import base64
import quopri
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from urllib.parse import quote

APPLICANT, PHONE, LANDLINE, ID, THIRD, PLACE, ILLNESS = (
    "applicant",
    "phone",
    "landline",
    "id",
    "third person",
    "place",
    "illness",
)
REACHING = frozenset({APPLICANT, PHONE, LANDLINE, ID})
"""Kinds that name or reach a person by themselves: masked wherever no reason was given."""
WORDS = frozenset({THIRD, PLACE, ILLNESS})
"""What no mask can tell from other words; only sealing and permissions keep it."""
ALL = REACHING | WORDS
STEMS = {
    APPLICANT: "欧阳晓",
    PHONE: "19988004",
    LANDLINE: "0561-3987",
    ID: "34060319500307",
    THIRD: "尉迟筱",
    PLACE: "槐米巷",
    ILLNESS: "克雅病",
}
"""kind -> what all of this kind begin with."""
_FIRST_SIGN = 0x6A0A
"""樊: from here on each free text has a sign of its own in its people's names."""
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CONTEXT = 24


def identity_number(sequence: int) -> str:
    """A valid identity number (GB 11643) of somebody who does not exist."""
    digits = f"{STEMS[ID]}{sequence:03}"
    total = sum(int(d) * w for d, w in zip(digits, _WEIGHTS, strict=True))
    return digits + "10X98765432"[total % 11]


@dataclass(frozen=True)
class Planted:
    """The people of one free text."""

    field: str
    pieces: Mapping[str, str]

    def told_by(self, whom: str = "") -> str:
        """A text of somebody who tells everything; short enough for the shortest field.

        Args:
            whom: the applicant of its case, whom the text names too.
        """
        said = self.pieces
        return (
            f"{whom}（{said[PHONE]}、{said[LANDLINE]}，身份证{said[ID]}）"
            f"住{said[PLACE]}，患{said[ILLNESS]}，常与{said[THIRD]}争吵"
        )

    def __getitem__(self, kind: str) -> str:
        return self.pieces[kind]


class People:
    """Gives each free text its people, and knows them again."""

    def __init__(self) -> None:
        self.by_field: dict[str, Planted] = {}

    def of(self, field: str) -> Planted:
        """The people of this free text, always the same; an applicant where it is one's field."""
        if field not in self.by_field:
            self.by_field[field] = self._new(field)
        return self.by_field[field]

    def _new(self, field: str) -> Planted:
        n = len(self.by_field)
        sign = chr(_FIRST_SIGN + n)
        tails = {
            APPLICANT: sign,
            PHONE: f"{n:03}",
            LANDLINE: f"{n:03}",
            THIRD: sign,
            PLACE: f"{4000 + n}号",
            ILLNESS: f"{sign}型",
        }
        made = {kind: STEMS[kind] + tail for kind, tail in tails.items()}
        return Planted(field, made | {ID: identity_number(n)})

    def found_in(self, data: bytes) -> Iterator[tuple[str, str, str]]:
        """Each person that can be read in the bytes: field, kind, and what stands around it."""
        for kind, stem in STEMS.items():
            for which, writing in enumerate(writings(stem)):
                if writing not in data:
                    continue
                named = {
                    field: writings(one[kind])[which]
                    for field, one in self.by_field.items()
                    if writings(one[kind])[which] in data
                }
                for field, found in (named or {"?": writing}).items():
                    yield field, kind, _around(data, found)


@dataclass(frozen=True, order=True)
class Leak:
    """Somebody who can be read where they must not be."""

    place: str
    field: str
    kind: str
    around: str

    def __str__(self) -> str:
        return f"{self.place}: the {self.kind} of {self.field}: …{self.around}…"


@dataclass(frozen=True)
class Allowed:
    """A place where some may be read, and why. Empty: any. ``place`` is how the place begins."""

    place: str
    fields: tuple[str, ...]
    kinds: frozenset[str]
    why: str

    def covers(self, leak: Leak) -> bool:
        """Whether this is one of those."""
        return (
            leak.place.startswith(self.place)
            and (not self.fields or leak.field in self.fields)
            and leak.kind in self.kinds
        )


def leaks(
    people: People, places: Iterable[tuple[str, bytes]], allowed: Iterable[Allowed] = ()
) -> list[Leak]:
    """Whoever can be read in these places and is not allowed there, each once a place."""
    rules = tuple(allowed)
    found = {
        (place, field, kind): Leak(place, field, kind, around)
        for place, data in places
        for field, kind, around in people.found_in(data)
    }
    return sorted(one for one in found.values() if not any(rule.covers(one) for rule in rules))


def told(found: Iterable[Leak]) -> str:
    """The leaks, a line each."""
    return "\n".join(map(str, found))


def files_below(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file's name and bytes, the databases' journals among them; the name is data too."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name = str(path.relative_to(folder))
            yield name, name.encode() + b"\n" + path.read_bytes()


@cache
def writings(text: str) -> tuple[bytes, ...]:
    """The text as bytes, in every writing that something here might choose, in the same order."""
    escaped = _with(text, lambda sign: f"\\u{ord(sign):04x}")
    numbered = _with(text, lambda sign: f"&#{ord(sign)};")
    octets = _with(text, lambda sign: repr(sign.encode())[2:-1])
    plain = [text, text.encode("utf-16-le"), text.encode("utf-16-be"), quote(text), escape(text)]
    if not text.isascii():
        plain += [escaped, _with(text, lambda sign: f"\\u{ord(sign):04X}"), numbered, octets]
        plain += [quote(text).lower(), quopri.encodestring(text.encode())]
    else:
        plain += [f"{text[:3]} {text[3:7]} {text[7:]}".strip(), text.replace("-", "")]
    as_bytes = [one.encode() if isinstance(one, str) else one for one in plain]
    return (*as_bytes, *_base64(text.encode()))


def _with(text: str, write: Callable[[str], str]) -> str:
    """The text with what is no ASCII written in this way."""
    return "".join(sign if sign.isascii() else write(sign) for sign in text)


def _base64(data: bytes) -> Iterator[bytes]:
    """What stays of it in base64, wherever in a longer text it stands."""
    for ahead in range(3):
        coded = base64.b64encode(b"\0" * ahead + data)
        whole = (ahead + len(data)) // 3 * 4
        yield coded[(0, 2, 3)[ahead] : whole]


def _around(data: bytes, writing: bytes) -> str:
    at = data.index(writing)
    piece = data[max(0, at - _CONTEXT) : at + len(writing) + _CONTEXT]
    return piece.decode("utf-8", "replace").replace("\n", " ")
