"""WeCom group robot 企业微信群机器人: 20 messages a minute, texts of 2048 bytes (rules.md)."""

import json
from typing import Any

from services.notify.channels import PermanentFailure, TemporaryFailure
from services.notify.channels.http import Call, ask
from services.notify.channels.pace import Pace
from services.notify.message import WECOM, Message
from services.notify.wording import clip_bytes

TEXT_BYTES = 2048
_OK = 0
_BUSY = frozenset({-1, 45009, 45033})
"""errcode: system busy, called too often, too many at once."""
_WAIT_WHEN_BUSY = 60


class WeComChannel:
    """Posts to the group whose robot ``webhook_url`` is, mentioning the recipient if known."""

    name = WECOM
    at_once = 4
    pace: Pace | None = Pace(count=20, seconds=60)

    def __init__(self, webhook_url: str) -> None:
        self._url = webhook_url

    def send(self, message: Message) -> str:
        """Post the text.

        Raises:
            TemporaryFailure: the robot is not reached or is busy.
            PermanentFailure: the robot refuses the text, or is no longer there.

        """
        body = json.dumps(robot_text(message), ensure_ascii=False).encode()
        answer = ask(Call("POST", self._url, body, {"Content-Type": "application/json"}))
        return _receipt(answer)


def robot_text(message: Message) -> dict[str, Any]:
    """What the robot is sent: the text, cut to 2048 bytes between characters."""
    text: dict[str, Any] = {"content": clip_bytes(message.body, TEXT_BYTES)}
    if message.recipient.phone:
        text["mentioned_mobile_list"] = [message.recipient.phone]
    return {"msgtype": "text", "text": text}


def _receipt(answer: Any) -> str:
    code = answer.get("errcode") if isinstance(answer, dict) else None
    if code == _OK:
        return "errcode 0"
    if not isinstance(code, int):
        said = json.dumps(answer, ensure_ascii=False)[:200]
        raise TemporaryFailure(f"the robot's answer has no errcode: {said}")
    said = f"errcode {code}: {str(answer.get('errmsg', ''))[:200]}"
    if code in _BUSY:
        raise TemporaryFailure(said, _WAIT_WHEN_BUSY)
    raise PermanentFailure(said)
