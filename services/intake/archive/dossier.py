"""A dossier 档案: one finished matter whole, as one document that nobody may change unseen.

The document is canonical JSON: keys sorted, no spaces, UTF-8, moments in UTC. Its SM3 goes into
the audit chain when it is sealed; a salt in it keeps the hash from telling anything of its words.
Plain values; `store` keeps them.
"""

import json
import secrets
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

from services.intake.case import CLOSED, REFUSED, WITHDRAWN, Case, Entry
from services.intake.figures.counted import CERTIFICATE, OF_KIND
from services.intake.files.case_file import CaseFile
from services.intake.refusal import Refusal
from shared.audit.chain import sm3
from shared.clock import local

FORMAT = 1
FINISHED = (CLOSED, WITHDRAWN, REFUSED)
"""What a day's end finds; nothing more is to be done."""
NOT_ISSUED = "not_issued"
"""Stands for the state of a certificate that was refused at once (A38)."""
A_DAY = 10_000_000_000
"""Places of one day; more than every serial that is ever given."""
SALT_BYTES = 16

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Dossier:
    """A sealed document with what it is found by.

    Attributes:
        edition: 1, and one more each time it was sealed anew: reopened, rated late, erased.
        packed: the document, compressed; sealed by its column.
    """

    number: str
    edition: int
    document: Document
    hash: str
    packed: bytes


def of_case(case: Case, entries: Sequence[Entry], files: Sequence[CaseFile]) -> dict[str, Any]:
    """Everything of a case: what was brought, told, decided and rated, every step, every file."""
    whole = {name: _plain(value) for name, value in asdict(case).items()}
    del whole["archived_at"]
    return _signed(
        {
            "what": "case",
            "case": whole,
            "history": [_plain(asdict(entry)) for entry in entries],
            "files": [_file(file) for file in files],
        }
    )


def of_refusal(refusal: Refusal) -> dict[str, Any]:
    """A written refusal of a certificate, whole."""
    return _signed({"what": "refusal", "refusal": _plain(asdict(refusal))})


def _signed(said: dict[str, Any]) -> dict[str, Any]:
    return {"format": FORMAT, "salt": secrets.token_hex(SALT_BYTES), **said}


def _file(file: CaseFile) -> dict[str, Any]:
    """Where its bytes are and what they were; not the key that opens them."""
    said = _plain(asdict(file))
    return {name: value for name, value in said.items() if name not in ("key", "case_number")}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, bytes):
        return None
    return value


def canonical(document: Document) -> bytes:
    """What the hash is over."""
    return json.dumps(
        document, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    ).encode()


def sealed(number: str, edition: int, document: Document) -> Dossier:
    """The dossier of a document."""
    plain = canonical(document)
    return Dossier(number, edition, document, sm3(plain), zlib.compress(plain, 6))


def opened(packed: bytes) -> tuple[dict[str, Any], str]:
    """A document and its hash, from what was kept.

    Raises:
        ValueError: the bytes are no packed document.
    """
    try:
        plain = zlib.decompress(packed)
        document: dict[str, Any] = json.loads(plain)
    except (zlib.error, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(f"no document: {error}") from error
    return document, sm3(plain)


def place_of(day: date, serial: int) -> int:
    """Where it stands in the archive: by day, and within the day by the order of sealing."""
    return day.toordinal() * A_DAY + serial % A_DAY


def places_of(first: date, last: date) -> tuple[int, int]:
    """From which place on, and before which, the dossiers of these days stand."""
    return first.toordinal() * A_DAY, (last.toordinal() + 1) * A_DAY


def found_by(document: Document) -> dict[str, Any]:
    """The columns a dossier is found and listed by; they follow from the document alone."""
    if document["what"] == "refusal":
        return _of_refusal(document["refusal"])
    return _of_case(document["case"])


def _of_case(case: Mapping[str, Any]) -> dict[str, Any]:
    who = case["applicant"]
    return _found(
        case,
        state=case["state"],
        kind=case["kind"],
        item=case["item"]["code"] if case["item"] else f"{OF_KIND}{case['kind']}",
        way=case["way"],
        owner=(case["owner"]["username"], case["owner"]["name"]),
        day=finished_day(case["closed_at"]),
        who=(who["name"], who["phone"], who["id_no"]),
    )


def _of_refusal(refusal: Mapping[str, Any]) -> dict[str, Any]:
    return _found(
        refusal,
        state=NOT_ISSUED,
        kind="application",
        item=CERTIFICATE,
        way="",
        owner=(refusal["by_username"], refusal["by_name"]),
        day=finished_day(refusal["at"]),
        who=(refusal["applicant_name"], refusal["applicant_phone"], ""),
    )


def _found(said: Mapping[str, Any], **own: Any) -> dict[str, Any]:
    name, phone, id_no = own.pop("who")
    username, owner = own.pop("owner")
    return {
        **{key: said[key] for key in ("number", "title", "community", "channel")},
        **own,
        "owner_username": username,
        "owner_name": owner,
        "applicant_name": name,
        "applicant_phone": phone,
        "applicant_id_no": id_no,
    }


def finished_day(moment: str) -> date:
    """The local day of a moment of a document."""
    return local(datetime.fromisoformat(moment)).date()
