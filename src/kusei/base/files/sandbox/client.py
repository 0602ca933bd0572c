"""Asking the sandbox: one server process for each of ours, started at the first file, one file at a time."""

import atexit
import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import BinaryIO

SOURCE = Path(__file__).resolve().parents[4]
START = "import runpy, sys; sys.path.insert(0, sys.argv[1]); runpy.run_module('kusei.base.files.sandbox.server', run_name='__main__')"
PATIENCE = 40.0
"""Seconds to wait for an answer; the child's own limit is shorter."""


class SandboxDown(Exception):
    """The sandbox does not answer; the file is not to blame."""


class Sandbox:
    """A server process and the socket to it; made anew when it has gone, and in a forked process."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.process: subprocess.Popen | None = None
        self.connection: socket.socket | None = None
        self.owner = 0

    def check(self, source: BinaryIO, kind: str) -> dict:
        """Look at a file of a kind (image | pdf): {"media_type": …} or {"problem": code}. Raises `SandboxDown`."""
        with open(os.devnull, "wb") as nothing:
            return self.ask("check", kind, source, nothing)

    def rebuild(self, source: BinaryIO, target: BinaryIO, kind: str) -> dict:
        """Write a file anew into `target`: {"media_type": …} or {"problem": code}. Raises `SandboxDown`."""
        return self.ask("rebuild", kind, source, target)

    def ask(self, act: str, kind: str, source: BinaryIO, target: BinaryIO) -> dict:
        """One request, one answer."""
        request = json.dumps({"act": act, "kind": kind}).encode()
        with self.lock:
            try:
                connection = self.connected()
                socket.send_fds(connection, [request], [source.fileno(), target.fileno()])
                answer = connection.recv(4096)
            except OSError as error:
                self.close()
                raise SandboxDown(type(error).__name__) from error
            if not answer:
                self.close()
                raise SandboxDown("it ended")
        return json.loads(answer)

    def connected(self) -> socket.socket:
        """The socket to a server that runs."""
        if self.owner == os.getpid() and self.process and self.process.poll() is None:
            return self.connection
        self.close()
        ours, theirs = socket.socketpair()
        ours.settimeout(PATIENCE)
        with theirs:
            self.process = subprocess.Popen([sys.executable, "-I", "-c", START, str(SOURCE)], stdin=theirs, env={})
        self.connection, self.owner = ours, os.getpid()
        return ours

    def close(self) -> None:
        """Let the server end."""
        connection, process, ours = self.connection, self.process, self.owner == os.getpid()
        self.connection = self.process = None
        if connection:
            connection.close()
        if process and ours:
            process.kill()
            process.wait()


sandbox = Sandbox()
atexit.register(sandbox.close)
