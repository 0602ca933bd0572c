"""No room left, here or in the database: told in words with what to do, and the draft is as it was."""

import errno
import os
from contextlib import nullcontext

import pytest
from django.core.files.storage import FileSystemStorage
from django.db import OperationalError, connection
from psycopg.errors import DiskFull

from kusei.base.ask.models import Draft
from kusei.base.ask.tests.conftest import photo
from kusei.base.files.models import StoredFile

pytestmark = pytest.mark.django_db
FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def full_store(storage, name, content):
    raise FULL


def full_database(execute, sql, params, many, context):
    if sql.lstrip().startswith(("INSERT", "UPDATE")) and "ask_draft" in sql:
        raise OperationalError("could not extend file: No space left on device") from DiskFull()
    return execute(sql, params, many, context)


@pytest.mark.parametrize("where", ["store", "database"])
def test_a_full_disk_is_told_and_the_draft_stays_and_goes_on(browser, monkeypatch, where):
    url = browser.fill(until="bank-document")
    before = Draft.objects.values().get()
    browser.raise_request_exception = False
    with monkeypatch.context() as patched:
        if where == "store":
            patched.setattr(FileSystemStorage, "_save", full_store)
        with connection.execute_wrapper(full_database) if where == "database" else nullcontext():
            answer = browser.post(url, {"bank_document": photo()})
    assert (answer.status_code, answer["Retry-After"]) == (507, "600")
    said = answer.content.decode()
    assert "いまは保存できません" in said
    assert "前のページまでの下書きは残っています" in said
    assert Draft.objects.values().get() == before
    assert browser.post(url, {"bank_document": photo()}).status_code == 302
    assert StoredFile.objects.exists()
