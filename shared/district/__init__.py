"""A district as data: `load("xiangshan")` reads, checks and returns it. See docs/district-pack.md.

Services read files of their own in the pack with `read_part(district.path, "routing.yml", Schema)`,
once: a function of the district that does so is marked `@once_a_district`.
"""

from shared.district.document import Document, PackError, Problem
from shared.district.loading import DISTRICTS, load
from shared.district.model import (
    Choice,
    Community,
    Department,
    District,
    Fact,
    Grade,
    Item,
    Limit,
    Material,
    NotIssued,
    OutOfScope,
    Rules,
    ServiceHours,
    Staff,
)
from shared.district.parts import every_urgency_listed, once_a_district
from shared.district.reading import read_part

__all__ = [
    "DISTRICTS",
    "Choice",
    "Community",
    "Department",
    "District",
    "Document",
    "Fact",
    "Grade",
    "Item",
    "Limit",
    "Material",
    "NotIssued",
    "OutOfScope",
    "PackError",
    "Problem",
    "Rules",
    "ServiceHours",
    "Staff",
    "every_urgency_listed",
    "load",
    "once_a_district",
    "read_part",
]
