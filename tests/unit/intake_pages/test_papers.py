"""Papers as files: the words are in them, each character has its glyph, the code leads on."""

import html
import io
import re
from dataclasses import replace

import pytest
from fontTools.ttLib import TTFont
from pypdf import PdfReader

from services.intake.desk.pack import desk_of
from services.intake.desk.pack_values import Remedies
from services.intake.papers import pdf as papers_pdf
from services.intake.papers.papers import Block, Paper
from shared.district import District
from shared.track_link import track_url
from tests.unit.intake_pages.browser import MATTER, PHONE

PAPER = Paper(
    "受理回执",
    "淮北市相山区 东街社区",
    "办件编号",
    "XS-202611-0001-10",
    (
        Block(facts=(("办事人", "王**"), ("事由", "高龄津贴申请"))),
        Block("请补齐", names=("户口簿", "本人近期一寸免冠照片"), numbered=True, strong=True),
        Block("您的权利", "六十日内依法申请行政复议。"),
    ),
    ("经办人：周敏", "2026年11月21日"),
    ("（社区盖章）",),
    link="http://127.0.0.1:18999/track/abc",
)
RARE = "亓仉逄訾郗缪妫妘昝麴䶮㛃㙦堃喆犇翀祎玥奡翊琚禤蔸贠亝橤龘𫖯𬱖𬀩𠅤"
"""Surnames and given names that common fonts have not; some beyond the first plane."""


def read(data: bytes) -> str:
    pages = PdfReader(io.BytesIO(data)).pages
    return re.sub(r"\s+", "", "".join(page.extract_text() for page in pages))


def embedded(data: bytes) -> TTFont:
    """The font inside the file."""
    fonts = PdfReader(io.BytesIO(data)).pages[0]["/Resources"]["/Font"]
    described = [font["/DescendantFonts"][0]["/FontDescriptor"] for font in fonts.values()]
    assert len(described) == 1
    return TTFont(io.BytesIO(described[0]["/FontFile2"].get_data()))


def test_every_word_of_a_paper_can_be_read_back():
    text = read(papers_pdf.pdf(PAPER))
    for words in (
        *("受理回执", "淮北市相山区东街社区", "XS-202611-0001-10", "王**", "高龄津贴申请"),
        *(
            "1.户口簿",
            "2.本人近期一寸免冠照片",
            "六十日内依法申请行政复议。",
            "周敏",
            "（社区盖章）",
        ),
    ):
        assert words in text
    assert "〓" not in text


def test_each_character_has_a_glyph_with_an_outline():
    font = embedded(papers_pdf.pdf(PAPER))
    drawn = [name for name in font.getGlyphOrder() if font["glyf"][name].numberOfContours > 0]
    shown = set("受理回执淮北市相山区东街社区办件编号高龄津贴申请户口簿")
    assert len(drawn) >= len(shown)


def test_a_second_paper_has_its_own_glyphs():
    first = read(papers_pdf.pdf(PAPER))
    second = read(papers_pdf.pdf(replace(PAPER, title="一次性告知书")))
    assert "一次性告知书" in second
    assert "一次性告知书" not in first


@pytest.mark.parametrize("char", RARE)
def test_rare_characters_of_names_are_set(char):
    assert papers_pdf.has_glyph(char)


def test_rare_names_come_back_as_they_were_written():
    named = replace(PAPER, blocks=(Block(text=RARE),))
    assert RARE in read(papers_pdf.pdf(named))


def test_every_character_of_gb_18030_level_two_is_there():
    han = [*range(0x4E00, 0x9FA6), *range(0x3400, 0x4DB6)]
    assert [hex(code) for code in han if not papers_pdf.has_glyph(chr(code))] == []


def test_a_character_without_a_glyph_is_named_and_not_dropped():
    unknown = "\U0002b81e"
    assert not papers_pdf.has_glyph(unknown)
    text = read(papers_pdf.pdf(replace(PAPER, left=(f"经办人：王{unknown}",))))
    assert "王〓" in text
    assert "U+2B81E" in text


def test_a_paper_is_a4_on_one_page():
    pages = PdfReader(io.BytesIO(papers_pdf.pdf(PAPER))).pages
    assert len(pages) == 1
    assert (round(pages[0].mediabox.width), round(pages[0].mediabox.height)) == (595, 842)


def test_the_receipt_as_a_file(desk, runtime):
    number = desk.apply("G-01", "申请审批表")
    answer = desk.page(f"/desk/{number}/receipt.pdf")
    assert answer.mimetype == "application/pdf"
    assert f"-{number}.pdf" in answer.headers["Content-Disposition"]
    text = read(answer.data)
    for words in (number, "受理回执", "王**", "138****0000", "周敏", "申请审批表", "12345"):
        assert words in text
    assert PHONE not in text
    assert "王建国" not in text
    assert (
        "Receipt"
        in PdfReader(io.BytesIO(desk.page(f"/desk/{number}/receipt.pdf", lang="en").data))
        .pages[0]
        .extract_text()
    )


def test_the_notice_as_a_file(desk):
    number = desk.apply("G-01", "申请审批表")
    assert desk.page(f"/desk/{number}/notice.pdf").status_code == 404
    desk.step(number, "notice")
    text = read(desk.page(f"/desk/{number}/notice.pdf").data)
    for words in ("一次性告知书", "本人身份证", "户口簿", "前送到"):
        assert words in text


def test_the_refusal_as_a_file_for_its_own_community(desk, elsewhere):
    asked = MATTER | {"kind": "application", "title": "养狗证明", "decision": "refuse"}
    refused = desk.send("/desk/new?kind=application", **asked).location
    text = read(desk.page(f"{refused}/paper.pdf").data)
    for words in ("不予办理告知单", "行政复议", "到公安部门办理养犬登记", "王**"):
        assert words in text
    assert elsewhere.page(f"{refused}/paper.pdf").status_code == 403


REMEDIES = {
    "zh": "对本告知不服的，可以自收到之日起 30 日内依法申请行政复议，"
    "也可以自收到之日起 3 个月内依法向人民法院提起行政诉讼。",
    "en": "If you disagree, you may apply for administrative reconsideration within 30 days, or "
    "bring an administrative action before the people's court within 3 months, of receipt.",
}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_remedies_against_a_refusal_are_those_of_the_pack(desk, runtime, lang):
    asked = MATTER | {"kind": "application", "title": "养狗证明", "decision": "refuse"}
    refused = desk.send("/desk/new?kind=application", **asked).location
    runtime.district = with_remedies(runtime.district, Remedies(30, 3))
    assert REMEDIES[lang] in html.unescape(desk.page(refused, lang=lang).text)
    said = desk.page(refused.replace("/desk/", "/api/intake/"), lang=lang).json
    assert said["remedies"] == REMEDIES[lang]
    desk.send("/desk/archive", "/desk/archive/end")
    dossier = desk.page(refused.replace("/refusals/", "/archive/"), lang=lang).text
    assert REMEDIES[lang] in html.unescape(dossier)


def with_remedies(district: District, remedies: Remedies) -> District:
    """The same district with other remedies in its desk.yml."""
    other = replace(district)
    other.parts[desk_of.__wrapped__] = replace(desk_of(district), remedies=remedies)
    return other


def test_the_code_on_a_paper_opens_the_matter(desk, anyone, runtime):
    number = desk.accept()
    settings = runtime.settings
    link = track_url(settings.public_address, number, settings.secret_key)
    page = desk.page(f"/desk/{number}/receipt").text
    assert "data:image/svg+xml" in page
    assert anyone.page(link.removeprefix(settings.public_address)).status_code == 200
    assert "二维码" in page
