"""`./kusei demo`: one demonstration ward on this machine, from nothing to a web address."""

import argparse
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import psutil

from kusei.base.demo import cards
from kusei.base.kernel import clock
from kusei.site import postgres, processes
from kusei.site.bundle import check_restored
from kusei.site.cluster import Layout
from kusei.site.config import CONFIG, home_ward
from kusei.site.errors import SiteError
from kusei.site.supervisor import Child, Supervisor, alone

HOST = "127.0.0.1"
STATE = ("ward", "audit", "files", "log", "metrics", "static", "restoring")
"""What a demonstration keeps in the home besides its database: what `--fresh` throws away."""
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
TRIES = 3
"""Starts of the web server before giving up on a first answer."""
PATIENCE = 60.0
"""Seconds to wait for that answer."""


def say(line: str) -> None:
    """One line of progress."""
    print(line, file=sys.stderr, flush=True)


def run(options: argparse.Namespace) -> int:
    """Run the demonstration until Ctrl-C or SIGTERM; returns the exit code. Raises `SiteError` where it can't start."""
    home, port = CONFIG.home, options.port or CONFIG.port
    ward = options.ward or CONFIG.ward.value
    check_ward(home, ward, fresh=options.fresh)
    for signum in STOPPING:  # Ctrl-C too: a shell's background job starts with it ignored
        signal.signal(signum, signal.default_int_handler)
    if not options.fresh:
        check_restored(home)
    with ExitStack() as stack:
        stack.enter_context(alone(home, f"http://localhost:{port}"))
        check_port(port)
        if options.fresh and not throw_away(home, sure=options.yes):
            return 1
        server = None
        if CONFIG.embedded:
            say("Starting PostgreSQL …")
            server = stack.enter_context(postgres.using(home, tied=True, say=say))
        environment = environment_of(ward, port) | card_settings(home)
        logins = prepare(environment, options.residents)
        shutil.rmtree(home / "metrics", ignore_errors=True)  # counters begin with the processes that count
        supervisor = Supervisor(home, children(port, home), environment, say, server)
        stack.callback(supervisor.stop)
        stack.callback(ignore_signals)
        stack.callback(say, "Stopping …")
        serve(supervisor, port, logins)
    return 0


def serve(supervisor: Supervisor, port: int, logins: str) -> None:
    """Start web and worker, say where they are once they answer, and tend them until interrupted."""
    say("Starting the web server and the worker …")
    web, until = supervisor.children[0], time.monotonic() + PATIENCE
    while not answers(port):
        supervisor.tend()
        if web.failures >= TRIES or time.monotonic() > until:
            log = supervisor.log_of(web)
            raise SiteError(f"The web server does not start. The end of {log}:\n{postgres.last_lines(log, 15)}")
        time.sleep(0.1)
    print(f"\nKusei is ready: http://localhost:{port}/\n\n{logins}\nCtrl-C stops it.", flush=True)
    try:
        while True:
            supervisor.tend()
            time.sleep(0.2)
    except KeyboardInterrupt:
        return


def ignore_signals() -> None:
    """From here on nothing interrupts the stopping, which ends by itself."""
    for signum in STOPPING:
        signal.signal(signum, signal.SIG_IGN)


def environment_of(ward: str, port: int) -> dict[str, str]:
    """Environment of the processes of this demonstration."""
    ours = {"KUSEI_HOME": str(CONFIG.home), "KUSEI_WARD": ward, "KUSEI_PORT": str(port), "KUSEI_DEMO": "1"}
    return {**os.environ, **ours, "DJANGO_SETTINGS_MODULE": "kusei.site.settings", "PYTHONUNBUFFERED": "1"}


def card_settings(home: Path) -> dict[str, str]:
    """Where the demonstration's own cards are vouched for, unless others are configured."""
    if CONFIG.card_anchors:
        return {}
    anchor, revoked = cards.prepare(home / cards.FOLDER, clock.now())
    return {"KUSEI_CARD_ANCHORS": str(anchor), "KUSEI_CARD_CRLS": str(revoked)}


def children(port: int, home: Path) -> list[Child]:
    """The processes of a site, in the order they start."""
    python = [sys.executable, "-P", "-m"]
    web = [*python, "granian", "--interface", "rsgi", "kusei.site.rsgi:application"]
    web += ["--host", HOST, "--port", str(port), "--no-ws"]
    web += ["--workers", str(CONFIG.web_processes), "--workers-kill-timeout", "8"]
    web += ["--respawn-failed-workers", "--respawn-interval", "0.5"]
    web += ["--log-config", str(Path(__file__).with_name("granian.json"))]
    web += ["--static-path-mount", str(home / "static")]
    return [Child("web", web), Child("worker", [*python, "django", "worker"])]


def prepare(environment: Mapping[str, str], residents: int) -> str:
    """Migrate and fill the database in a process of its own; returns the demonstration logins. Raises `SiteError`."""
    command = [sys.executable, "-P", "-m", "kusei.site.prepare", str(residents)]
    owner = {**environment, "KUSEI_DATABASE_ROLE": "owner", processes.MARK: processes.mark(CONFIG.home, "prepare")}
    tie = processes.die_with_parent(signal.SIGKILL)
    done = subprocess.run(command, env=owner, stdout=subprocess.PIPE, text=True, preexec_fn=tie)
    if done.returncode:
        raise SiteError("The database could not be prepared (see above).")
    return done.stdout


def check_ward(home: Path, ward: str, *, fresh: bool) -> None:
    """Refuse to show one ward on another's data."""
    kept = home_ward(home)
    if kept and kept != ward and not fresh:
        raise SiteError(
            f"{home} holds the ward {kept}. To throw its data away and make {ward} instead, add --fresh;\n"
            f"to keep both, set KUSEI_HOME to another folder for {ward}."
        )


def check_port(port: int) -> None:
    """Refuse a port that somebody else uses, naming them where the system tells."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError:
            raise SiteError(f"Port {port} needs special rights. Choose one from 1024 up: --port 8000") from None
        except OSError:
            raise SiteError(f"Port {port} is taken{user_of(port)}. Choose another: --port {port + 1}") from None


def user_of(port: int) -> str:
    """' by NAME (process N)' for whoever listens on `port`; '' where the system doesn't tell us."""
    try:
        for used in psutil.net_connections("tcp"):
            if used.status == psutil.CONN_LISTEN and used.laddr.port == port and used.pid:
                return f" by {psutil.Process(used.pid).name()} (process {used.pid})"
    except psutil.Error:
        return ""
    return ""


def throw_away(home: Path, *, sure: bool) -> bool:
    """Remove the demonstration's data (database, files, audit anchors), asking first unless `sure`. Returns whether it was done."""
    if not CONFIG.embedded:
        raise SiteError("--fresh does not touch the database of DATABASE_URL: make an empty one and name it there.")
    layout = Layout.of(home)
    there = [place for place in [layout.data, *(home / name for name in STATE)] if place.exists()]
    if there and not sure:
        say("This throws away: " + ", ".join(str(place) for place in there))
        if not sys.stdin.isatty() or input("Type 'yes' to go on: ").strip() != "yes":
            say("Nothing was changed. (--yes answers beforehand.)")
            return False
    postgres.stop(home)
    for place in there:
        shutil.rmtree(place) if place.is_dir() else place.unlink()
    return True


def answers(port: int) -> bool:
    """Whether the site says it is healthy."""
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Host": "localhost"})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
