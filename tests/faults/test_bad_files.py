"""Files made to harm, through the form itself: told at the question, the draft kept, nothing left behind. And a disk that is full."""

import io
import re
import struct
import subprocess
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tests.faults.people import picture
from tests.faults.test_bad_requests import GROWTH, Site

from kusei.base.files.tests import make
from kusei.site.processes import wait_until

pytestmark = pytest.mark.faults
HEADER = struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)


@pytest.fixture(scope="module")
def site(demonstration) -> Site:
    return Site(demonstration)


def zipped() -> bytes:
    """50 MB of nothing in 50 kB."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(50_000_000))
    return target.getvalue()


def png(*chunks: bytes) -> bytes:
    """A PNG of 8 × 8 pixels with more chunks than it needs."""
    image = make.chunk(b"IDAT", zlib.compress(bytes(25 * 8)))
    return b"\x89PNG\r\n\x1a\n" + make.chunk(b"IHDR", HEADER) + b"".join(chunks) + image + make.chunk(b"IEND", b"")


def heavy(document) -> None:
    """A page of 300 MB, compressed a thousandfold, twice over."""
    stream = document.make_stream(zlib.compress(zlib.compress(bytes(300_000_000))))
    stream.Filter = make.pikepdf.Array([make.pikepdf.Name.FlateDecode] * 2)
    document.pages[0].obj.Contents = stream


BAD = {
    "nothing": (lambda: b"", "中身がありません"),
    "zip": (zipped, "圧縮ファイル"),
    "gzip": (lambda: b"\x1f\x8b\x08" + bytes(100), "圧縮ファイル"),
    "HEIC": (lambda: b"\0\0\0\x18ftypheic" + bytes(100), "HEIC"),
    "SVG": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "この種類"),
    "program": (lambda: b"MZ" + bytes(1000), "この種類"),
    "cut photo": (lambda: make.picture()[:-500], "壊れて"),
    "photo of nothing": (lambda: b"\xff\xd8\xff" + bytes(5000), "壊れて"),
    "claims 10 gigapixels": (lambda: make.png_that_says(100_000, 100_000), "5000万画素"),
    "is 64 megapixels": (lambda: make.png_that_says(8000, 8000, zlib.compress(bytes(8001 * 8000))), "5000万画素"),
    "101 pages": (lambda: make.pdf(101), "100ページ"),
    "PDF of brackets": (lambda: b"%PDF-1.7\n" + b"[" * 1_000_000, ""),
    "eleven megabytes": (lambda: make.picture() + bytes(11_000_000), "10MB"),
    "sixty megabytes": (lambda: make.picture() + bytes(60_000_000), "10MB"),
}


@pytest.mark.parametrize(("made", "said"), BAD.values(), ids=BAD)
def test_a_bad_file_is_told_at_the_question_and_nothing_is_kept(site, made, said):
    before = site.state()
    answer = site.hand_in(made())
    assert answer.status == 400
    assert answer.error
    assert said in answer.error
    assert site.state() == before


BOMBS = {
    "PNG that claims more pixels than it has": lambda: make.png_that_says(7000, 7000),
    "PNG of 49 megapixels in 50 kB": lambda: make.png_that_says(7000, 7000, zlib.compress(bytes(7001 * 7000))),
    "PNG that unpacks to 400 MB of text": lambda: png(
        make.chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(400_000_000)))
    ),
    "PDF that unpacks to 300 MB": lambda: make.pdf(1, heavy),
}


@pytest.mark.parametrize("made", BOMBS.values(), ids=BOMBS)
def test_a_bomb_bursts_nowhere(site, made):
    """It may be taken, where nothing has to be unpacked to take it; the site goes on, and whoever sent it gets an answer."""
    answer = site.hand_in(made())
    assert (answer.status == 302) != bool(answer.status == 400 and answer.error)
    assert site.get("/healthz").status == 200
    remove_all(site)


def remove_all(site: Site) -> None:
    """Take back what was handed in."""
    page = site.get(site.file).page
    for piece in page.split('name="remove" value="')[1:]:
        body = b"&".join([b"csrfmiddlewaretoken=" + b"k" * 32, b"remove=" + piece.partition('"')[0].encode()])
        assert site.post(site.file, body).status == 302


@pytest.fixture
def full_disk(demonstration) -> Iterator[Path]:
    """The folder of files on a disk that has 64 kB left."""
    rebuilding = "SELECT count(*) FROM jobs_task WHERE kind = 'files.rebuild' AND state = 'waiting'"
    assert wait_until(lambda: demonstration.one(rebuilding) == 0, seconds=60)  # earlier files would come to lie here
    folder = demonstration.home / "files"
    folder.mkdir(mode=0o700, exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k,mode=0700", "tmpfs", str(folder)], capture_output=True, text=True
    )
    if done.returncode:
        pytest.skip(f"a full disk is made with a small tmpfs, which this system refuses: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_keeps_nothing_half_and_says_so(site, full_disk):
    before = site.state()
    answer = site.hand_in(picture("large") + bytes(1_000_000))
    assert (answer.status, answer.heading) == (507, "いまは保存できません")
    assert site.state() == before
    assert [path for path in full_disk.rglob("*") if path.is_file()] == []
    assert re.search(r'"status": 507', (site.town.home / "log" / "web.log").read_text())


def test_after_the_disk_has_room_again_the_same_file_is_taken(site):
    assert site.hand_in(picture("large") + bytes(1_000_000)).status == 302
    remove_all(site)


def test_web_processes_are_the_same_and_have_not_swollen(site):
    after = {p.pid: p.memory_info().rss for p in site.town.web_processes()}
    assert len(after) == 2
    assert set(after) == set(site.before)
    assert all(after[pid] - size < GROWTH for pid, size in site.before.items()), (site.before, after)
    assert psutil.Process(site.town.running.pid).is_running()
