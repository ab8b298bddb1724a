"""Settings of a deployed service: secrets in the environment or in files."""

import pytest

from shared.config import BadSetting, deployed, log_level
from tests.support.keys import DATA_KEYS

GIVEN = {
    "DATABASE_URL": "postgresql+psycopg://intake@postgres/intake",
    "AMQP_URL": "amqp://baitong@rabbitmq:5672//",
    "SECRET_KEY": "a key",
    "DATA_KEYS": DATA_KEYS,
}


def test_passwords_in_files_are_put_into_the_addresses(tmp_path):
    (tmp_path / "database").write_text("p@ss/w:rd\n", encoding="utf-8")
    (tmp_path / "amqp").write_text("百通", encoding="utf-8")
    files = {
        "DATABASE_PASSWORD_FILE": str(tmp_path / "database"),
        "AMQP_PASSWORD_FILE": str(tmp_path / "amqp"),
    }
    settings = deployed(GIVEN | files)
    assert settings.database_url == "postgresql+psycopg://intake:p%40ss%2Fw%3Ard@postgres/intake"
    assert settings.amqp_url == "amqp://baitong:%E7%99%BE%E9%80%9A@rabbitmq:5672//"


def test_a_key_may_stand_in_a_file(tmp_path):
    (tmp_path / "key").write_text("from a file\n", encoding="utf-8")
    without = {name: value for name, value in GIVEN.items() if name != "SECRET_KEY"}
    file = {"SECRET_KEY_FILE": str(tmp_path / "key")}
    assert deployed(without | file).secret_key == "from a file"


def test_a_secret_in_the_environment_wins(tmp_path):
    (tmp_path / "secret").write_text("from a file", encoding="utf-8")
    names = ("SECRET_KEY_FILE", "DATABASE_PASSWORD_FILE", "AMQP_PASSWORD_FILE")
    urls = {
        "DATABASE_URL": "postgresql+psycopg://intake:own@postgres/intake",
        "AMQP_URL": "amqp://baitong:own@rabbitmq:5672//",
    }
    settings = deployed(GIVEN | urls | dict.fromkeys(names, str(tmp_path / "secret")))
    assert settings.secret_key == "a key"
    assert settings.database_url == urls["DATABASE_URL"]
    assert settings.amqp_url == urls["AMQP_URL"]


def test_without_files_the_addresses_stay_as_they_are():
    settings = deployed(GIVEN)
    assert (settings.database_url, settings.amqp_url) == (GIVEN["DATABASE_URL"], GIVEN["AMQP_URL"])


@pytest.mark.parametrize("missing", sorted(GIVEN))
def test_what_is_missing_is_named(missing):
    with pytest.raises(BadSetting, match=rf"^{missing}(_FILE)?: not set"):
        deployed({name: value for name, value in GIVEN.items() if name != missing})


@pytest.mark.parametrize("name", ["DATABASE_PASSWORD_FILE", "AMQP_PASSWORD_FILE"])
def test_a_file_that_is_missing_or_empty_is_named(tmp_path, name):
    with pytest.raises(BadSetting, match=f"^{name}: .* cannot be read"):
        deployed(GIVEN | {name: str(tmp_path / "nothing")})
    (tmp_path / "empty").touch()
    with pytest.raises(BadSetting, match=f"^{name}: .* is empty"):
        deployed(GIVEN | {name: str(tmp_path / "empty")})


def test_the_log_level_is_one_of_four():
    assert [log_level({"LOG_LEVEL": name}) for name in ("", "debug", "ERROR")] == [20, 10, 40]
    with pytest.raises(BadSetting, match="LOG_LEVEL: 'LOUD'"):
        log_level({"LOG_LEVEL": "loud"})
