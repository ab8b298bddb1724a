"""Papers as PDF, on A4, with every glyph inside: they look the same on any machine, and print.

The font is Noto Sans CJK SC without Hangul (`shared/fonts`, SIL OFL 1.1): all Han characters of
the source, so also rare ones of names. A character that even it has not is printed as 〓 and named
by its code below, to be written in by hand: nobody's name is silently changed.
"""

from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path

import segno
from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.enums import TextMode, XPos, YPos
from fpdf.fonts import TTFFont

from services.intake.papers.papers import Block, Paper
from shared.web.i18n import gettext

FONT_FILE = Path(__file__).parents[3] / "shared" / "fonts" / "NotoSansCJKsc-Papers.ttf"
GETA = "〓"
"""What a printer sets for a character it has no type for 下駄."""
_FONT = "paper"
_MARGIN, _CODE = 20.0, 28.0
"""In millimetres, as all lengths here."""
_TITLE, _HEADING, _BODY, _NUMBER = 20, 13, 11, 22
"""In points."""
_LINE = 6.6
_LABEL = 34.0
_GREY = 200


def pdf(paper: Paper) -> bytes:
    """The paper as a PDF file."""
    sheet = _blank()
    sheet.set_title(f"{paper.title} {paper.number}")
    sheet.add_page()
    _head(sheet, paper)
    for block in paper.blocks:
        _block(sheet, block)
    _foot(sheet, paper)
    _unknown(sheet, paper)
    return bytes(sheet.output())


def has_glyph(char: str) -> bool:
    """Whether the font can set this character."""
    return ord(char) in _covered() or char == "\n"


def _blank() -> FPDF:
    """An empty sheet with the font: measuring 33,000 glyphs takes a second, so it is done once."""
    sheet = deepcopy(_ready())
    font = sheet.fonts[_FONT]
    if not isinstance(font, TTFFont):
        raise TypeError(f"fonts: {FONT_FILE.name} was not read as TrueType")
    # Writing a file cuts the font down to what it needs: each has a font of its own.
    font.ttfont = TTFont(FONT_FILE, recalcTimestamp=False, lazy=True)
    return sheet


@cache
def _ready() -> FPDF:
    sheet = FPDF(format="A4")
    sheet.set_margin(_MARGIN)
    sheet.set_auto_page_break(auto=True, margin=_MARGIN)
    sheet.set_creator("Baitong")
    sheet.add_font(_FONT, fname=FONT_FILE)
    return sheet


@cache
def _covered() -> frozenset[int]:
    with TTFont(FONT_FILE, lazy=True) as font:
        return frozenset(font.getBestCmap())


def settable(text: str) -> str:
    """The text with 〓 for what the font has not."""
    return "".join(char if has_glyph(char) else GETA for char in text)


def _head(sheet: FPDF, paper: Paper) -> None:
    if paper.link:
        _qr(sheet, paper.link)
    for size, text in ((_BODY, paper.issuer), (_TITLE, paper.title), (_BODY, paper.number_label)):
        _line(sheet, size, text, align="C")
    _line(sheet, _NUMBER, paper.number, align="C", strong=True)
    sheet.ln(3)


def _qr(sheet: FPDF, link: str) -> None:
    """The code in the upper right corner, as rectangles: sharp at any size."""
    rows = [bytes(row) for row in segno.make(link, error="m", micro=False).matrix]
    side = _CODE / len(rows)
    left, top = sheet.w - _MARGIN - _CODE, _MARGIN - 4
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                sheet.rect(left + x * side, top + y * side, side * 1.02, side * 1.02, style="F")


def _block(sheet: FPDF, block: Block) -> None:
    if block.heading:
        sheet.ln(2)
        _line(sheet, _HEADING, block.heading, strong=True)
    for label, value in block.facts:
        _fact(sheet, label, value)
    if block.text:
        _line(sheet, _BODY, block.text, strong=block.strong)
    for number, name in enumerate(block.names, start=1):
        mark = f"{number}. " if block.numbered else "□ "
        _line(sheet, _BODY, f"{mark}{name}", strong=block.strong)


def _fact(sheet: FPDF, label: str, value: str) -> None:
    top = sheet.get_y()
    sheet.set_font(_FONT, size=_BODY)
    sheet.multi_cell(_LABEL, _LINE, settable(label), align="L", new_x=XPos.RIGHT, new_y=YPos.TOP)
    sheet.multi_cell(0, _LINE, settable(value), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    below = sheet.get_y() + 0.6
    with sheet.local_context(draw_color=_GREY):
        sheet.line(_MARGIN, below, sheet.w - _MARGIN, below)
    sheet.set_y(max(sheet.get_y(), top + _LINE) + 1.6)


def _foot(sheet: FPDF, paper: Paper) -> None:
    sheet.ln(8)
    lines = max(len(paper.left), len(paper.right))
    half = sheet.epw / 2
    sheet.set_font(_FONT, size=_BODY)
    for at in range(lines):
        left = paper.left[at] if at < len(paper.left) else ""
        right = paper.right[at] if at < len(paper.right) else ""
        sheet.cell(half, _LINE, settable(left))
        sheet.cell(half, _LINE, settable(right), new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _unknown(sheet: FPDF, paper: Paper) -> None:
    """Name what has no glyph, so that it is written in by hand."""
    codes = sorted({f"U+{ord(c):04X}" for text in _texts(paper) for c in text if not has_glyph(c)})
    if not codes:
        return
    listed = " ".join(codes)
    told = gettext(
        "“%(mark)s”处的字，字库里没有（%(codes)s），请手写补上。",
        mark=GETA,
        codes=listed,
    )
    sheet.ln(4)
    _line(sheet, _BODY, told)


def _texts(paper: Paper) -> Iterator[str]:
    yield from (paper.title, paper.issuer, paper.number, *paper.left, *paper.right)
    for block in paper.blocks:
        yield from (block.heading, block.text, *block.names)
        for fact in block.facts:
            yield from fact


def _line(sheet: FPDF, size: int, text: str, *, align: str = "L", strong: bool = False) -> None:
    """One paragraph. The font has one weight: what is strong is outlined too."""
    sheet.set_font(_FONT, size=size)
    mode = TextMode.FILL_STROKE if strong else TextMode.FILL
    with sheet.local_context(text_mode=mode, line_width=0.12):
        sheet.multi_cell(
            0,
            max(_LINE, size * 0.5),
            settable(text),
            align=align,
            new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
        )
