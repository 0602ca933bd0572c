"""The sandbox: a small process that forks a child for each file, which gets two open files, little memory, little time, and nothing else.

Files from outside are parsed here only. Started by `kusei.base.files.sandbox.client` with an empty environment: it holds no secrets and no database. It ends when the socket on its standard input closes, so it never outlives who started it.
"""

import gc
import io
import json
import os
import pwd
import resource
import signal
import socket

import pikepdf
from PIL import Image

from kusei.base.files.sandbox import images, pdfs
from kusei.base.files.sandbox.problems import Problem

MEMORY = 1536 * 1024 * 1024
SECONDS = 20
LARGEST_RESULT = 64 * 1024 * 1024
UNPRIVILEGED = "nobody"
ACTS = {
    ("check", "image"): lambda source, target: images.check(source),
    ("check", "pdf"): lambda source, target: pdfs.check(source),
    ("rebuild", "image"): images.rebuild,
    ("rebuild", "pdf"): pdfs.rebuild,
}


def warm() -> None:
    """Do everything once with files made here: what libraries load when first needed is loaded while it can be."""
    picture, document, nothing = io.BytesIO(), io.BytesIO(), io.BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "JPEG")
    with pikepdf.new() as made:
        made.add_blank_page()
        made.save(document)
    for (_act, kind), perform_act in ACTS.items():
        given = picture if kind == "image" else document
        given.seek(0)
        perform_act(given, nothing)


def serve(connection: socket.socket) -> None:
    """Answer requests until the other end closes: each is JSON {act, kind} with two file descriptors, each answer JSON."""
    while True:
        request, descriptors, _flags, _address = socket.recv_fds(connection, 4096, 2)
        if not request:
            return
        try:
            answer = in_child(json.loads(request), *descriptors)
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        try:
            connection.sendall(json.dumps(answer).encode())
        except BrokenPipeError:
            return  # who asked has gone


def in_child(request: dict, source: int, target: int) -> dict:
    """Fork, do it there, and return what the child says; a child that dies is a file too complex."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.close(reading)
            confine()
            os.write(writing, json.dumps(perform(request, source, target)).encode())
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return json.loads(said) if said else {"problem": "too_complex"}


def confine() -> None:
    """Give up rights, memory and time."""
    signal.alarm(SECONDS)
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, LARGEST_RESULT),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(what, (most, most))
    if os.geteuid() == 0:
        user = pwd.getpwnam(UNPRIVILEGED)
        os.setgroups([])
        os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
        os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)


def perform(request: dict, source: int, target: int) -> dict:
    """Do what is asked with the file. The descriptors are shared with who asked, so their places in the files are left alone."""
    made = io.BytesIO()
    try:
        found = {"media_type": ACTS[request["act"], request["kind"]](io.BytesIO(whole(source)), made)}
    except Problem as problem:
        return {"problem": problem.code}
    except (MemoryError, RecursionError):
        return {"problem": "too_complex"}
    written, content = 0, made.getbuffer()
    while written < len(content):
        written += os.pwrite(target, content[written:], written)
    return found


def whole(source: int) -> bytes:
    """Everything in a file."""
    parts, size = [], 0
    while part := os.pread(source, 1 << 20, size):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for those who started us
    warm()
    gc.collect()
    gc.freeze()
    gc.disable()
    serve(socket.socket(fileno=0))
