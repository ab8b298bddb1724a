"""Make the font of the papers from Noto Sans CJK: ``python -m tools.paper_font NotoSansCJK.ttc``.

The source holds what five regions write; papers need one region's glyphs, without Hangul, hinting
and layout features, and as TrueType, which every printer knows: a sixth of the size. Takes some
minutes; run it only for a new version of the source.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTCollection, TTFont, newTable

TARGET = Path(__file__).parents[1] / "shared" / "fonts" / "NotoSansCJKsc-Papers.ttf"
FAMILY = "Noto Sans CJK SC"
HANGUL = (
    (0x1100, 0x11FF),
    (0x3130, 0x318F),
    (0x3200, 0x321F),
    (0x3260, 0x327F),
    (0xA960, 0xA97F),
    (0xAC00, 0xD7FF),
)
LEFT_OUT = ["VORG", "vhea", "vmtx", "BASE", "GPOS", "GSUB", "DSIG"]
_ERROR = 2.0
"""How far, in thousandths of the em, a converted outline may be off."""
_FULL_NAME = 4
_TRUETYPE = "\000\001\000\000"
_COUNTS = (
    "maxTwilightPoints",
    "maxStorage",
    "maxFunctionDefs",
    "maxInstructionDefs",
    "maxStackElements",
    "maxSizeOfInstructions",
    "maxComponentElements",
)


def main(source: Path, target: Path = TARGET) -> None:
    """Write the subset of ``source``, an OpenType collection, to ``target``."""
    fonts = TTCollection(source).fonts
    font = next(f for f in fonts if f["name"].getDebugName(_FULL_NAME) == FAMILY)
    _cut(font)
    _to_truetype(font)
    font.save(target)


def _cut(font: TTFont) -> None:
    options = subset.Options(layout_features=[], hinting=False)
    options.name_IDs = ["*"]
    options.drop_tables += LEFT_OUT
    kept = {code for code in font.getBestCmap() if not _hangul(code)}
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=kept)
    subsetter.subset(font)


def _hangul(code: int) -> bool:
    return any(first <= code <= last for first, last in HANGUL)


def _to_truetype(font: TTFont) -> None:
    order, drawn = font.getGlyphOrder(), font.getGlyphSet()
    glyphs = {}
    for name in order:
        pen = TTGlyphPen(None)
        drawn[name].draw(Cu2QuPen(pen, _ERROR, reverse_direction=True))
        glyphs[name] = pen.glyph()
    font["loca"] = newTable("loca")
    outlines = font["glyf"] = newTable("glyf")
    outlines.glyphOrder, outlines.glyphs = order, glyphs
    del font["CFF "]
    outlines.compile(font)
    for name, glyph in glyphs.items():
        if hasattr(glyph, "xMin"):
            font["hmtx"][name] = (font["hmtx"][name][0], glyph.xMin)
    _headers(font, order)


def _headers(font: TTFont, order: list[str]) -> None:
    sizes, names = font["maxp"], font["post"]
    sizes.tableVersion, sizes.maxZones = 0x00010000, 1
    for count in _COUNTS:
        setattr(sizes, count, 0)
    names.formatType, names.extraNames, names.mapping, names.glyphOrder = 3.0, [], {}, order
    font.sfntVersion = _TRUETYPE


if __name__ == "__main__":
    main(Path(sys.argv[1]))
