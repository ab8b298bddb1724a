"""How a deadline came about, in words."""

from datetime import date

import pytest
from structlog.testing import capture_logs

from services.routing.limits import Limit
from services.routing.timeline import (
    CONTACTED,
    ClockFact,
)
from services.routing.timeline_words import explain_contact
from shared.workdays import WorkCalendar
from tests.unit.routing.clock_ground import (
    DISPATCHED,
    ENDED,
    KNOWN,
    PAUSED,
    WEATHER,
    end_of,
    extend,
    line_of,
    local,
    pause,
    resume,
    start,
    stop,
    told,
)


def test_what_counted_is_told_so_that_a_person_can_check_it():
    words = told(
        start(9, 24, 9, 10),
        pause(9, 28, 10),
        resume(9, 30, 15),
        extend(10, 9, 15),
        stop(10, 15, 9),
    )
    assert words.deadline == end_of(10, 19)
    assert words.zh == (
        "自 9月24日 09:10 派单起 5 个工作日（次日起算）"
        "；9月28日 10:00 至 9月30日 15:00 因“等待检测鉴定”中止计时"
        "（当时余 4 个工作日，顺延 2 个工作日）"
        "；10月9日 15:00 批准延长 5 个工作日（原定至 10月12日 24:00）"
        "；9月25日 至 9月27日 中秋节放假，不计；10月1日 至 10月7日 国庆节放假，不计"
        "；10月10日 调休上班，计入；至 10月19日 24:00；10月15日 09:00 停止计时。"
    )
    assert words.en == (
        "5 working days from dispatch at 2026-09-24 09:10, counted from the next day"
        "; paused from 2026-09-28 10:00 to 2026-09-30 15:00 because of “Waiting for a test”"
        " (4 working days left then, moved on by 2 working days)"
        "; extended by 5 working days at 2026-10-09 15:00 (before: 2026-10-12 24:00)"
        "; Mid-autumn Festival 2026-09-25 to 2026-09-27 not counted"
        "; National Day 2026-10-01 to 2026-10-07 not counted"
        "; make-up working days counted: 2026-10-10"
        "; until 2026-10-19 24:00; stopped at 2026-10-15 09:00."
    )


def test_holidays_within_a_pause_are_named_for_working_days_are_counted_through_it():
    """5 days and the one gained, from 29 September: only without the holidays it is 12 October."""
    words = told(DISPATCHED, pause(9, 30, 10), resume(10, 8, 10))
    assert "顺延 1 个工作日" in words.zh
    assert "10月1日 至 10月7日 国庆节放假，不计" in words.zh
    assert "10月10日 调休上班，计入；至 10月12日 24:00" in words.zh


def test_a_pause_of_less_than_a_day_says_that_it_gains_nothing():
    words = told(DISPATCHED, pause(9, 29, 23, 58), resume(9, 30, 0, 1))
    assert "（当时余 4 个工作日，累计不足一个工作日，不顺延）" in words.zh
    assert "(4 working days left then, less than a working day in all: it stays)" in words.en


@pytest.mark.parametrize(
    ("facts", "zh", "en"),
    [
        (
            [PAUSED],
            (
                "9月29日 10:00 起因“等待检测鉴定”中止计时（当时余 4 个工作日）"
                "；恢复计时后，中止时间累计每满一个工作日，期限顺延一个工作日。"
            ),
            "it moves on by a working day for every whole one it was paused in all.",
        ),
        (
            [PAUSED, extend(9, 29, 12)],
            (
                "（当时余 4 个工作日）；9月29日 12:00 批准延长 5 个工作日"
                "；恢复计时后，中止时间累计每满一个工作日，期限顺延一个工作日。"
            ),
            "(4 working days left then); extended by 5 working days at 2026-09-29 12:00;",
        ),
        (
            [PAUSED, ENDED, pause(10, 9, 9, why=WEATHER), resume(10, 12, 10)],
            (
                "；10月9日 09:00 至 10月12日 10:00 因“天气等不可抗力”中止计时"
                "（当时余 2 个工作日，顺延 2 个工作日）"
            ),
            "“Weather or force majeure” (2 working days left then, moved on by 2 working days)",
        ),
        (
            [pause(10, 10, 10)],
            (
                "（当天到期）；10月1日 至 10月7日 国庆节放假，不计；10月10日 调休上班，计入"
                "；恢复计时当天 24:00 到期，逢休息日顺延至下一个工作日。"
            ),
            "due at the end of the day it goes on, or of the next working day.",
        ),
        (
            [pause(10, 12, 9)],
            (
                "（当时已超期，期限不变）；10月1日 至 10月7日 国庆节放假，不计"
                "；10月10日 调休上班，计入；至 10月10日 24:00。"
            ),
            "late already, so the deadline stays",
        ),
        (
            [pause(10, 12, 9), extend(10, 13, 9), resume(10, 14, 9)],
            "（当时已超期）；10月13日 09:00 批准延长 5 个工作日",
            "(late already)",
        ),
        (
            [start(10, 15, 9, since="case_reopened")],
            "自 10月15日 09:00 重新办理起 5 个工作日（次日起算）；至 10月22日 24:00。",
            "5 working days from the reopening of the case at 2026-10-15 09:00",
        ),
    ],
)
def test_pauses_and_extensions_in_words(facts, zh, en):
    words = told(DISPATCHED, *facts)
    assert zh in words.zh
    assert en in words.en


@pytest.mark.parametrize(
    ("facts", "zh"),
    [
        (
            [start(9, 30, 16, 30, finish=Limit(hours=24))],
            "自 9月30日 16:30 派单起 24 小时，不分昼夜；至 10月1日 16:30。",
        ),
        (
            [start(9, 30, 16, 30, finish=Limit(hours=24)), extend(10, 1, 9, by=2)],
            (
                "自 9月30日 16:30 派单起 24 小时，不分昼夜"
                "；10月1日 09:00 批准延长 2 个工作日（原定至 10月1日 16:30）"
                "；10月2日 至 10月7日 国庆节放假，不计；至 10月9日 24:00。"
            ),
        ),
        (
            [start(10, 7, 9, finish=Limit(service_hours=4))],
            (
                "自 10月7日 09:00 派单起 4 个服务小时（工作日 08:30 至 17:30）"
                "；10月7日 国庆节放假，不计；至 10月8日 12:30。"
            ),
        ),
        (
            [start(11, 20, 16, 30, finish=Limit(service_hours=4)), pause(11, 20, 17)],
            (
                "自 11月20日 16:30 派单起 4 个服务小时（工作日 08:30 至 17:30）"
                "；11月20日 17:00 起因“等待检测鉴定”中止计时（当时余 3 小时 30 分钟服务时间）"
                "；恢复计时后接着计算余下的 3 小时 30 分钟服务时间。"
            ),
        ),
    ],
)
def test_hours_in_words(facts, zh):
    assert told(*facts).zh == zh


def test_the_contact_clock_in_words():
    facts = [start(9, 30, 23, 30), PAUSED, ClockFact(local(9, 30, 23, 50), CONTACTED)]
    words = explain_contact(line_of(*facts[:1], facts[2]), KNOWN)
    assert words.zh == (
        "自 9月30日 23:30 派单起 1 小时，不分昼夜；至 10月1日 00:30；9月30日 23:50 已联系。"
    )
    in_service = line_of(start(9, 30, 17, contact=Limit(service_hours=1)))
    assert "10月1日 至 10月7日 国庆节放假，不计；至 10月8日 09:00" in (
        explain_contact(in_service, KNOWN).zh
    )


def test_a_calendar_that_is_not_known_is_admitted_and_warned_of():
    calendar = WorkCalendar()
    with capture_logs() as logs:
        words = told(start(12, 29, 16, 30, since="arbitration"), calendar=calendar)
    assert words.deadline == end_of(2027, 1, 5)
    assert words.zh == (
        "自 12月29日 16:30 异议裁定起 5 个工作日（次日起算）"
        "；2027 年放假安排尚未录入，按周一至周五推算；至 2027年1月5日 24:00。"
    )
    assert [entry["event"] for entry in logs] == ["workdays.calendar_unknown"]


def test_a_holiday_of_the_districts_own_table_has_no_name():
    calendar = WorkCalendar(holidays_extra=[date(2026, 11, 24)])
    assert "；11月24日 放假，不计；" in told(start(11, 20, 9), calendar=calendar).zh
