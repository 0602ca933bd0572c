"""The examples of docs/api.md do what the document says, sent by curl to a running server."""

import json
import os
import re
import shutil
import subprocess

import pytest

from kusei.base.demo.applying import picture
from kusei.base.kernel.calendar import WARDS

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here"),
]


def test_every_example_of_the_document_works(live_server, opened, token, tmp_path):
    document = (WARDS.parent / "docs" / "api.md").read_text("utf-8")
    commands = [
        line for line in re.search(r"```sh\n(.*?)```", document, re.DOTALL)[1].splitlines() if line.startswith("curl")
    ]
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(picture("photo").read())
    env = {"PATH": os.environ["PATH"], "WARD": live_server.url, "TOKEN": token(), "PHOTO": str(photo), "NO_PROXY": "*"}
    told = []
    for command in commands:
        done = subprocess.run(
            ["bash", "-c", f"{command} -w '\\n%{{http_code}}'"], env=env, capture_output=True, text=True, check=True
        )
        body, _newline, status = done.stdout.rpartition("\n")
        answer = json.loads(body)
        env["DRAFT"] = answer.get("id", env.get("DRAFT", "")) if "/drafts" in command else env.get("DRAFT", "")
        told.append((int(status), answer))
    assert [status for status, _answer in told] == [200, 200, 201, 200, 201, 201, 200]
    assert told[1][1]["schema"]["properties"]["item_kind"]["enum"]
    assert told[4][1]["lacking"] == []
    assert told[6][1]["applications"][0]["receipt_number"] == told[5][1]["receipt_number"]
