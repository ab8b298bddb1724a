"""How pages show the files of a case, and the signed links to them.

The case they are given is whole: what senders call their files may name the applicant.
"""

from dataclasses import dataclass
from datetime import datetime

from services.intake import words
from services.intake.case import RESIDENT, Case
from services.intake.files.case_file import MATERIAL, MOST_FILES, PHOTO, CaseFile, case_takes_files
from services.intake.files.store import list_files
from services.intake.masked import words as case_words
from services.intake.pages_common import lang, runtime
from shared.permissions import Place, User, may
from shared.uploads.links import link_to
from shared.web.forms import Form
from shared.web.i18n import gettext, msgid

LISTED = "listed:"
"""Before the name of a material, in the form's choice of what the file is."""
LABELS = {"file": msgid("文件"), "what": msgid("这是什么")}
_MEGABYTE = 1024**2


@dataclass(frozen=True)
class Shown:
    """One file in a list."""

    id: str
    label: str
    name: str
    size: str
    by: str
    at: datetime
    url: str
    preview: str
    removable: bool


@dataclass(frozen=True)
class Listing:
    """The files of a case as one person sees them, and the form for another, if there may be one.

    Attributes:
        base: where the form goes, and below it what is done to one file.
        addable: whether this person may add one now; `full` says that only room is wanting.

    """

    files: list[Shown]
    form: Form
    labels: dict[str, str]
    options: list[tuple[str, str]]
    base: str
    addable: bool
    full: bool


def for_staff(case: Case, user: User, form: Form | None = None) -> Listing | None:
    """What an officer sees; None for who may see no files."""
    place = Place(community=case.community)
    if not may(user, "file.read", place):
        return None
    found, open_ = _files(case), case_takes_files(case) is None
    shown = [
        _shown(
            case, file, staff_link(file, user), removable=open_ and may(user, "file.remove", place)
        )
        for file in found
    ]
    addable = open_ and may(user, "file.add", place)
    return _listing(case, shown, form, f"/desk/{case.number}/files", addable=addable)


def for_resident(case: Case, token: str, form: Form | None = None) -> Listing:
    """What the resident sees: what they sent themselves."""
    open_ = case_takes_files(case) is None
    base = f"/track/{token}/files"
    every = _files(case)
    shown = [
        _shown(case, file, f"{base}/{_link(file, resident_of(case))}", removable=open_)
        for file in every
        if file.added_by(RESIDENT)
    ]
    return _listing(case, shown, form, base, addable=open_, count=len(every))


def staff_link(file: CaseFile, user: User) -> str:
    """Where this person, and nobody else, opens the file for the next ten minutes."""
    return f"/files/{_link(file, staff_of(user))}"


def staff_of(user: User) -> str:
    """Whom a link of the staff is for."""
    return f"staff:{user.username}"


def resident_of(case: Case) -> str:
    """Whom a link of the resident is for: whoever holds the matter's own address."""
    return f"resident:{case.number}"


def chosen(what: str) -> tuple[str, str]:
    """The kind, and the material, of a choice of the form."""
    if what == PHOTO:
        return PHOTO, ""
    return (MATERIAL, what.removeprefix(LISTED)) if what.startswith(LISTED) else (what, "")


def _files(case: Case) -> list[CaseFile]:
    with runtime().database.read() as connection:
        return list_files(connection, case.number)


def _listing(
    case: Case,
    shown: list[Shown],
    form: Form | None,
    base: str,
    *,
    addable: bool,
    count: int | None = None,
) -> Listing:
    options = [(PHOTO, gettext("现场照片"))]
    listed = [case_words(case, material.name) for material in case.materials]
    options += [(f"{LISTED}{name}", name) for name in listed]
    options += [(MATERIAL, gettext("其他材料"))]
    labels = {name: gettext(label) for name, label in LABELS.items()}
    full = (len(shown) if count is None else count) >= MOST_FILES
    asked = form if form is not None else Form()
    return Listing(shown, asked, labels, options, base, addable and not full, addable and full)


def _shown(case: Case, file: CaseFile, url: str, *, removable: bool) -> Shown:
    return Shown(
        file.id,
        _label(file),
        case_words(case, file.name),
        _size(file.size),
        words.person(file.by, lang()),
        file.at,
        url,
        f"{url}?preview=1" if file.is_image else "",
        removable,
    )


def _label(file: CaseFile) -> str:
    if file.material:
        return file.material
    return gettext("现场照片") if file.kind == PHOTO else gettext("其他材料")


def _size(size: int) -> str:
    if size >= _MEGABYTE:
        return f"{size / _MEGABYTE:.1f} MB"
    return f"{max(1, size // 1024)} KB"


def _link(file: CaseFile, who: str) -> str:
    return link_to(file.id, who, runtime().settings.secret_key)
