"""Spreadsheets are read as people make them, and refused with what to do."""

import io
import zipfile
from dataclasses import replace

import pytest
from openpyxl import Workbook

from services.intake.hotline import sheet
from services.intake.reason import Invalid
from tests.unit.intake.hotline.sheets import (
    HEADINGS,
    HOTLINE,
    PLACE,
    line,
    read,
    saved,
    workbook,
)


def texts():
    return ",".join(str(line()[name]) for name in HEADINGS)


def why(data, name="工单.xlsx"):
    with pytest.raises(Invalid) as refused:
        read(data, name)
    (reason,) = refused.value.reasons
    assert reason.remedy
    return reason.text % reason.values


def test_each_kind_of_cell_keeps_what_it_says():
    rows = [line(20261121001, 联系电话=13805610000), line("SL2", 联系电话=13805610000.0)]
    found = read(workbook(rows)).rows
    assert [number for number, _ in found] == [2, 3]
    first = found[0][1]
    assert first["number"] == 20261121001
    assert first["received_at"] == {"at": "2026-11-21T09:12:00"}
    assert found[1][1]["phone"] == 13805610000


def test_titles_above_merged_headings_in_two_rows_and_blank_rows_are_passed_over():
    upper = ["12345 工单 编号*", None, "来电人信息", None, "所属社区", "诉求类型", "诉求内容"]
    upper[0] = "工单编号*"
    lower = [None, "受理时间", "来电人（姓名）", "联系电话：", None, None, None]
    body = [line()[name] for name in HEADINGS]
    rows = [["相山区 12345 工单汇总表"], upper, lower, [None] * 7, body, ["  "], body]
    found = read(saved(rows, merged=("A1:G1", "A2:A3", "C2:D2"))).rows
    assert [number for number, _ in found] == [5, 7]
    assert found[0][1]["phone"] == "13805610000"
    assert found[0][1]["community"] == PLACE.short_name


def test_a_formula_counts_as_what_excel_last_made_of_it():
    found = read(workbook([line(诉求内容='="灯"&"坏"')])).rows
    assert "content" not in found[0][1], "openpyxl made no value, and we make none up"


def test_an_error_of_a_formula_is_told_from_text():
    data = workbook([line(来电人="#N/A")])
    assert read(data).rows[0][1]["name"] == {"error": "#N/A"}


def test_hidden_sheets_are_not_read():
    book = Workbook()
    book.active.sheet_state = "hidden"
    book.active.append(["别的"])
    shown = book.create_sheet("工单")
    shown.append(HEADINGS)
    shown.append([line()[name] for name in HEADINGS])
    out = io.BytesIO()
    book.save(out)
    assert len(read(out.getvalue()).rows) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_text_is_read_in_each_encoding_with_each_mark(encoding, mark):
    text = "\r\n".join((",".join(HEADINGS), texts())).replace(",", mark)
    found = read(text.encode(encoding), "工单.csv").rows
    assert found[0][1]["content"] == "楼道灯不亮"


def test_what_keeps_excel_from_rounding_a_number_is_taken_off():
    row = texts().replace("SL001", '"=""20261121000001234"""')
    found = read(f"{','.join(HEADINGS)}\n{row}\n".encode(), "工单.csv").rows
    assert found[0][1]["number"] == "20261121000001234"


def test_a_column_that_is_missing_is_one_fault_of_the_file():
    assert why(workbook([line()], HEADINGS[:3])) == "没有这些列：联系电话、诉求内容"
    assert why(saved([["别的"], ["表"]])) == "没有找到“工单编号”这一列"


def test_what_is_no_spreadsheet_is_refused_with_what_to_do():
    assert why(b"") == "文件是空的"
    assert why(b"\xd0\xcf\x11\xe0 old") == "这是旧版 .xls，或者加了密码的表格"
    assert why(b"%PDF-1.7", "工单.pdf") == "这不是表格"
    assert why(workbook([line()])[:2000]) == "文件打不开，可能没有传完整"
    assert why(workbook([])) == "表头下面没有内容"
    assert why(b"\xff\xff\xff", "工单.csv") == "文字编码认不出来"


def test_more_rows_than_are_taken_are_refused(monkeypatch):
    data = workbook([line("1"), line("2"), line("3")])
    with pytest.raises(Invalid, match="超过 2 行"):
        sheet.read(data, "工单.xlsx", replace(HOTLINE, most_rows=2))


def test_a_bomb_is_refused_before_it_is_unpacked():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"\0" * 210 * 1024**2)
    assert len(out.getvalue()) < 1024**2
    assert why(out.getvalue()) == "表格太大，处理不了"


def test_entities_that_multiply_are_refused():
    """The billion laughs: openpyxl reads by defusedxml, which takes no entities."""
    laughs = (
        '<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
        '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">&b;</workbook>'
    )
    source, out = io.BytesIO(workbook([line()])), io.BytesIO()
    with zipfile.ZipFile(source) as packed, zipfile.ZipFile(out, "w") as changed:
        for one in packed.infolist():
            data = laughs.encode() if one.filename == "xl/workbook.xml" else packed.read(one)
            changed.writestr(one.filename, data)
    assert why(out.getvalue()) == "文件打不开，可能没有传完整"
