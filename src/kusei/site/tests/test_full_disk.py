"""A body for which the disk has no room: received to its end, so that the client reads the answer, which says what to do."""

import asyncio
import errno
import io
import json
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from kusei.site import rsgi


class Full(io.BytesIO):
    def write(self, piece):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class Client:
    """What granian hands the application: a body in pieces, and where the answer goes."""

    def __init__(self, pieces):
        self.pieces, self.taken, self.answers = pieces, 0, []

    def __aiter__(self):
        return self

    async def __anext__(self):
        if self.taken == len(self.pieces):
            raise StopAsyncIteration
        self.taken += 1
        return self.pieces[self.taken - 1]

    def response_bytes(self, *answer):
        self.answers.append(answer)


def run(coroutine):
    """Run it in a thread of its own: the browser's tests leave a loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


@pytest.mark.parametrize(
    ("path", "content_type"), [("/my", "text/html"), ("/api/v1/drafts", "application/problem+json")]
)
def test_a_body_without_room_is_answered_with_what_to_do(path, content_type, monkeypatch):
    monkeypatch.setattr(tempfile, "SpooledTemporaryFile", lambda _size: Full())
    client = Client([b"x" * 1000] * 5)
    asked = SimpleNamespace(
        headers={"content-length": "100000"}, path=path, method="POST", query_string="", http_version="1.1"
    )
    run(rsgi.application(asked, client))
    [(status, fields, content)] = client.answers
    assert (status, client.taken) == (507, 5)
    assert dict(fields)["Retry-After"] == "600"
    assert dict(fields)["Content-Type"].startswith(content_type)
    said = json.loads(content)["title"] if "json" in content_type else content.decode()
    assert "いまは保存できません" in said


def test_what_else_goes_wrong_with_the_disk_is_not_called_full(monkeypatch):
    class Broken(io.BytesIO):
        def write(self, piece):
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(tempfile, "SpooledTemporaryFile", lambda _size: Broken())
    with pytest.raises(OSError, match="Input/output"):
        run(rsgi.in_pieces(Client([b"x"])))
