"""Complete applications over HTTP: signed-in sessions, every page, a photo, submit; web, worker, database and driver on one machine.

Beside it, a bare Django view under the same server, given as many requests and row inserts.
"""

import io
import json
import os
import queue
import random
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import psutil
import psycopg
from PIL import Image

from benchmarks import harness
from benchmarks.line import Line
from benchmarks.resident import Resident
from kusei.site.config import CONFIG

NAME = "intake"
HELP = "complete applications a second over HTTP, beside a bare Django view"
RESIDENTS = 50
ROUND = 300
UNIT = 150
GOAL_PER_SECOND, GOAL_P95_MS, GOAL_WEB_MB = 25, 250, 200


def photo() -> bytes:
    """A made photo of about 100 kB, as a phone's browser sends it after scaling it down."""
    noise = random.Random(1).randbytes(64 * 48 * 3)
    picture = Image.frombytes("RGB", (64, 48), noise).resize((1280, 960), Image.Resampling.BICUBIC)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=60)
    return out.getvalue()


def spread(work, count: int, drivers: list) -> float:
    """Have the drivers do `work(driver)` `count` times in all, at once; returns the seconds it took. The first failure is raised."""
    tickets: queue.SimpleQueue = queue.SimpleQueue()
    for number in range(count):
        tickets.put(number)
    failures: list[Exception] = []

    def drive(driver) -> None:
        try:
            while not failures:
                tickets.get_nowait()
                work(driver)
        except queue.Empty:
            return
        except Exception as failure:  # noqa: BLE001 - raised below, in the thread that asked
            failures.append(failure)

    threads = [threading.Thread(target=drive, args=[driver]) for driver in drivers]
    took = harness.seconds(lambda: ([t.start() for t in threads], [t.join() for t in threads]))
    if failures:
        raise failures[0]
    return took


def environment(site: harness.Site) -> dict[str, str]:
    """What a process beside the demonstration needs to reach its database."""
    ours = {
        "KUSEI_HOME": str(site.home),
        "DJANGO_SETTINGS_MODULE": "kusei.site.settings",
        "KUSEI_DATABASE_ROLE": "owner",
    }
    return {**os.environ, **ours, "PYTHONPATH": f"{harness.ROOT / 'src'}:{harness.ROOT}"}


def residents(site: harness.Site) -> list[Resident]:
    """Browsers of residents who are signed in."""
    command = [sys.executable, "-P", "-m", "benchmarks.intake_accounts", str(RESIDENTS)]
    made = json.loads(subprocess.run(command, env=environment(site), stdout=subprocess.PIPE, check=True).stdout)
    if len(made) < RESIDENTS:
        raise RuntimeError(f"only {len(made)} parents in the demonstration")
    picture = photo()
    return [Resident(site.port, m["session"], m["holder"], picture, scripts=True) for m in made]


@contextmanager
def bare(site: harness.Site):
    """The bare view under granian as the demonstration runs it; gives a function (requests, inserts) → seconds."""
    port = harness.free_port()
    command = [sys.executable, "-P", "-m", "granian", "--interface", "wsgi", "benchmarks.bare:application"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "2", "--blocking-threads", "4", "--no-ws"]
    running = subprocess.Popen(command, env=environment(site), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    connections = [Line(port) for _ in range(RESIDENTS)]

    def ask(connection, rows: int) -> None:
        if connection.request("GET", f"/insert?rows={rows}", {"Host": "localhost"})[2] != b"ok":
            raise RuntimeError("the bare view failed")

    def load(requests: int, inserts: int) -> float:
        each, more = divmod(inserts, requests)
        extra = iter([1] * more + [0] * (requests - more))
        lock = threading.Lock()

        def one(connection) -> None:
            with lock:
                rows = each + next(extra)
            ask(connection, rows)

        for connection in connections:
            connection.close()  # the server drops those that idled through our own round; each opens anew
        return spread(one, requests, connections)

    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                ask(connections[0], 0)
                break
            except OSError:
                connections[0].close()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        yield load
    finally:
        running.terminate()
        running.wait()


class Database:
    """Counts taken from the demonstration's database."""

    def __init__(self, site: harness.Site):
        said = subprocess.run(
            [sys.executable, "-c", "import json; from kusei.site.config import CONFIG; print(json.dumps(CONFIG.database('owner')))"],
            env=environment(site), stdout=subprocess.PIPE, check=True,
        ).stdout  # fmt: skip
        where = json.loads(said)
        self.connection = psycopg.connect(
            dbname=where["NAME"], user=where["USER"], host=where["HOST"], port=where["PORT"] or None, autocommit=True
        )

    def one(self, query: str):
        """The one figure a query gives."""
        return self.connection.execute(query).fetchone()[0]

    def inserts(self) -> int:
        """Rows inserted so far in all tables; the server's own counters lag by a second."""
        time.sleep(2)
        return int(self.one("SELECT sum(n_tup_ins) FROM pg_stat_user_tables WHERE relname <> 'bench_bare'"))

    def waiting(self) -> int:
        """Deliveries and tasks still to be done now."""
        due = "WHERE state = 'waiting' AND next_try_at <= now()"
        return int(
            self.one(f"SELECT (SELECT count(*) FROM tell_delivery {due}) + (SELECT count(*) FROM jobs_task {due})")
        )


def drained(database: Database) -> float:
    """Wait until the worker has done everything; returns the seconds."""
    begun = time.monotonic()
    while database.waiting():
        if time.monotonic() - begun > 600:
            raise RuntimeError("the worker did not catch up in ten minutes")
        time.sleep(0.2)
    return round(time.monotonic() - begun, 1)


def web_mb(site: harness.Site, memory: harness.Memory) -> float:
    """Peak of the largest web process, in megabytes."""
    web = [
        p.pid
        for p in psutil.Process(site.pid).children(recursive=True)
        if any("granian" in part for part in p.cmdline())
    ]
    return max(memory.peak_each_mb.get(pid, 0.0) for pid in web)


def run(options) -> dict:
    """Measure; see the module's docstring."""
    home = CONFIG.home / "intake"
    receipts: list[str] = []

    def apply(driver: Resident) -> None:
        receipts.append(driver.apply())

    def applications(count: int) -> float:
        for driver in drivers:
            driver.connection.close()
        return count / spread(apply, count, drivers)

    with harness.site(home, "--residents", "5000", "--fresh", "--yes") as site, harness.Memory(site.pid) as memory:
        database = Database(site)
        database.connection.execute("CREATE TABLE bench_bare (id bigserial PRIMARY KEY, text text)")
        drivers = residents(site)
        spread(apply, RESIDENTS, drivers)  # warm
        drained(database)
        before, asked = database.inserts(), sum(d.requests for d in drivers)
        spread(apply, RESIDENTS, drivers)
        drained(database)
        rows, requests = database.inserts() - before, sum(d.requests for d in drivers) - asked
        for driver in drivers:
            driver.took.clear()
        with bare(site) as load:
            share = ROUND / RESIDENTS
            ours, peer = harness.alternate(
                lambda: applications(ROUND),
                lambda: ROUND / load(int(requests * share), int(rows * share)),
                rounds=3,
            )
        p95 = harness.percentile([t for d in drivers for t in d.took], 0.95) * 1000
        grown = harness.growth(lambda count: round(applications(count), 1), UNIT)
        backlog = drained(database)
        kept = database.one("SELECT count(*) FROM ask_application a JOIN decide_case c ON c.id = a.id")
        web = web_mb(site, memory)
    goals = [
        harness.at_least("complete applications a second", GOAL_PER_SECOND, ours),
        harness.at_most("p95 of a page at 50 residents, ms", GOAL_P95_MS, p95),
        harness.at_most("a web process, MB", GOAL_WEB_MB, web),
        harness.at_least("receipts shown that are there with their case, share", 1, kept / len(receipts)),
    ]
    return harness.result(
        NAME,
        f"{RESIDENTS} residents at once, {requests / RESIDENTS:g} requests and {rows / RESIDENTS:.1f} row inserts an application",
        ours=round(ours, 1),
        peer=round(peer, 1),
        growth=grown,
        peak_mb=memory.peak_mb,
        unit="applications a second",
        p95_ms=round(p95, 1),
        worker_caught_up_after_s=backlog,
        goals=goals,
    )
