"""Which channels this deployment has, from its variables. What is wrong stops the start."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from services.notify.channels import Channel
from services.notify.channels.inbox import InboxChannel
from services.notify.channels.sms import FORM, JSON, Gateway, SmsChannel
from services.notify.channels.smtp import SmtpChannel
from services.notify.channels.wecom import WeComChannel
from services.notify.message import INBOX, SMS, SMTP, WECOM
from services.notify.wording import Template
from shared.config import BadSetting, Settings
from shared.mail import server_of

SWITCHES = {SMS: "SMS_GATEWAY_URL", WECOM: "WECOM_WEBHOOK_URL", SMTP: "SMTP_URL"}
"""Channel -> the variable that sets it up. The in-app outbox is always there."""

_METHODS = ("POST", "PUT", "GET")
_CONTENT_TYPES = {"json": JSON, "form": FORM}


def names_set_up(settings: Settings) -> tuple[str, ...]:
    """The channels this deployment has; only the in-app outbox in the embedded run."""
    if settings.embedded:
        return (INBOX,)
    return (*(name for name, switch in SWITCHES.items() if settings.channels.get(switch)), INBOX)


def set_up(settings: Settings, templates: Mapping[str, Template]) -> dict[str, Channel]:
    """Make the channels.

    Raises:
        BadSetting: a variable is missing or wrong; the text names it.

    """
    names = names_set_up(settings)
    made: dict[str, Channel] = {INBOX: InboxChannel()}
    if SMS in names:
        codes = {name: template.sms_code for name, template in templates.items()}
        made[SMS] = SmsChannel(gateway_of(settings.channels, codes))
    if WECOM in names:
        made[WECOM] = WeComChannel(_address(settings.channels, "WECOM_WEBHOOK_URL"))
    if SMTP in names:
        made[SMTP] = SmtpChannel(server_of(settings.channels))
    return made


def gateway_of(variables: Mapping[str, str], codes: Mapping[str, str]) -> Gateway:
    """The SMS gateway of the ``SMS_`` variables.

    Raises:
        BadSetting: naming the variable.

    """
    content_type = _CONTENT_TYPES[_one_of(variables, "SMS_GATEWAY_FORMAT", tuple(_CONTENT_TYPES))]
    method = _one_of(variables, "SMS_GATEWAY_METHOD", _METHODS)
    path, equals, wanted = variables.get("SMS_GATEWAY_SUCCESS", "").partition("=")
    if not (path and equals and wanted):
        why = "says not what a success looks like. Give path=value, e.g. code=0"
        raise BadSetting(f"SMS_GATEWAY_SUCCESS: {why}.")
    return Gateway(
        url=_address(variables, "SMS_GATEWAY_URL"),
        method=method,
        content_type=content_type,
        body=_body(variables, json_wanted=content_type == JSON and method != "GET"),
        success=(path, wanted),
        receipt=variables.get("SMS_GATEWAY_RECEIPT", ""),
        retry_codes=frozenset(
            filter(None, variables.get("SMS_GATEWAY_RETRY_CODES", "").split(","))
        ),
        secret=variables.get("SMS_GATEWAY_SECRET", ""),
        signature_header=variables.get("SMS_GATEWAY_SIGNATURE_HEADER", "X-Signature"),
        headers=_headers(variables),
        codes=codes,
    )


def _address(variables: Mapping[str, str], name: str) -> str:
    url = variables[name]
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        # The address may hold a key, so it is not repeated here.
        raise BadSetting(f"{name}: is no web address. Begin it with https:// and a host name.")
    return url


def _one_of(variables: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    value = variables.get(name, choices[0])
    if value not in choices:
        raise BadSetting(f"{name}: {value!r} is not known. Use one of {', '.join(choices)}.")
    return value


def _body(variables: Mapping[str, str], *, json_wanted: bool) -> str:
    body = variables.get("SMS_GATEWAY_BODY", "")
    if "{phone}" not in body or ("{text}" not in body and "{params}" not in body):
        why = "must hold {phone} and {text} (or {params})"
        raise BadSetting(f"SMS_GATEWAY_BODY: {why}. See services/notify/README.md for examples.")
    if json_wanted:
        _json_object(body, "SMS_GATEWAY_BODY")
    return body


def _headers(variables: Mapping[str, str]) -> dict[str, str]:
    given = variables.get("SMS_GATEWAY_HEADERS", "")
    return (
        {str(k): str(v) for k, v in _json_object(given, "SMS_GATEWAY_HEADERS").items()}
        if given
        else {}
    )


def _json_object(text: str, name: str) -> dict[str, Any]:
    try:
        read = json.loads(text)
    except ValueError as error:
        raise BadSetting(f"{name}: is not JSON: {error}. Give a JSON object.") from error
    if not isinstance(read, dict):
        raise BadSetting(f"{name}: is JSON, but no object. Give a JSON object.")
    return read
