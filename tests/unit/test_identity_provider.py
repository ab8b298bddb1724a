"""The settings of the district's identity provider."""

import pytest

from shared.config import BadSetting, embedded


def settings(tmp_path, **environ: str):
    return embedded({"DATA_DIR": str(tmp_path)} | environ).identity_provider


def test_without_an_issuer_there_is_none(tmp_path):
    assert settings(tmp_path) is None


def test_what_is_not_said_has_a_default(tmp_path):
    found = settings(tmp_path, OIDC_ISSUER="https://id.example/realm", OIDC_CLIENT_ID="baitong")
    assert (found.issuer, found.client_id) == ("https://id.example/realm", "baitong")
    assert (found.name, found.claim, found.only) == ("统一身份认证", "sub", False)


def test_the_secret_may_stand_in_a_file_and_is_never_shown(tmp_path):
    file = tmp_path / "secret"
    file.write_text("very secret\n")
    known = {"OIDC_ISSUER": "https://id.example", "OIDC_CLIENT_ID": "b"}
    found = settings(tmp_path, **known, OIDC_CLIENT_SECRET_FILE=str(file))
    assert found.client_secret == "very secret"
    assert "very secret" not in repr(found)


@pytest.mark.parametrize(
    ("issuer", "more", "named"),
    [
        ("http://id.example", {}, "OIDC_ISSUER"),
        ("https://", {}, "OIDC_ISSUER"),
        ("id.example", {}, "OIDC_ISSUER"),
        ("https://id.example?x=1", {}, "OIDC_ISSUER"),
        ("https://id.example", {"OIDC_CLIENT_ID": ""}, "OIDC_CLIENT_ID"),
        ("https://id.example", {"OIDC_ONLY": "1"}, "OIDC_EMERGENCY_ADMIN"),
    ],
)
def test_what_is_wrong_stops_the_start(tmp_path, issuer, more, named):
    with pytest.raises(BadSetting, match=named):
        settings(tmp_path, **({"OIDC_ISSUER": issuer, "OIDC_CLIENT_ID": "b"} | more))
