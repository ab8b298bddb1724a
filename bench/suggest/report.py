"""The report in Markdown: first choice, top three, by department, calibration, confusion."""

from collections import Counter
from collections.abc import Iterable, Sequence

from bench.suggest.measure import Answer, bands, share
from shared.district import District


def section(title: str, answers: Sequence[Answer], district: District) -> str:
    """Everything about one set of utterances."""
    return "\n\n".join(
        [
            f"## {title}",
            _summary(answers),
            "By department:",
            _by_department(answers, district),
            "Calibration: a first choice with a score of 0.8 should be right four times in five.",
            _calibration(answers),
            "Confusion: what was said (rows), what was suggested first (columns).",
            _confusion(answers, district),
        ]
    )


def _summary(answers: Sequence[Answer]) -> str:
    first, three = share(one.first for one in answers), share(one.among_three for one in answers)
    return (
        f"{len(answers)} utterances: first choice right {_percent(first)}, among the first three "
        f"{_percent(three)}, nothing suggested {sum(not one.ranked for one in answers)}."
    )


def _by_department(answers: Sequence[Answer], district: District) -> str:
    rows = []
    for code, department in district.departments.items():
        mine = [one for one in answers if one.department == code]
        if mine:
            first, three = share(one.first for one in mine), share(one.among_three for one in mine)
            name = f"{code} {department.short}"
            rows.append([name, str(len(mine)), _percent(first), _percent(three)])
    return _table(["department", "utterances", "first choice", "first three"], rows)


def _calibration(answers: Sequence[Answer]) -> str:
    rows = [
        [
            f"{band.low:.1f}–{band.high:.1f}",
            str(band.answers),
            f"{band.score:.2f}",
            f"{band.right:.2f}",
        ]
        for band in bands(answers)
    ]
    return _table(["score", "first choices", "mean score", "share right"], rows)


def _confusion(answers: Sequence[Answer], district: District) -> str:
    codes = [
        code for code in district.departments if any(one.department == code for one in answers)
    ]
    counted = Counter((one.department, one.ranked[0] if one.ranked else "") for one in answers)
    rows = [
        [
            code,
            *(str(counted[code, other] or "·") for other in codes),
            str(counted[code, ""] or "·"),
        ]
        for code in codes
    ]
    return _table(["", *codes, "none"], rows)


def _percent(part: float) -> str:
    return f"{part * 100:.1f} %"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
