"""The links on paper that was given out: they open for as long as the secret is the same."""

from shared import booking_link, track_link

NUMBER, SECRET = "XS-261121-00042-7", "k"
PRINTED = "IlhTLTI2MTEyMS0wMDA0Mi03Ig.UlPVUPL0x4FwSeGReXlAf3QIy9U"
BOOKED = "IlhTLTI2MTEyMS0wMDA0Mi03Ig.BxG31wbbtTbGKHoztWppmxP5WJU"


def test_what_was_printed_still_opens():
    assert (
        track_link.number_of(PRINTED, SECRET) == booking_link.booking_of(BOOKED, SECRET) == NUMBER
    )
    assert track_link.track_url("", NUMBER, SECRET) == f"/track/{PRINTED}"
    assert booking_link.booking_url("", NUMBER, SECRET) == f"/book/of/{BOOKED}"


def test_neither_kind_opens_the_other_and_nothing_else_opens_either():
    for token in (BOOKED, PRINTED[:-1], NUMBER, ""):
        assert track_link.number_of(token, SECRET) is None
    for token in (PRINTED, BOOKED[:-1], NUMBER, ""):
        assert booking_link.booking_of(token, SECRET) is None
    assert track_link.number_of(PRINTED, "another secret") is None
