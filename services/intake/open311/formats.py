"""GeoReport's two writings of one answer: JSON and XML.

What is a list in JSON is in XML a root element with one element each, named here.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET  # written only, never read

FORMATS = ("xml", "json")
TYPES = {"json": "application/json; charset=utf-8", "xml": "text/xml; charset=utf-8"}
ITEMS = {
    "services": "service",
    "service_requests": "request",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
    "attributes": "attribute",
    "values": "value",
}
"""An element that holds several -> the name of each of them."""

Value = Mapping[str, Any] | Sequence[Any] | str | int | float | bool | None


def as_json(value: Value) -> str:
    """As JSON, Chinese readable."""
    return json.dumps(value, ensure_ascii=False)


def as_xml(root: str, value: Value) -> bytes:
    """As XML 1.0 in UTF-8."""
    written: bytes = ET.tostring(_element(root, value), encoding="utf-8", xml_declaration=True)
    return written


def _element(name: str, value: Value) -> ET.Element:
    element = ET.Element(name)
    if isinstance(value, Mapping):
        element.extend(_element(key, one) for key, one in value.items())
    elif isinstance(value, str):
        element.text = value
    elif isinstance(value, Sequence):
        element.extend(_element(ITEMS[name], one) for one in value)
    elif value is not None:
        element.text = str(value).lower() if isinstance(value, bool) else str(value)
    return element
