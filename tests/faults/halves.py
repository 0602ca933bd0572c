"""Portal and office as two installations, and the line between them through a proxy that can be cut."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.faults.demonstration import Demonstration

from benchmarks import harness
from kusei.site import processes
from kusei.site.split import Half, pair

SETTLED = 300.0
"""Seconds within which everything must have crossed once the line is back; leases of killed workers run for 60."""


class Proxy:
    """A line that can be cut: `open` passes everything on, `hang` takes connections and says nothing, `refuse` takes none."""

    def __init__(self, to: int) -> None:
        self.to, self.port, self.state = to, harness.free_port(), ""
        self.listener: socket.socket | None = None
        self.held: list[socket.socket] = []
        self.switch("open")

    def switch(self, state: str) -> None:
        """Be open, hang or refuse from now on; what runs is broken off."""
        self.state = state
        for each in self.held:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self.held = []
        if state == "refuse":
            self._close()
        elif self.listener is None:
            self.listener = socket.create_server(("127.0.0.1", self.port))
            threading.Thread(target=self._listen, args=[self.listener], daemon=True).start()

    def _close(self) -> None:
        if self.listener:
            with suppress(OSError):
                self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()
            self.listener = None

    def _listen(self, listener: socket.socket) -> None:
        while True:
            try:
                came, _ = listener.accept()
            except OSError:
                return
            self.held.append(came)
            if self.state == "open":
                with suppress(OSError):
                    on = socket.create_connection(("127.0.0.1", self.to))
                    self.held.append(on)
                    for one, other in ((came, on), (on, came)):
                        threading.Thread(target=self._pass, args=[one, other], daemon=True).start()

    def _pass(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
        for each in (one, other):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


class Part(Demonstration):
    """One of the two installations."""

    def __init__(self, half: Half, residents: int, *, ward_port: int) -> None:
        super().__init__(half.home, residents)
        self.half, self.port = half, ward_port

    def environment(self, **more: str) -> dict[str, str]:
        """As any demonstration's, with what makes it this part."""
        ours = {"KUSEI_PART": self.half.part, "KUSEI_LINE_SECONDS": "0.3", "KUSEI_LINE_LONGEST": "1"}
        ours |= {"KUSEI_LINE": self.half.line} if self.half.line else {}
        return super().environment(**ours, **more)

    def kill_worker(self) -> None:
        """kill -9 of its worker; the supervisor starts another."""
        assert processes.wait_until(lambda: bool(self.victims("worker")), seconds=30)
        self.victims("worker")[0].kill()

    def metric(self, name: str) -> float:
        """A figure of /metrics."""
        connection = self.open()
        connection.request("GET", "/metrics", headers={"Host": "localhost"})
        text = connection.getresponse().read().decode()
        connection.close()
        return float(next(line for line in text.splitlines() if line.startswith(f"{name} ")).split()[1])


class Halves:
    """Both installations and the line."""

    def __init__(self, home: Path, residents: int) -> None:
        ports = harness.free_port(), harness.free_port()
        self.proxy = Proxy(ports[0])
        portal = Half("portal", home / "portal", ports[0])
        office = Half("office", home / "office", ports[1], f"http://127.0.0.1:{self.proxy.port}")
        for half in (portal, office):
            processes.make_home(half.home)
        pair(portal, office)
        self.portal = Part(portal, residents, ward_port=ports[0])
        self.office = Part(office, residents, ward_port=ports[1])

    @contextmanager
    def running(self) -> Iterator["Halves"]:
        """Both run while the block does."""
        try:
            self.portal.start()
            self.office.start()
            yield self
        finally:
            for part in (self.office, self.portal):
                if part.running and part.running.poll() is None:
                    part.interrupt()
            self.proxy.switch("refuse")

    def quiet(self) -> bool:
        """Whether everything has crossed and been dealt with on both sides."""
        waiting = (
            "SELECT (SELECT count(*) FROM line_outgoing WHERE acked_at IS NULL) + (SELECT count(*) FROM line_incoming WHERE applied_at IS NULL)"
            " + (SELECT count(*) FROM tell_delivery WHERE state = 'waiting')"
            " + (SELECT count(*) FROM jobs_task WHERE state = 'waiting' AND kind <> 'daily')"
        )
        return all(part.one(waiting) == 0 for part in (self.portal, self.office))

    def settle(self) -> None:
        """Wait until everything has crossed. Raises AssertionError with what is left."""
        if not processes.wait_until(self.quiet, seconds=SETTLED, every=0.3):
            left = {part.half.part: part.rows(LEFT) for part in (self.portal, self.office)}
            raise AssertionError(f"not everything crossed: {left}")

    def residents(self, wanted: int) -> list[dict[str, str]]:
        """Residents tied at the office's counter and signed in to the portal: {login, session, holder} each."""
        tied = self.office.inside("tests.faults.split_people", "tie", str(wanted))
        self.settle()
        logins = json.dumps([each["login"] for each in tied])
        sessions = self.portal.inside("tests.faults.split_people", "sign_in", given=logins)
        return [each | {"session": sessions[each["login"]]} for each in tied]

    def staff(self, *acts: tuple[str, str]) -> list[str]:
        """What staff do in the office, in order: (act, receipt number) each; returns the state of each case afterwards."""
        return self.office.inside("tests.faults.split_staff", given=json.dumps(acts))

    def an_hour_passes(self) -> None:
        """Set what both sides know of the time of the cut back by an hour."""
        for part in (self.portal, self.office):
            part.rows(
                "UPDATE line_outgoing SET created_at = created_at - interval '1 hour' WHERE acked_at IS NULL RETURNING 1"
            )
            part.rows(
                "UPDATE line_line SET contact_at = contact_at - interval '1 hour', failing_since = failing_since - interval '1 hour' RETURNING 1"
            )


LEFT = """
SELECT 'out', kind, created_at::text, '' FROM line_outgoing WHERE acked_at IS NULL
UNION ALL SELECT 'in', kind, state, last_error FROM line_incoming WHERE applied_at IS NULL
UNION ALL SELECT 'task', kind, state, last_error FROM jobs_task WHERE state <> 'done' AND kind <> 'daily'
UNION ALL SELECT 'line', side, last_error, refused::text FROM line_line
"""


def wait(seconds: float) -> None:
    """Let it work for a moment."""
    time.sleep(seconds)
