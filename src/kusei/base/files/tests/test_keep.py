"""What is kept and what is refused: by content, never by name or declared type."""

import io
import zlib

import pikepdf
import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from kusei.base.files import storage
from kusei.base.files.actions import keep, keep_made
from kusei.base.files.models import StoredFile
from kusei.base.files.problems import LARGEST, PROBLEMS
from kusei.base.files.tests.make import pdf, picture, png_that_says, stream_pdf
from kusei.base.jobs.models import Task
from kusei.base.kernel import clock
from kusei.base.kernel.actors import SYSTEM
from kusei.base.kernel.errors import Invalid

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files_of_worker")]
HTML = b"<script>alert(1)</script>"
BOMB = zlib.compress(b"\0" * 400_000_000, 9)


def kept(content, name="a.jpg", media_type="image/jpeg", **options):
    return keep(SimpleUploadedFile(name, content, media_type), by=SYSTEM, now=clock.now(), **options)


@pytest.mark.parametrize(
    ("content", "media_type", "name"),
    [
        (picture(), "image/jpeg", "a.jpg"),
        (picture(size=(3000, 2000), quality=100), "image/jpeg", "a.jpg"),
        (picture("PNG"), "image/png", "a.png"),
        (picture("PNG", mode="P"), "image/png", "a.png"),
        (picture("PNG", mode="RGBA"), "image/png", "a.png"),
        (picture("WEBP"), "image/webp", "a.webp"),
        (picture("JPEG", mode="CMYK"), "image/jpeg", "a.jpg"),
        (picture("JPEG", mode="L", progressive=True), "image/jpeg", "a.jpg"),
        (picture("JPEG", exif=Image.Exif()), "image/jpeg", "a.jpg"),
        (pdf(3), "application/pdf", "a.pdf"),
        (pdf(object_stream_mode=pikepdf.ObjectStreamMode.generate), "application/pdf", "a.pdf"),
    ],
)
def test_photos_and_pdfs_are_kept_under_their_true_type(content, media_type, name):
    stored = kept(content, "a.exe", "application/octet-stream")
    assert (stored.media_type, stored.name, stored.size, stored.state) == (media_type, name, len(content), "received")
    with storage.get(stored.sha256) as file:
        assert file.read() == content
    assert Task.objects.get(kind="files.rebuild").key == str(stored.id)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "empty"),
        (b"x", "wrong_kind"),
        (HTML, "wrong_kind"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "wrong_kind"),
        (b"GIF89a" + HTML, "wrong_kind"),
        (b"PK\x03\x04" + b"\0" * 100, "office"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 100, "heic"),
        (b"\xff\xd8\xff" + HTML, "unreadable"),
        (b"%PDF-1.7\n" + HTML, "unreadable"),
        (b"\x89PNG\r\n\x1a\n" + HTML, "unreadable"),
        (b"RIFF\x10\x00\x00\x00WEBP" + HTML, "unreadable"),
        (picture(size=(800, 600))[:-800], "unreadable"),
        (picture("PNG", size=(800, 600))[:-800], "unreadable"),
        (picture("WEBP", size=(800, 600))[:-400], "unreadable"),
        (picture("PNG")[:40] + b"\xff" + picture("PNG")[41:], "unreadable"),
        (png_that_says(60_000, 60_000), "too_many_pixels"),
        (png_that_says(8_000, 8_000), "too_many_pixels"),
        (png_that_says(0, 0), "unreadable"),
        (pdf(101), "too_many_pages"),
        (pdf(encryption=pikepdf.Encryption(user="secret", owner="secret")), "encrypted"),
        (stream_pdf(BOMB, pikepdf.Name.FlateDecode), "too_complex"),
        (stream_pdf(zlib.compress(BOMB), pikepdf.Array([pikepdf.Name.FlateDecode] * 2)), "too_complex"),
        (
            stream_pdf(b"x", None, Subtype=pikepdf.Name.Image, Width=60_000, Height=60_000),
            "too_many_pixels",
        ),
        (pdf(change=lambda document: document.Root.Pages.__setitem__("/Kids", pikepdf.Array())), "unreadable"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_what_to_do_and_nothing_is_kept(content, problem):
    with pytest.raises(Invalid) as refused:
        kept(content)
    assert refused.value.problems == {"file": str(PROBLEMS[problem])}
    assert not StoredFile.objects.exists()
    assert not default_storage.exists("") or not default_storage.listdir("")[0]


def test_ten_megabytes_are_taken_and_a_byte_more_is_not():
    padding = LARGEST - len(picture())
    assert kept(picture() + b"\0" * padding).size == LARGEST
    with pytest.raises(Invalid, match="10MB"):
        kept(picture() + b"\0" * (padding + 1))


def test_a_pdf_that_anybody_may_open_is_taken_though_its_owner_locked_it():
    assert kept(pdf(encryption=pikepdf.Encryption(user="", owner="secret"))).media_type == "application/pdf"


def test_a_question_may_want_pictures_only():
    with pytest.raises(Invalid) as refused:
        kept(pdf(), allowed=("image/jpeg",))
    assert refused.value.problems == {"file": str(PROBLEMS["not_allowed"])}


def test_a_child_that_dies_is_the_file_s_fault_and_the_next_file_is_taken(monkeypatch):
    deep = pdf(
        change=lambda document: document.Root.__setitem__("/Deep", pikepdf.Object.parse(b"[" * 400 + b"]" * 400))
    )
    assert kept(deep).media_type == "application/pdf"
    crash = b"%PDF-1.7\n1 0 obj " + b"[" * 3_000_000
    with pytest.raises(Invalid):
        kept(crash)
    assert kept(picture()).media_type == "image/jpeg"


def test_the_same_content_twice_is_two_rows_and_one_place():
    first, second = kept(picture()), kept(picture(), "b.jpg")
    assert first.id != second.id
    assert first.sha256 == second.sha256


def test_what_kusei_made_is_ready_at_once():
    stored = keep_made(b"%PDF-made", "通知書.pdf", "application/pdf", now=clock.now())
    assert stored.state == "ready"
    with storage.get(stored.rebuilt_sha256) as file:
        assert file.read() == b"%PDF-made"
    assert not Task.objects.exists()


def test_files_are_for_the_site_s_user_alone(files_of_worker):
    stored = kept(picture())
    path = files_of_worker / storage.place(stored.sha256)
    assert path.stat().st_mode & 0o777 == 0o600
    assert {folder.stat().st_mode & 0o077 for folder in (path.parent, path.parent.parent, files_of_worker)} == {0}


def test_a_write_that_breaks_off_leaves_nothing_behind(files_of_worker):
    class Breaking(io.BytesIO):
        def read(self, size=-1):
            raise OSError("disk on fire")

    with pytest.raises(OSError, match="fire"):
        storage.put("ab" * 32, Breaking(b"x" * 10))
    assert not [path for path in files_of_worker.rglob("*") if path.is_file()]
