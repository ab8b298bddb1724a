"""Photos and papers of a case: what they are, and the rules of adding and taking away.

Plain values; `handlers` saves them, `actions` keeps their bytes.
"""

from dataclasses import dataclass
from datetime import datetime

from services.intake.case import STATES, Actor, Case
from services.intake.masked import words
from services.intake.reason import Reason, msgid

PHOTO = "photo"
MATERIAL = "material"
KINDS = (PHOTO, MATERIAL)
MOST_FILES = 12
"""A case; what was removed does not count."""
PDF = "application/pdf"


@dataclass(frozen=True)
class CaseFile:
    """One file of a case. Its bytes are sealed in the vault, by its own key.

    Attributes:
        kind: photo or material.
        material: which of the case's materials; empty for a photo, and for another paper.
        size: bytes, as kept.
        sm3: digest of the bytes, as kept.
        name: what the sender's file was called. Personal data, as it may name anybody.
        stored: its name in the vault.
        key: what opens it; empty once it is removed.
        by_username: who added it; empty for the resident.

    """

    id: str
    case_number: str
    kind: str
    material: str
    media_type: str
    size: int
    sm3: str
    name: str
    stored: str
    key: bytes
    by_username: str
    by: str
    at: datetime
    removed_at: datetime | None = None

    @property
    def is_image(self) -> bool:
        """Whether it can be shown, and has a small one of it."""
        return self.media_type.startswith("image/")

    def added_by(self, actor: Actor) -> bool:
        """Whether it is this person's own."""
        return (self.by_username, self.by) == (actor.username, actor.name)


def case_takes_files(case: Case) -> Reason | None:
    """What is archived or withdrawn stays as it is (N: 日终归档)."""
    if case.open:
        return None
    return Reason(
        "state",
        msgid("办件现在是“%(state)s”，不能再增减照片和材料"),
        msgid("需要补充，请先联系首问责任人"),
        {"state": STATES[case.state][0]},
    )


def room_for_one_more(count: int) -> Reason | None:
    """At most MOST_FILES a case: nobody reads more, and nobody fills the disk."""
    if count < MOST_FILES:
        return None
    return Reason(
        "file",
        msgid("一件事最多 %(most)s 个文件，已经满了"),
        msgid("请先移除用不着的，或把几页合成一份 PDF"),
        {"most": MOST_FILES},
    )


def kind_known(kind: str) -> Reason | None:
    """A photo or a material."""
    if kind in KINDS:
        return None
    return Reason("kind", msgid("没有选是照片还是材料"), msgid("请选一种"))


def material_listed(case: Case, kind: str, material: str) -> Reason | None:
    """A material is one of the case's own list, or, unnamed, another paper."""
    listed = {words(case, one.name) for one in case.materials}
    if not material or (kind == MATERIAL and words(case, material) in listed):
        return None
    return Reason(
        "material", msgid("这件事的材料清单里没有它"), msgid("请从清单里选，或选“其他材料”")
    )


def photo_is_a_picture(kind: str, media_type: str) -> Reason | None:
    """A PDF is a paper."""
    if kind != PHOTO or media_type != PDF:
        return None
    return Reason("kind", msgid("PDF 不是照片"), msgid("请选它是哪份材料，没有就选“其他材料”"))


def own_file(file: CaseFile, actor: Actor) -> Reason | None:
    """A resident takes back what they sent, and nothing of the community's."""
    if actor.username or file.added_by(actor):
        return None
    return Reason("file", msgid("这个文件是社区添加的"), msgid("有疑问请联系首问责任人"))
