"""A dossier, and a day's end, as they stand on paper; a page and a PDF show the same."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from services.intake import words
from services.intake.archive.dossier import Document
from services.intake.archive.queries_report import Report
from services.intake.case import Entry
from services.intake.desk.pack import desk_of
from services.intake.figures.counted import OF_KIND
from services.intake.figures.present_labels import item_label
from services.intake.pages_common import (
    day_with_year,
    full_day,
    lang,
    named,
    named_choice,
    runtime,
    state_word,
)
from services.intake.papers.papers import Block, Paper
from services.intake.papers.remedies import NOTICE, remedy_words
from shared.web.i18n import gettext, msgid

Facts = tuple[tuple[str, str], ...]


def dossier_paper(document: Document, seal: Mapping[Any, Any]) -> Paper:
    """A dossier whole, or masked, as the document is; `seal` is its row."""
    case = document["what"] == "case"
    said = document["case"] if case else document["refusal"]
    blocks = _of_case(document) if case else _of_refusal(said)
    return Paper(
        gettext("办件档案"),
        _issuer(said["community_name"]),
        gettext("办件编号"),
        said["number"],
        (*blocks, _seal(seal)),
        left=(gettext("封存：%(name)s", name=_who(seal["sealed_by"])),),
        right=(full_day(seal["sealed_at"], clock=True),),
    )


def _of_case(document: Document) -> Iterator[Block]:
    case = document["case"]
    yield Block(facts=_known(_facts(case)))
    if case["description"] or case["result"]:
        yield Block(
            gettext("内容和结果"),
            facts=_known(
                (
                    (gettext("反映的内容"), case["description"]),
                    (gettext("地点"), case["location"]),
                    (gettext("办理结果"), case["result"]),
                )
            ),
        )
    yield from _materials(case)
    if case["rating"]:
        yield Block(gettext("评价"), facts=_known(_rating(case["rating"])))
    if document["files"]:
        names = tuple(_file(one) for one in document["files"])
        yield Block(gettext("照片和材料"), names=names)
    told = [_line(entry) for entry in document["history"]]
    yield Block(gettext("流转轨迹"), names=tuple(told), numbered=True)


def _facts(case: Mapping[str, Any]) -> Facts:
    who = case["applicant"]
    return (
        (gettext("办事人"), "\u3000".join(part for part in who.values() if part)),
        (gettext("事由"), case["title"]),
        (gettext("事项"), _item(case)),
        (gettext("状态"), state_word(case["state"])),
        (gettext("渠道"), named_choice("channels", case["channel"])),
        (gettext("首问责任人"), case["owner"]["name"]),
        (gettext("受理时间"), _time(case["accepted_at"])),
        (gettext("办理期限"), _time(case["due_at"])),
        (gettext("办结时间"), _time(case["resolved_at"])),
        (gettext("归档或撤回时间"), _time(case["closed_at"])),
        (gettext("信息删除时间"), _time(case["erased_at"])),
    )


def _item(case: Mapping[str, Any]) -> str:
    """As it was called when the case was accepted: the catalogue may have it no more."""
    item = case["item"]
    if not item:
        return item_label(f"{OF_KIND}{case['kind']}")
    return str(item["name_en"] if lang() == "en" and item["name_en"] else item["name"])


def _materials(case: Mapping[str, Any]) -> Iterator[Block]:
    here, missing = msgid("%(name)s（已收）"), msgid("%(name)s（未收）")
    names = tuple(
        gettext(here if received else missing, name=name)
        for name, received in ((one["name"], one["received"]) for one in case["materials"])
    )
    if names:
        yield Block(gettext("材料"), names=names)
    if case["notice"] and case["notice"]["missing"]:
        given = gettext("一次性告知书（%(at)s）", at=_time(case["notice"]["at"]))
        yield Block(given, names=tuple(case["notice"]["missing"]), numbered=True)
    if case["promise"] and case["promise"]["materials"]:
        given = gettext("容缺承诺（%(day)s前补交）", day=_time(case["promise"]["due"]))
        yield Block(given, names=tuple(case["promise"]["materials"]))
    if case["refused"]:
        refused = case["refused"]
        yield Block(gettext("不予办理"), refused["reason"])


def _rating(rating: Mapping[str, Any]) -> Facts:
    grades = {grade.score: grade for grade in runtime().district.rules.grades}
    grade = grades.get(rating["grade"])
    name = (grade.name_en if lang() == "en" else grade.name) if grade else str(rating["grade"])
    return (
        (gettext("等级"), name),
        (gettext("评价内容"), rating["comment"]),
        (gettext("时间"), _time(rating["at"])),
    )


def _file(file: Mapping[str, Any]) -> str:
    """A file by its digest, by which the kept bytes are known to be the same."""
    name, size, digest = file["material"] or file["name"], file["size"], file["sm3"]
    name = name or gettext("照片")
    return gettext("%(name)s，%(size)s 字节，SM3 %(digest)s", name=name, size=size, digest=digest)


def _line(said: Mapping[str, Any]) -> str:
    at = datetime.fromisoformat(said["at"])
    entry = Entry(at, said["who"], said["action"], said["data"], said["seq"])
    who = words.person(entry.who, lang())
    return f"{full_day(at, clock=True)}\u3000{who}\u3000{words.sentence(entry, lang())}"


def _of_refusal(refusal: Mapping[str, Any]) -> Iterator[Block]:
    who = "\u3000".join((refusal["applicant_name"], refusal["applicant_phone"])).strip()
    yield Block(
        facts=_known(
            (
                (gettext("申请人"), who),
                (gettext("要开的证明"), refusal["name"]),
                (gettext("事由"), refusal["title"]),
                (gettext("说明"), refusal["description"]),
                (gettext("渠道"), named_choice("channels", refusal["channel"])),
                (gettext("经办人"), refusal["by_name"]),
                (gettext("告知时间"), _time(refusal["at"])),
                (gettext("信息删除时间"), _time(refusal["erased_at"])),
            )
        )
    )
    yield Block(gettext("告知的办法"), refusal["redirect"])
    yield Block(gettext("告知的权利"), remedy_words(desk_of(runtime().district).remedies, NOTICE))


def _seal(seal: Mapping[Any, Any]) -> Block:
    return Block(
        gettext("封存"),
        gettext("内容有任何改动，重新计算的指纹都会和审计链里记下的不同。"),
        facts=(
            (gettext("第几次封存"), str(seal["edition"])),
            (gettext("指纹（SM3）"), seal["hash"]),
        ),
    )


def report_paper(report: Report, made_at: datetime, made_by: str) -> Paper:
    """The end-of-day report of a community."""
    community = runtime().district.communities.get(report.community)
    name = community.name if community else report.community
    return Paper(
        gettext("日终归档报告"),
        _issuer(name),
        gettext("日期"),
        day_with_year(report.day),
        tuple(_day(report)),
        left=(gettext("报告人：%(name)s", name=_who(made_by)),),
        right=(full_day(made_at, clock=True),),
    )


def _day(report: Report) -> Iterator[Block]:
    counts = report.counts
    yield Block(
        gettext("今天"),
        _completed(report),
        facts=(
            (gettext("受理"), str(counts["accepted"])),
            (gettext("已办结"), str(counts["done"])),
            (gettext("其中当场办结"), str(counts["on_spot"])),
            (gettext("已撤回"), str(counts["withdrawn"])),
            (gettext("不予办理、不予出具"), str(counts["refused"])),
            (gettext("封存档案"), str(report.archived)),
        ),
    )
    if report.ways:
        ways = tuple((way_label(way), str(count)) for way, count in report.ways.items())
        yield Block(gettext("办结的怎么办的"), facts=ways)
    yield Block(
        gettext("还在办"),
        facts=_known(
            (
                (gettext("还在办的"), str(report.open)),
                (gettext("已超期"), str(report.late)),
                (gettext("等居民补材料"), str(report.notices)),
                (gettext("容缺承诺没有兑现"), str(report.promises)),
                (gettext("最近的承诺期限"), _moment(report.promised_until)),
            )
        ),
    )
    if report.owners:
        names = tuple(
            gettext(
                "%(name)s：%(open)s 件，超期 %(late)s 件",
                name=one.name,
                open=one.open,
                late=one.late,
            )
            for one in report.owners
        )
        yield Block(gettext("谁还负责着"), names=names)
    if report.kept:
        yield Block(gettext("已办结、今天没有归档的"), names=tuple(map(_kept, report.kept)))
    if report.unsealed:
        yield Block(
            gettext("没能封存的"),
            gettext("别的都已封存；这几件留着，下一次日终归档会再试。"),
            names=tuple(map(_kept, report.unsealed)),
        )


def _completed(report: Report) -> str:
    if report.completed_at is None:
        return ""
    at = full_day(report.completed_at, clock=True)
    return gettext("报告之后到当天 24 时办的已补记（%(at)s）；还在办的仍是报告时的情况。", at=at)


def _kept(kept: Mapping[str, Any]) -> str:
    text, values = kept["text"], kept["values"]
    why = gettext(text, **values)
    return f"{kept['number']}\u3000{kept['owner']}\u3000{why}"


def way_label(way: str) -> str:
    """What a way of handling is called; one that the pack no longer has, as it is."""
    known = {one.code: one for one in desk_of(runtime().district).ways}
    if not way:
        return gettext("没有登记方式")
    return named(known[way]) if way in known else way


def _issuer(community: str) -> str:
    district = runtime().district
    return f"{district.name_en if lang() == 'en' else district.full_name} {community}"


def _who(name: str) -> str:
    return words.person(name, lang())


def _known(facts: Facts) -> Facts:
    return tuple((label, value) for label, value in facts if value)


def _time(moment: str | None) -> str:
    return full_day(datetime.fromisoformat(moment), clock=True) if moment else ""


def _moment(moment: datetime | None) -> str:
    return full_day(moment) if moment else ""
