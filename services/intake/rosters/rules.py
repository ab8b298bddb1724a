"""What may not be done with a rota; each rule returns its reason, or None."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from services.intake.case import Actor
from services.intake.reason import Reason, msgid, spoken
from services.intake.rosters.leave import Leave
from services.intake.rosters.posts import Pack, Post
from services.intake.rosters.shift import Away, Duty

LONGEST_LEAVE = timedelta(days=200)
FURTHEST = timedelta(days=400)


def post_known(pack: Pack, post: str) -> Reason | None:
    """Only posts of the pack."""
    if post in pack.posts:
        return None
    values = {"choices": "、".join(pack.posts)}
    return Reason("post", msgid("没有这个岗"), msgid("请从这些里选：%(choices)s"), values)


def seat_known(post: Post, seat: str) -> Reason | None:
    """Only seats of the post."""
    if post.seat(seat) is not None:
        return None
    values = {"choices": "、".join(one.code for one in post.seats)}
    return Reason("seat", msgid("没有这个岗位"), msgid("请从这些里选：%(choices)s"), values)


def takes_turns(username: str, ring: Collection[str]) -> Reason | None:
    """Only who takes turns at the post."""
    if username in ring:
        return None
    return Reason(
        "username",
        msgid("这位同志不轮这个岗"),
        msgid("请先由社区负责人把这位同志列入轮岗人员"),
    )


def not_on_leave(duty: Duty, away: Collection[Away]) -> Reason | None:
    """Who is away a part of the duty is not put there, by hand no more than by the rota."""
    if duty.username not in {one.username for one in away}:
        return None
    values = {"day": f"{duty.day:%Y-%m-%d}"}
    text = msgid("%(day)s 这位同志请了假")
    return Reason("username", text, msgid("请换一天或换一个人"), values)


def not_over(day: date, today: date) -> Reason | None:
    """What is past is not planned again."""
    if day >= today:
        return None
    return Reason("day", msgid("这一天已经过去了"), msgid("请选今天或以后的日子"))


def not_begun(duty: Duty, now: datetime) -> Reason | None:
    """A duty that has begun stays as it is, and one that was cancelled is gone."""
    if duty.planned and duty.starts_at > now:
        return None
    text = msgid("这一班已经开始、已经过去或已取消")
    return Reason("duty", text, msgid("请选还没开始的班"))


def seat_free(duties: Collection[Duty], day: date, post: str, seat: str) -> Reason | None:
    """One seat, one officer."""
    taken = [one for one in duties if (one.day, one.post, one.seat) == (day, post, seat)]
    if not taken:
        return None
    values = {"name": taken[0].name}
    return Reason("seat", msgid("这个岗位当天已经是%(name)s"), msgid("请先取消那一班"), values)


def one_seat_a_day(duties: Collection[Duty], day: date, post: str, username: str) -> Reason | None:
    """Nobody sits in two seats of one post on a day."""
    taken = [one for one in duties if (one.day, one.post, one.username) == (day, post, username)]
    if not taken:
        return None
    values = {"name": taken[0].name, "seat": taken[0].seat}
    text = msgid("%(name)s当天已经在%(seat)s岗")
    return Reason("username", text, msgid("请换一个人或换一天"), values)


def leave_in_order(begins: datetime, ends: datetime, now: datetime) -> Reason | None:
    """Leave ends after it begins, is not over yet, and is no longer than may be planned."""
    if ends <= begins:
        return Reason("ends_at", msgid("结束要晚于开始"), msgid("请核对日期和时间"))
    if ends <= now:
        return Reason("ends_at", msgid("这段时间已经过去了"), msgid("请核对日期和时间"))
    if ends - begins > LONGEST_LEAVE or begins > now + FURTHEST:
        values = {"days": LONGEST_LEAVE.days}
        text = msgid("一次最多请 %(days)s 天，最早提前一年多")
        return Reason("ends_at", text, msgid("更长的请分开请"), values)
    return None


def not_asked_before(others: Collection[Leave]) -> Reason | None:
    """Nobody is away twice at once."""
    if not others:
        return None
    first = min(others, key=lambda one: one.starts_at)
    values = {"from": spoken(first.starts_at), "to": spoken(first.ends_at), "number": first.number}
    text = msgid("和 %(number)s 重了：%(from)s 到 %(to)s 已经请过")
    return Reason("starts_at", text, msgid("请改时间，或先撤回那一次"), values)


def own(username: str, actor: Actor, *, manages: bool) -> Reason | None:
    """One's own, or one answers for the community."""
    if manages or username == actor.username:
        return None
    return Reason("username", msgid("这是别人的"), msgid("请本人或社区负责人来办"))


def others_duty(duty: Duty, other: str) -> Reason | None:
    """What is wanted in exchange belongs to the other."""
    if duty.username == other:
        return None
    return Reason("other_duty", msgid("这一班不是对方的"), msgid("请刷新值班表，再选一次"))


def same_post(mine: Duty, theirs: Duty) -> Reason | None:
    """A seat at the desk is not swapped for the secretary's day."""
    if mine.post == theirs.post and mine.community == theirs.community:
        return None
    return Reason("other_duty", msgid("两班不是同一个岗"), msgid("请选同一个岗的班"))


def somebody_else(username: str, actor: Actor) -> Reason | None:
    """Nobody swaps with themselves."""
    if username != actor.username:
        return None
    return Reason("other", msgid("不能和自己换班"), msgid("请选别人"))


def as_seen(version: int, seen: int | None) -> Reason | None:
    """Whoever sets somebody's posts has seen what others set before; None: not asked."""
    if seen is None or seen == version:
        return None
    text = msgid("这位同志轮哪些岗、和谁搭档刚刚被改过")
    return Reason("version", text, msgid("请看过最新的再保存"))


def partner_known(username: str, partner: str, here: Collection[str]) -> Reason | None:
    """A pair are two people of one community (0-27)."""
    if not partner or (partner in here and partner != username):
        return None
    return Reason("partner", msgid("搭档要是本社区的另一位同志"), msgid("请重新选择"))
