"""No catalogue keeps a text that nobody says; and the check is shown able to fail."""

from tests.architecture.checks import ROOT
from tests.architecture.translations import orphaned_translations


def test_every_translated_text_is_said_somewhere() -> None:
    assert orphaned_translations(ROOT) == []


def catalogue(*texts: str) -> str:
    """A .po file with these message ids."""
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n'
    return head + "".join(f'\nmsgid "{text}"\nmsgstr "English"\n' for text in texts)


def test_a_text_that_nobody_says_is_found(tmp_path) -> None:
    said = ("公用部分说的", "代码说的", "页面说的", "数据包说的")
    not_said = ("没有人说的", "例句说的", "别的服务说的")
    files = {
        "shared/web/kit.py": 'KIT = "公用部分说的"\n',
        "shared/web/translations/en.po": catalogue("公用部分说的", "别的服务说的"),
        "services/desk/words.py": 'STATES = {"new": "代码说的"}\n',
        "services/desk/templates/page.html": '<p>{{ _("页面说的") }}</p>\n',
        "services/desk/translations/en.po": catalogue(*said, *not_said),
        "services/other/words.py": 'OTHER = "别的服务说的"\n',
        "districts/here/desk.yml": "ways: [{name: 数据包说的}]\n",
        "districts/here/examples.yml": "examples: [{say: 例句说的}]\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    place = "services/desk/translations/en.po"
    assert orphaned_translations(tmp_path) == [
        f"{place}: nobody says {text}" for text in sorted(not_said)
    ]
