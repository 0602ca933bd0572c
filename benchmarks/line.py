"""A kept connection that speaks as much HTTP/1.1 as a benchmark needs: the driver shares two cores with what it measures, and the
standard library's client takes more of them than the answers it reads."""

import socket


class Line:
    """One connection to a server on this machine, opened when it is first used."""

    def __init__(self, port: int, timeout: float = 60.0) -> None:
        self.port, self.timeout = port, timeout
        self.socket: socket.socket | None = None

    def request(
        self, method: str, path: str, headers: dict[str, str], body: bytes = b""
    ) -> tuple[int, dict[str, str], bytes]:
        """Ask and wait: (status, headers with small letters, content). Raises `OSError` where the server hangs up."""
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port), self.timeout)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        lines += [f"Content-Length: {len(body)}", "", ""]
        self.socket.sendall("\r\n".join(lines).encode("latin-1") + body)
        return self._answer()

    def _answer(self) -> tuple[int, dict[str, str], bytes]:
        received = bytearray()
        while (end := received.find(b"\r\n\r\n")) < 0:
            self._more(received)
        first, *lines = received[:end].decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _colon, value in (line.partition(": ") for line in lines)}
        del received[: end + 4]
        if "content-length" in headers:
            content = self._take(received, int(headers["content-length"]))
        else:
            content = self._pieces(received)
        return int(first.split(" ")[1]), headers, content

    def _take(self, received: bytearray, length: int) -> bytes:
        while len(received) < length:
            self._more(received)
        taken = bytes(received[:length])
        del received[:length]
        return taken

    def _pieces(self, received: bytearray) -> bytes:
        """Content in pieces, each with its length in hexadecimal before it (chunked)."""
        content = b""
        while True:
            while (end := received.find(b"\r\n")) < 0:
                self._more(received)
            length = int(self._take(received, end + 2), 16)
            content += self._take(received, length + 2)[:length]
            if not length:
                return content

    def _more(self, received: bytearray) -> None:
        piece = self.socket.recv(65536)
        if not piece:
            self.close()
            raise OSError("the server hung up")
        received += piece

    def close(self) -> None:
        """Hang up; the next request calls again."""
        if self.socket is not None:
            self.socket.close()
            self.socket = None
