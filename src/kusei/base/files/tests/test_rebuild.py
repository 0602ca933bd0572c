"""Rebuilding: what comes out is what was seen and nothing else; and it happens once, whoever dies meanwhile."""

import io
import signal
import socket
import struct
import threading
from datetime import timedelta

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from kusei.base.files import storage
from kusei.base.files.actions import keep
from kusei.base.files.models import StoredFile
from kusei.base.files.rebuild import rebuild
from kusei.base.files.tests.make import arm, pdf, picture, stream_pdf
from kusei.base.jobs import worker
from kusei.base.jobs.handlers import Handlers, Hopeless, Later
from kusei.base.jobs.models import Task
from kusei.base.jobs.tests.process import eventually
from kusei.base.kernel import clock
from kusei.base.kernel.actors import SYSTEM

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files_of_worker")]
ORIENTATION, GPS, MAKER = 0x0112, 0x8825, 0x010F


def kept(content, name="a.jpg"):
    return keep(SimpleUploadedFile(name, content), by=SYSTEM, now=clock.now())


def rebuilt(content, name="a.jpg") -> tuple[StoredFile, bytes]:
    """The file's row and its new content."""
    stored = kept(content, name)
    rebuild(Task.objects.get(key=str(stored.id)), clock.now())
    stored.refresh_from_db()
    if stored.state != "ready":
        return stored, b""
    with storage.get(stored.rebuilt_sha256) as file:
        return stored, file.read()


def image_of(content):
    return Image.open(io.BytesIO(content))


# ---- pictures -------------------------------------------------------------------------------------------------------------


def test_a_photo_loses_its_metadata_and_is_upright():
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKER] = 6, "Kamera GmbH"
    exif.get_ifd(GPS)[1] = "N"
    given = picture(size=(64, 32), exif=exif, comment=b"hello from Hanako")
    stored, content = rebuilt(given)
    made = image_of(content)
    assert stored.state == "ready"
    assert made.size == (32, 64)
    assert not made.getexif()
    assert b"Kamera" in given
    assert b"Kamera" not in content
    assert b"Hanako" not in content


def test_what_is_hidden_behind_a_photo_is_left_behind():
    _stored, content = rebuilt(picture() + b"PK\x03\x04<script>evil</script>")
    assert b"evil" not in content


@pytest.mark.parametrize(
    ("form", "mode"),
    [("PNG", "RGBA"), ("PNG", "P"), ("PNG", "LA"), ("WEBP", "RGBA"), ("JPEG", "CMYK"), ("PNG", "I;16")],
)
def test_every_picture_becomes_a_plain_jpeg(form, mode):
    given = picture(form, mode=mode) if mode != "I;16" else sixteen_bits()
    stored, content = rebuilt(given, "写真.png")
    assert (stored.media_type, stored.name) == ("image/jpeg", "写真.jpg")
    assert (image_of(content).format, image_of(content).mode) == ("JPEG", "RGB")


def sixteen_bits():
    target = io.BytesIO()
    Image.new("I;16", (20, 20), 40_000).save(target, "PNG")
    return target.getvalue()


def test_what_is_transparent_becomes_white():
    target = io.BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(target, "PNG")
    _stored, content = rebuilt(target.getvalue())
    assert image_of(content).getpixel((10, 10)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("size", "made"), [((6000, 1500), (3000, 750)), ((100, 3100), (97, 3000)), ((3000, 10), (3000, 10))]
)
def test_a_large_photo_is_made_smaller_and_others_are_not(size, made):
    assert image_of(rebuilt(picture(size=size))[1]).size == made


# ---- PDFs ------------------------------------------------------------------------------------------------------------------


def words_in(content: bytes) -> bytes:
    """Everything in a PDF with all its streams unpacked."""
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as document:
        document.save(
            target, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.all,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
        )  # fmt: skip
    return target.getvalue()


HIDDEN = [b"/JavaScript", b"app.alert", b"/Launch", b"calc.exe", b"evil", b"/XFA", b"/OpenAction", b"/AA", b"/EmbeddedFile", b"Hanako",
          b"/URI", b"hidden", b"/Annots", b"/AcroForm"]  # fmt: skip


def test_a_pdf_loses_whatever_acts_or_hides_and_keeps_its_pages():
    given = pdf(3, change=arm)
    assert all(word in words_in(given) for word in HIDDEN)
    stored, content = rebuilt(given, "a.pdf")
    assert stored.state == "ready"
    plain = words_in(content)
    assert [word for word in HIDDEN if word in plain] == []
    for page in (b"(page 1)", b"(page 2)", b"(page 3)", b"/Helvetica"):
        assert page in plain


def test_what_a_page_inherits_is_kept():
    def change(document):
        page = document.pages[0].obj
        document.Root.Pages.MediaBox, document.Root.Pages.Rotate = page.MediaBox, 90
        document.Root.Pages.Resources = page.Resources
        del page.MediaBox, page.Resources

    plain = words_in(rebuilt(pdf(change=change), "a.pdf")[1])
    assert b"/Rotate 90" in plain
    assert b"/Helvetica" in plain
    assert b"/MediaBox" in plain


def test_a_font_may_have_any_name():
    def change(document):
        fonts = document.pages[0].obj.Resources.Font
        fonts["/AA"] = fonts.F1

    assert b"/AA" in words_in(rebuilt(pdf(change=change), "a.pdf")[1])


def test_what_was_filled_into_a_form_is_drawn_into_the_page():
    def change(document):
        look = document.make_stream(b"BT /F1 9 Tf (filled in) Tj ET")
        look.Type, look.Subtype, look.BBox = pikepdf.Name.XObject, pikepdf.Name.Form, [0, 0, 50, 20]
        field = document.make_indirect(pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget, FT=pikepdf.Name.Tx, T=pikepdf.String("name"), F=4,
            V=pikepdf.String("filled in"), Rect=[10, 10, 60, 30], AP=pikepdf.Dictionary(N=look), AA=pikepdf.Dictionary(),
        ))  # fmt: skip
        document.pages[0].obj.Annots = pikepdf.Array([field])
        document.Root.AcroForm = pikepdf.Dictionary(Fields=[field])

    plain = words_in(rebuilt(pdf(change=change), "a.pdf")[1])
    assert b"(filled in) Tj" in plain
    assert b"/Widget" not in plain


def test_a_stream_in_another_file_is_refused():
    stored, _content = rebuilt(stream_pdf(b"x", None, F=pikepdf.String("/etc/passwd")), "a.pdf")
    assert (stored.state, stored.problem) == ("refused", "too_complex")


# ---- as a task --------------------------------------------------------------------------------------------------------------


def test_a_photo_broken_inside_is_refused_with_a_code():
    stored = kept(picture())
    broken = picture(size=(400, 300))[:-2000]
    with storage.get(stored.sha256) as file:
        path = file.name
    with open(path, "wb") as file:
        file.write(broken)
    rebuild(Task.objects.get(), clock.now())
    stored.refresh_from_db()
    assert (stored.state, stored.problem) == ("refused", "unreadable")


def test_rebuilding_twice_changes_nothing():
    stored, _content = rebuilt(picture())
    rebuild(Task.objects.get(), clock.now())
    again = StoredFile.objects.get()
    assert (again.rebuilt_sha256, again.state) == (stored.rebuilt_sha256, "ready")


def test_a_file_whose_bytes_are_gone_is_given_up():
    kept(picture())
    StoredFile.objects.update(sha256="0" * 64)
    with pytest.raises(Hopeless):
        rebuild(Task.objects.get(), clock.now())


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_of_rebuilding_is_taken_over(start_worker):
    killed = start_worker()
    eventually(lambda: worker_count() == 1)
    stored = kept(picture("PNG", size=(7000, 7000)))
    eventually(lambda: Task.objects.exclude(lease_until=None).exists())
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    stored.refresh_from_db()
    assert stored.state == "received"
    Task.objects.exclude(lease_until=None).update(lease_until=clock.now() - timedelta(seconds=1))
    start_worker()
    eventually(lambda: Task.objects.get(key=str(stored.id)).state == "done")
    stored.refresh_from_db()
    with storage.get(stored.rebuilt_sha256) as file:
        assert image_of(file.read()).size == (3000, 3000)


def worker_count():
    from kusei.base.jobs.queries import workers

    return workers()


# ---- the scanner -------------------------------------------------------------------------------------------------------------


class Clamd(threading.Thread):
    """A scanner that speaks clamd's INSTREAM, finds EICAR, and remembers what it got. `answer` overrides its verdict."""

    def __init__(self, answer=None):
        super().__init__(daemon=True)
        self.answer, self.got = answer, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"clamd://127.0.0.1:{self.listener.getsockname()[1]}"

    def run(self):
        while True:
            try:
                connection, _address = self.listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as stream:
                assert stream.read(10) == b"zINSTREAM\0"
                content = b""
                while size := struct.unpack("!L", stream.read(4))[0]:
                    content += stream.read(size)
                self.got.append(content)
                found = b"stream: Eicar-Test FOUND\0" if b"EICAR" in content else b"stream: OK\0"
                connection.sendall(found if self.answer is None else self.answer)


@pytest.fixture
def clamd(settings):
    scanners = []

    def start(answer=None):
        scanner = Clamd(answer)
        scanners.append(scanner)
        scanner.start()
        settings.SCANNER = scanner.address
        return scanner

    yield start
    for scanner in scanners:
        scanner.listener.close()


def test_a_clean_file_passes_the_scanner(clamd):
    scanner = clamd()
    assert rebuilt(picture(size=(800, 800)))[0].state == "ready"
    assert scanner.got == [picture(size=(800, 800))]


def test_an_infected_file_is_refused_and_never_rebuilt(clamd):
    clamd()
    stored, _content = rebuilt(picture() + b"EICAR")
    assert (stored.state, stored.problem, stored.rebuilt_sha256) == ("refused", "infected", "")


@pytest.mark.parametrize("answer", [b"", b"INSTREAM size limit exceeded. ERROR\0", b"stream: UNKNOWN\0"])
def test_without_a_verdict_the_file_waits(clamd, answer):
    clamd(answer)
    with pytest.raises(Later):
        rebuilt(picture())
    assert StoredFile.objects.get().state == "received"


@pytest.mark.parametrize("address", ["clamd://127.0.0.1:1", "clamd:///nowhere/clamd.sock"])
def test_while_the_scanner_is_away_the_file_waits_and_is_never_given_up(settings, address):
    settings.SCANNER = address
    kept(picture())
    Task.objects.update(attempts=1000)
    handlers = Handlers()
    handlers.register("files.rebuild", rebuild)
    worker.work_off(handlers)
    assert Task.objects.get().state == "waiting"
    assert StoredFile.objects.get().state == "received"
