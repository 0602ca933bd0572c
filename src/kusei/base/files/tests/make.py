"""Files for tests, good and hostile, made here."""

import io
import struct
import zlib

import pikepdf
from PIL import Image


def picture(form="JPEG", size=(64, 48), mode="RGB", **options) -> bytes:
    """A picture with a gradient, so that rebuilding has something to keep."""
    image = Image.linear_gradient("L").resize(size).convert(mode)
    target = io.BytesIO()
    image.save(target, form, **options)
    return target.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    """A PNG chunk with its checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_that_says(width: int, height: int, data: bytes | None = None) -> bytes:
    """A small PNG that claims any size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000) if data is None else data
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def pdf(pages=1, change=None, **options) -> bytes:
    """A PDF with a line of text on each page; `change(document)` may do anything to it."""
    with pikepdf.new() as document:
        for number in range(pages):
            page = document.add_blank_page(page_size=(200, 200))
            page.obj.Contents = document.make_stream(b"BT /F1 12 Tf 20 100 Td (page %d) Tj ET" % (number + 1))
            font = pikepdf.Dictionary(
                Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
            )
            page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=document.make_indirect(font)))
        if change:
            change(document)
        target = io.BytesIO()
        document.save(target, **options)
    return target.getvalue()


SCRIPT = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert('hello')"))


def arm(document: pikepdf.Pdf) -> None:
    """Put in everything that acts or hides."""
    page, root = document.pages[0], document.Root
    root.OpenAction = SCRIPT
    root.AA = pikepdf.Dictionary(WC=SCRIPT)
    document.docinfo["/Author"] = "Hanako"
    document.attachments["evil.exe"] = b"MZ evil"
    root.Names.JavaScript = pikepdf.Dictionary(Names=[pikepdf.String("x"), SCRIPT])
    button = document.make_indirect(pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget, FT=pikepdf.Name.Btn, T=pikepdf.String("go"), Rect=[0, 0, 10, 10],
        A=pikepdf.Dictionary(S=pikepdf.Name.Launch, F=pikepdf.String("calc.exe")),
    ))  # fmt: skip
    root.AcroForm = pikepdf.Dictionary(Fields=[button], XFA=document.make_stream(b"<xdp:xdp/>"))
    page.obj.AA = pikepdf.Dictionary(O=SCRIPT)
    page.obj.Annots = pikepdf.Array([
        document.make_indirect(pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 10, 10],
            A=pikepdf.Dictionary(S=pikepdf.Name.URI, URI=pikepdf.String("http://evil.example/")),
        )),
        button,
    ])  # fmt: skip
    form = document.make_stream(b"0 0 5 5 re f")
    form.Type, form.Subtype, form.BBox = pikepdf.Name.XObject, pikepdf.Name.Form, [0, 0, 10, 10]
    form.AA = SCRIPT
    form.Metadata = document.make_stream(b"hidden words")
    form.Resources = pikepdf.Dictionary(
        Properties=pikepdf.Dictionary(P1=pikepdf.Dictionary(JS=pikepdf.String("hidden")))
    )
    page.obj.Resources.XObject = pikepdf.Dictionary(X1=form)


def stream_pdf(raw: bytes, filters: object, **extra) -> bytes:
    """A PDF with one more stream, with these raw bytes and filters, that the page draws with."""

    def change(document):
        stream = document.make_stream(b"")
        stream.write(raw, filter=filters)
        for key, value in extra.items():
            stream[f"/{key}"] = value
        document.pages[0].obj.Resources.XObject = pikepdf.Dictionary(X1=stream)

    return pdf(change=change, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
