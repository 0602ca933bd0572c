"""Handing out and sweeping: nothing before it is rebuilt, nothing that a browser would run, nothing for ever."""

import os
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage

from kusei.base.files import storage
from kusei.base.files.actions import keep_made
from kusei.base.files.models import StoredFile
from kusei.base.files.serve import response
from kusei.base.files.sweep import sweep
from kusei.base.kernel import clock
from kusei.base.kernel.errors import NotNow
from kusei.base.papers.models import Paper, Version

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files_of_worker")]


def made(name="通知書.pdf", content=b"%PDF-made"):
    return keep_made(content, name, "application/pdf", now=clock.now())


def test_a_file_is_a_download_that_no_browser_runs():
    answer = response(made())
    assert b"".join(answer.streaming_content) == b"%PDF-made"
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''%E9%80%9A%E7%9F%A5%E6%9B%B8.pdf"
    assert answer["Content-Type"] == "application/pdf"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cache-Control"] == "private, no-store"
    answer.close()


def test_a_name_never_breaks_out_of_its_header():
    answer = response(made('a"\r\nSet-Cookie: x=1;.pdf'))
    assert "\r" not in answer["Content-Disposition"]
    assert "\n" not in answer["Content-Disposition"]
    assert answer["Content-Disposition"].startswith('attachment; filename="')
    answer.close()


@pytest.mark.parametrize(("state", "problem"), [("received", ""), ("refused", "infected"), ("refused", "unheard_of")])
def test_what_is_not_ready_is_not_served(state, problem):
    stored = made()
    stored.state, stored.problem = state, problem
    with pytest.raises(NotNow):
        response(stored)


def two_days_pass():
    """For rows and bytes alike."""
    past = clock.now() - timedelta(days=2)
    StoredFile.objects.update(created_at=past)
    for root, _folders, names in os.walk(default_storage.location):
        for name in names:
            os.utime(os.path.join(root, name), (past.timestamp(), past.timestamp()))


def is_kept(sha256):
    return default_storage.exists(storage.place(sha256))


def test_files_nobody_refers_to_are_swept_a_day_later():
    stored = made()
    sweep(clock.now())
    assert is_kept(stored.rebuilt_sha256)
    two_days_pass()
    sweep(clock.now())
    assert not is_kept(stored.rebuilt_sha256)
    assert not StoredFile.objects.exists()


def test_files_somebody_refers_to_stay():
    stored = made()
    paper = Paper.objects.create(number="1", layout="x", title="t", about=stored.id, issued_at=clock.now())
    Version.objects.create(
        paper=paper, version=1, kind="issued", content={}, check_code="c", issued_at=clock.now(), pdf=stored
    )
    two_days_pass()
    sweep(clock.now())
    assert is_kept(stored.rebuilt_sha256)


def test_bytes_kept_again_lately_are_spared_though_their_row_is_not_there_yet():
    stored = made()
    two_days_pass()
    StoredFile.objects.all().delete()
    with storage.get(stored.rebuilt_sha256) as file:
        storage.put(stored.rebuilt_sha256, file)
    sweep(clock.now())
    assert is_kept(stored.rebuilt_sha256)


def test_what_a_crash_left_half_written_is_swept(files_of_worker):
    stored = made()
    draft = (files_of_worker / storage.place(stored.rebuilt_sha256)).with_name(".half.1.aa")
    draft.write_bytes(b"half")
    two_days_pass()
    sweep(clock.now())
    assert not draft.exists()
