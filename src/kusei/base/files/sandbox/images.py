"""Pictures: looked at, and made anew from their pixels. Runs in the sandbox only."""

import struct
import warnings
from typing import BinaryIO

from PIL import Image, ImageFile, ImageOps, JpegImagePlugin, MpoImagePlugin, PngImagePlugin, WebPImagePlugin

from kusei.base.files.sandbox.problems import Problem

# A confined child can import nothing, so what Pillow would load when needed is loaded here.
CODECS = (JpegImagePlugin, MpoImagePlugin, PngImagePlugin, WebPImagePlugin)
FORMATS = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
MOST_PIXELS = 50_000_000
LONGEST_SIDE = 3000
QUALITY = 85
ImageFile.LOAD_TRUNCATED_IMAGES = False
Image.MAX_IMAGE_PIXELS = MOST_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)


def opened(source: BinaryIO) -> Image.Image:
    """The picture, its pixels not yet read. Raises `Problem`."""
    try:
        picture = Image.open(source, formats=["JPEG", "PNG", "WEBP"])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Problem("too_many_pixels") from None
    except (OSError, SyntaxError, ValueError, struct.error):
        raise Problem("unreadable") from None
    if picture.width * picture.height > MOST_PIXELS:
        raise Problem("too_many_pixels")
    return picture


def check(source: BinaryIO) -> str:
    """The media type of a picture that is whole. Reads as little as tells. Raises `Problem`."""
    picture = opened(source)
    media_type = FORMATS[picture.format]
    try:
        if media_type == "image/png":
            picture.verify()  # the checksum of every chunk
        else:
            picture.draft("L", (1, 1))  # a JPEG at an eighth of its size: every byte is read, few are computed
            picture.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Problem("too_many_pixels") from None
    except (OSError, SyntaxError, ValueError, struct.error, EOFError):
        raise Problem("unreadable") from None
    return media_type


def rebuild(source: BinaryIO, target: BinaryIO) -> str:
    """Write the picture anew as JPEG: upright, at most 3,000 pixels a side, without metadata. Returns its media type. Raises `Problem`."""
    picture = opened(source)
    try:
        if picture.format in ("JPEG", "MPO"):
            picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        picture.load()
        picture = on_white(ImageOps.exif_transpose(picture))
        picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Problem("too_many_pixels") from None
    except (OSError, SyntaxError, ValueError, struct.error, EOFError):
        raise Problem("unreadable") from None
    plain = Image.new("RGB", picture.size)  # nothing but pixels goes over
    plain.paste(picture)
    plain.save(target, "JPEG", quality=QUALITY)
    return "image/jpeg"


def on_white(picture: Image.Image) -> Image.Image:
    """The picture in RGB, what is transparent in it white."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        ground = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(ground, picture).convert("RGB")
    return picture.convert("RGB")
