"""PDFs (ISO 32000): looked at, and written anew from their pages alone. Runs in the sandbox only."""

import zlib
from typing import BinaryIO

import pikepdf

from kusei.base.files.sandbox.problems import Problem

MOST_PAGES = 100
MOST_OBJECTS = 50_000
MOST_UNPACKED = 300 * 1024 * 1024
"""Bytes that all streams together may unpack to."""
MOST_PICTURE_PIXELS = 150_000_000
"""A page of A4 at 1,200 dots an inch has 139 million."""
PAGE_KEYS = frozenset(
    ["/Type", "/Parent", "/Resources", "/MediaBox", "/CropBox", "/Rotate", "/UserUnit", "/Contents", "/Group"]
)
ACTIVE_KEYS = (
    "/JS",
    "/JavaScript",
    "/AA",
    "/OpenAction",
    "/A",
    "/Launch",
    "/URI",
    "/SubmitForm",
    "/XFA",
    "/AcroForm",
    "/Annots",
    "/EmbeddedFiles",
    "/EmbeddedFile",
    "/EF",
    "/AF",
    "/RichMediaContent",
    "/RichMediaSettings",
    "/Rendition",
    "/Metadata",
    "/PieceInfo",
    "/OPI",
    "/PS",
    "/Alternates",
    "/Ref",
    "/Thumb",
    "/StructParents",
    "/StructParent",
)
"""Whatever acts, or carries something besides what is drawn."""
INNER_ROLE = {"plain": "plain", "resources": "names", "names": "plain"}
"""What a dictionary's values are, by what it is itself. The keys of `names` are freely chosen: a font may well be called /AA."""
HOLDERS = (pikepdf.Dictionary, pikepdf.Stream, pikepdf.Array)
FILE_KEYS = ("/F", "/FFilter", "/FDecodeParms")
"""In a stream: its data lies in another file."""
ONCE_ONLY = frozenset(("/FlateDecode", "/Fl", "/LZWDecode", "/LZW", "/RunLengthDecode", "/RL"))


def opened(source: BinaryIO) -> pikepdf.Pdf:
    """The document. Raises `Problem`."""
    try:
        document = pikepdf.open(source, suppress_warnings=True, attempt_recovery=True)
        pages, objects = len(document.pages), len(document.objects)
    except pikepdf.PasswordError:
        raise Problem("encrypted") from None
    except (pikepdf.PdfError, ValueError, TypeError, RuntimeError):
        raise Problem("unreadable") from None
    if pages == 0:
        raise Problem("unreadable")
    if pages > MOST_PAGES:
        raise Problem("too_many_pages")
    if objects > MOST_OBJECTS:
        raise Problem("too_complex")
    return document


def check(source: BinaryIO) -> str:
    """The media type of a PDF that can be opened without a password, and unpacks to a sane size. Raises `Problem`."""
    with opened(source) as document:
        measure(document)
    return "application/pdf"


def rebuild(source: BinaryIO, target: BinaryIO) -> str:
    """Write the pages as a new document: what is drawn, forms and notes flattened into it, and nothing that acts: no scripts,
    actions, forms, links, embedded files, metadata. Returns its media type. Raises `Problem`."""
    with opened(source) as document:
        measure(document)
        try:
            write_pages(document, target)
        except (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, RuntimeError):
            raise Problem("unreadable") from None
    return "application/pdf"


def write_pages(document: pikepdf.Pdf, target: BinaryIO) -> None:
    """Copy the pages, and what they draw with, into a new document."""
    if "/AcroForm" in document.Root and "/XFA" in document.Root.AcroForm:
        del document.Root.AcroForm.XFA
    document.generate_appearance_streams()
    document.flatten_annotations()
    with pikepdf.new() as plain:
        if "/AcroForm" in document.Root:
            del document.Root.AcroForm
        for page in document.pages:
            if "/Annots" in page.obj:
                del page.obj.Annots
            plain.pages.append(page)
        for page in plain.pages:
            for key in set(page.obj.keys()) - PAGE_KEYS:
                del page.obj[key]
        disarm([page.obj for page in plain.pages])
        plain.save(target, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def disarm(pages: list[pikepdf.Dictionary]) -> None:
    """Take what acts out of everything the pages draw with. Raises `Problem` for streams whose data lies in other files."""
    seen, waiting = set(), [(page, "plain") for page in pages]
    while waiting:
        thing, role = waiting.pop()
        if thing.is_indirect:
            if thing.objgen in seen:
                continue
            seen.add(thing.objgen)
        if isinstance(thing, pikepdf.Array):
            waiting += [(inner, role) for inner in thing if isinstance(inner, HOLDERS)]
            continue
        if isinstance(thing, pikepdf.Stream) and any(key in thing for key in FILE_KEYS):
            raise Problem("too_complex")
        if role != "names":
            for key in ACTIVE_KEYS:
                if key in thing:
                    del thing[key]
        for key, inner in thing.items():
            if isinstance(inner, HOLDERS):
                waiting.append((inner, "resources" if key == "/Resources" and role == "plain" else INNER_ROLE[role]))


def measure(document: pikepdf.Pdf) -> None:
    """Raise `Problem` for streams that unpack to more than is sane, or are packed over and over: bombs for whoever opens them."""
    room = MOST_UNPACKED
    for thing in document.objects:
        if not isinstance(thing, pikepdf.Stream):
            continue
        filters = filters_of(thing)
        if sum(name in ONCE_ONLY for name in filters) > 1:
            raise Problem("too_complex")
        if thing.get("/Subtype") == "/Image" and pixels(thing) > MOST_PICTURE_PIXELS:
            raise Problem("too_many_pixels")
        room -= unpacked(thing, filters, room)
        if room < 0:
            raise Problem("too_complex")


def filters_of(stream: pikepdf.Stream) -> list[str]:
    """The names of a stream's filters, in order of decoding."""
    found = stream.get("/Filter")
    if found is None:
        return []
    return [str(name) for name in found] if isinstance(found, pikepdf.Array) else [str(found)]


def pixels(image: pikepdf.Stream) -> int:
    """How many pixels an image says it has."""
    try:
        return abs(int(image.get("/Width", 0)) * int(image.get("/Height", 0)))
    except (TypeError, ValueError):
        raise Problem("unreadable") from None


def unpacked(stream: pikepdf.Stream, filters: list[str], room: int) -> int:
    """How many bytes a stream unpacks to, counted no further than `room`; pictures' own codecs count as they are."""
    raw = stream.read_raw_bytes()
    if filters and filters[0] in ("/FlateDecode", "/Fl"):
        return inflated(raw, room)
    if any(name in ONCE_ONLY for name in filters):
        try:
            return len(stream.read_bytes(pikepdf.StreamDecodeLevel.generalized))
        except pikepdf.PdfError:
            return len(raw)
    return len(raw)


def inflated(raw: bytes, room: int) -> int:
    """The size of deflated bytes once inflated, counted in pieces and no further than just past `room`."""
    inflater, total, rest = zlib.decompressobj(), 0, raw
    try:
        while rest and total <= room and not inflater.eof:
            total += len(inflater.decompress(rest, 1 << 20))
            rest = inflater.unconsumed_tail
    except zlib.error:
        pass  # damaged streams are common, and drawn as far as they go
    return total
