"""Where uploaded files are kept."""

from shared.config import embedded


def test_beside_the_databases_or_where_it_is_said(tmp_path):
    said = {"DATA_DIR": str(tmp_path)}
    assert embedded(said).uploads_dir == tmp_path / "uploads"
    assert embedded(said | {"UPLOADS_DIR": "/uploads"}).uploads_dir.as_posix() == "/uploads"
