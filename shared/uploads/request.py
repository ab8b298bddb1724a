"""Requests whose uploaded files stay in memory."""

from io import BytesIO
from typing import IO

import flask


class InMemory(flask.Request):
    """A request that writes nothing to disk.

    Werkzeug puts parts of more than half a megabyte into /tmp as they are, for whoever holds the
    disk to read. MAX_CONTENT_LENGTH bounds what is held instead.
    """

    def _get_file_stream(
        self,
        total_content_length: int | None,  # noqa: ARG002 - werkzeug's signature
        content_type: str | None,  # noqa: ARG002
        filename: str | None = None,  # noqa: ARG002
        content_length: int | None = None,  # noqa: ARG002
    ) -> IO[bytes]:
        return BytesIO()
