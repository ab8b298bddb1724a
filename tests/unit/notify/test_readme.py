import re

from services.notify import site
from services.notify.values import OF_EVENT

README = (site.HERE / "README.md").read_text(encoding="utf-8")


def test_the_readme_lists_what_each_event_offers() -> None:
    told: dict[str, set[str]] = {name: set() for name in ("case.closed", "case.rated")}
    rows = re.findall(
        r"^\| ((?:case|order|appointment|need)[^|]*)\| ([^|]*)\|$", README, re.MULTILINE
    )
    for names, offered in rows:
        told |= {name.strip(): set(offered.split()) for name in names.split(",")}
    assert told == {event: set(values) for event, values in OF_EVENT.items()}


def test_the_readme_names_files_that_are_there() -> None:
    named = re.findall(r"`(\w+\.py)`", README)
    assert named
    assert [name for name in named if not (site.HERE / name).exists()] == []
