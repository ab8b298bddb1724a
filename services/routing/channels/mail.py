"""A fact goes out as a mail with a signed link to a form: for departments without a system.

A mail passes through many hands. It says what the matter is, its deadlines and where to answer;
who the resident is stands behind the link, and there masked until somebody says why.
"""

import contextlib
import json
import ssl
from collections.abc import Mapping
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from typing import Any

from services.routing.channels.channel import Channel, Delivery, Outcome, Refused, Sent, Unreached
from services.routing.channels.links import form_url
from shared.clock import local, now
from shared.config import Settings
from shared.contracts import routing as facts
from shared.mail import NotReached, NotTaken, hand_over, server_of

SUBJECTS = {
    facts.dispatched.type: "请签收工单",
    facts.reopened.type: "请继续办理工单",
    facts.pressed.type: "督办：请抓紧办理工单",
    facts.late.type: "已超期：请马上办理工单",
    facts.return_refused.type: "退单不成立：请继续办理工单",
    facts.on_site_called.type: "请单位负责人到现场",
    facts.person_corrected.type: "申请人信息有更正：请打开工单看新的联系方式",
}
TEST_SUBJECT = "百通：测试邮件"
TEST_TEXT = "这是百通发来的测试邮件。收到它，说明贵单位的工单邮件能送到这个邮箱，不用回复。\n"


class MailWay:
    """Mails to departments' boxes.

    Raises:
        BadSetting: SMTP_URL or SMTP_FROM.
    """

    def __init__(self, settings: Settings, tls: ssl.SSLContext | None = None) -> None:
        self._settings = settings
        self._server = server_of(settings.channels)
        self._tls = tls or ssl.create_default_context()

    def session(self) -> contextlib.AbstractContextManager[None]:
        """Nothing is kept: mail servers end idle sessions as they like."""
        return contextlib.nullcontext()

    def send(self, _session: Any, channel: Channel, delivery: Delivery) -> Outcome:
        """Mail one fact. Its Message-ID is the event's, so that a second copy is known for one."""
        if delivery.type not in SUBJECTS:
            return Refused(f"mail does not carry {delivery.type}")
        data = json.loads(delivery.body)["data"]
        link = form_url(self._settings, channel, data["number"])
        subject = f"【百通工单】{SUBJECTS[delivery.type]} {data['number']}"
        return self.mail(channel, delivery.event_id, subject, text_of(data, link))

    def mail(self, channel: Channel, event_id: str, subject: str, text: str) -> Outcome:
        """Hand one mail to the server."""
        mail = EmailMessage()
        mail["Subject"] = subject
        mail["From"] = formataddr((self._server.sender_name, self._server.sender))
        mail["To"] = channel.address
        mail["Date"] = format_datetime(local(now()))
        mail["Message-ID"] = f"<{event_id}@{self._server.sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers, please
        mail.set_content(text, charset="utf-8", cte="base64")
        try:
            hand_over(mail, channel.address, self._server, self._tls)
        except NotTaken as error:
            why = f"the mail server answered {error.code}"  # its words may quote the address
            return Refused(why) if error.for_good else Unreached(why)
        except NotReached as error:
            return Unreached(f"{self._server.host}: {error.kind}")
        return Sent()


def text_of(data: Mapping[str, Any], link: str) -> str:
    """What the mail says; of the resident nothing."""
    lines = [f"{data['department_name']}：", ""]
    if "title" in data:
        lines += [f"事由：{data['title']}", f"社区：{data['community']['name']}"]
    if data.get("contact_by"):
        lines.append(f"请在 {_in_words(data['contact_by'])} 前联系居民（不分昼夜）")
    if data.get("clock") == "contact":
        lines.append("联系居民的时限已过，请马上联系")
    elif data.get("due_by"):
        lines.append(f"办结期限：{_in_words(data['due_by'])}")
    lines += [
        f"工单编号：{data['number']}",
        "",
        "查看工单、签收、登记联系和答复，请打开下面的链接，不用登录：",
        link,
        "",
        "链接只供贵单位办这一张工单用，请不要转给别人；工单不在贵单位手上时自动失效。",
        "这封邮件是系统发出的，请不要直接回复。",
    ]
    return "\n".join(lines) + "\n"


def _in_words(iso: str) -> str:
    at = local(datetime.fromisoformat(iso))
    return f"{at.month}月{at.day}日 {at:%H:%M}"
