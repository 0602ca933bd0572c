"""Where the bytes lie: behind Django's storage API, under the SHA-256 of the content."""

import os
from pathlib import Path
from typing import BinaryIO

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, default_storage


class Durable(FileSystemStorage):
    """A folder in which a file is there whole, on the disk itself, or not at all; what is saved twice is the same file."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """The name itself: names tell the content, so whoever saves one again saves the same."""
        return name

    def _save(self, name: str, content: File) -> str:
        """Write beside its place, flush to the disk, then move it there."""
        target = Path(self.path(name))
        make_folder(target.parent)
        draft = target.with_name(f".{target.name}.{os.getpid()}.{os.urandom(4).hex()}")
        try:
            with draft.open("xb") as file:
                for chunk in content.chunks():
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            draft.chmod(0o600)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
        flush_folder(target.parent)
        return name


def make_folder(folder: Path) -> None:
    """Make a folder, for us alone, with those above it, such that it survives a power cut."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    flush_folder(folder.parent)


def flush_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def place(sha256: str) -> str:
    """The name under which content with this digest lies: `ab/cd/abcd…`."""
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


def put(sha256: str, content: BinaryIO) -> None:
    """Keep the content, which must have that digest. Kept content is written again, which renews its age: the sweep spares what is new."""
    content.seek(0)
    default_storage.save(place(sha256), File(content))


def get(sha256: str) -> File:
    """The content, open for reading. Raises FileNotFoundError."""
    return default_storage.open(place(sha256), "rb")
