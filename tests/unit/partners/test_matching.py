"""Who is asked, in which order, and why."""

from services.partners.matching import Candidate, rank, why_not

HERE, NEIGHBOUR, ELSEWHERE = "340603002001", "340603002002", "340603009004"
FIXES = {"repair": ("水电小修",)}


def test_nearer_comes_first_and_says_why():
    candidates = [
        Candidate("district", FIXES),
        Candidate("street", FIXES, (HERE, NEIGHBOUR)),
        Candidate("home", FIXES, (HERE,)),
        Candidate("wide", FIXES, (HERE, ELSEWHERE)),
    ]
    found = rank("repair", HERE, candidates)
    assert [m.partner for m in found] == ["home", "street", "district", "wide"]
    assert [str(r) for r in found[0].reasons] == [
        "能提供：水电小修",
        "就在本社区",
        "现在有空，可接 1 件",
    ]


def test_experience_counts_up_to_a_point():
    fresh, some, much, more = (
        Candidate(code, FIXES, (HERE,), done_here=n)
        for code, n in (("fresh", 0), ("some", 3), ("much", 5), ("more", 50))
    )
    found = rank("repair", HERE, [fresh, some, more, much])
    assert [m.partner for m in found] == ["more", "much", "some", "fresh"]
    assert found[0].score == found[1].score
    assert "在本社区办成过 3 件" in [str(r) for r in found[2].reasons]


def test_the_idle_come_before_the_busy():
    busy = Candidate("a-busy", FIXES, (HERE,), capacity=3, carrying=1)
    idle = Candidate("b-idle", FIXES, (HERE,), capacity=3)
    found = rank("repair", HERE, [busy, idle])
    assert [m.partner for m in found] == ["b-idle", "a-busy"]
    assert str(found[1].reasons[-1]) == "手上 1 件，还能接 2 件"


def test_who_does_not_fit_is_not_asked():
    assert why_not("legal", HERE, Candidate("a", FIXES)) == "不提供这类服务"
    assert why_not("repair", ELSEWHERE, Candidate("a", FIXES, (HERE,))) == "不服务这个社区"
    full = Candidate("a", FIXES, capacity=2, carrying=2)
    assert why_not("repair", HERE, full) == "手上的需求已满"
    assert rank("repair", HERE, [full]) == []
