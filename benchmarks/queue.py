"""Staff's queue, search and case at ten thousand, a hundred thousand and a million cases, over HTTP as clerk and chiefs.

Beside it what a plain Django list does on the same table: count all, take a page by OFFSET, search with icontains.
"""

import http.client
import json
import os
import re
import statistics
import subprocess
import sys
from contextlib import contextmanager
from html import unescape
from typing import Any
from urllib.parse import urlencode

from benchmarks import harness
from kusei.site.config import CONFIG

NAME = "queue"
HELP = "staff's queue, search and case page at 10,000, 100,000 and 1,000,000 cases, beside a plain Django list"
SIZES = (10_000, 100_000, 1_000_000)
ROUNDS = 15
DEEP = 10
GOAL_MS, GOAL_FLAT = 50, 2.0
TABS = ("mine", "unassigned", "open", "correcting", "overdue", "ended")


def tool(site: harness.Site, *arguments: str) -> dict[str, str]:
    """Run `queue_cases.py` beside the demonstration."""
    ours = {
        "KUSEI_HOME": str(site.home),
        "DJANGO_SETTINGS_MODULE": "kusei.site.settings",
        "KUSEI_DATABASE_ROLE": "owner",
    }
    path = f"{harness.ROOT / 'src'}:{harness.ROOT}"
    command = [sys.executable, "-P", "-m", "benchmarks.queue_cases", *arguments]
    done = subprocess.run(command, env={**os.environ, **ours, "PYTHONPATH": path}, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout.splitlines()[-1])


class Browser:
    """A member of staff's browser: one connection, kept open."""

    def __init__(self, port: int, session: str = "") -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.headers = {"Host": "localhost", "Cookie": f"sessionid={session}", "Accept-Language": "ja"}

    def get(self, path: str) -> str:
        """A page. Raises AssertionError where it is none."""
        try:
            self.connection.request("GET", path, headers=self.headers)
            answer = self.connection.getresponse()
        except (http.client.RemoteDisconnected, ConnectionError):  # idle for long, while the table grew
            self.connection.close()
            self.connection.request("GET", path, headers=self.headers)
            answer = self.connection.getresponse()
        body = answer.read().decode()
        assert answer.status in (200, 302), f"{path}: {answer.status} {body[:500]}"
        return body

    def milliseconds(self, path: str, rounds: int = ROUNDS) -> float:
        """The median of so many requests, after one to warm up."""
        self.get(path)
        return statistics.median(harness.seconds(lambda: self.get(path)) for _ in range(rounds)) * 1000


def queue(**wanted: str) -> str:
    """The address of a queue."""
    return f"/office/?{urlencode(wanted)}"


def deep(browser: Browser, tab: str) -> str:
    """The address of a page some pages into a tab, as its links lead to it; of the last where there are fewer."""
    path = queue(tab=tab)
    for _ in range(DEEP):
        found = re.search(r'href="(/office/[^"]*[?&;]after=[^"]*)"', browser.get(path))
        if not found:
            break
        path = unescape(found[1])
    return path


def pages(browsers: dict[str, Browser], known: dict[str, str]) -> dict[str, tuple[str, str]]:
    """What is measured: name → who looks, address."""
    clerk = browsers["clerk"]
    found = {f"{tab}": ("clerk", queue(tab=tab)) for tab in TABS}
    found |= {f"{tab}, page {DEEP + 1}": ("clerk", deep(clerk, tab)) for tab in ("open", "ended")}
    for tab in ("open", "ended"):
        found[f"{tab} of one procedure"] = ("clerk", queue(tab=tab, procedure=known["procedure"]))
        found[f"{tab}, common name"] = ("clerk", queue(tab=tab, q=known["common"]))
        found[f"{tab}, begin of a common reading"] = ("clerk", queue(tab=tab, q=known["common_kana"]))
        found[f"{tab}, rare whole name"] = ("clerk", queue(tab=tab, q=known["rare"]))
        found[f"{tab}, begin of a number"] = ("clerk", queue(tab=tab, q=known["number"][:9]))
    found |= {f"{tab} (department chief)": ("department_chief", queue(tab=tab)) for tab in ("open", "overdue", "ended")}
    found["common name (department chief)"] = ("department_chief", queue(tab="ended", q=known["common"]))
    found["open (section chief)"] = ("chief", queue(tab="open"))
    found["whole number"] = ("clerk", queue(q=known["number"]))
    found["case"] = ("clerk", f"/office/cases/{known['case']}")
    found["overview (section chief)"] = ("chief", "/office/overview")
    return found


@contextmanager
def plain(site: harness.Site):
    """The peer, running: yields its browser."""
    port = harness.free_port()
    ours = {
        "KUSEI_HOME": str(site.home),
        "KUSEI_DATABASE_ROLE": "owner",
        "PYTHONPATH": f"{harness.ROOT / 'src'}:{harness.ROOT}",
    }
    command = [sys.executable, "-P", "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    running = subprocess.Popen(
        [*command, "--log-level", "error", "benchmarks.queue_plain:application"], env={**os.environ, **ours}
    )
    try:
        browser = Browser(port)
        for _ in range(200):
            try:
                browser.get("/?page=1")
                break
            except OSError:
                browser = Browser(port)
                harness.time.sleep(0.1)
        yield browser
    finally:
        running.terminate()
        running.wait()


def run(options) -> dict[str, Any]:
    """Let the table grow, and look at every page at each size."""
    at: dict[int, dict[str, float]] = {}
    with (
        harness.site(CONFIG.home / "demo", "--residents", "900", "--fresh", "--yes") as site,
        harness.Memory(site.pid) as memory,
    ):
        browsers = {name: Browser(site.port, session) for name, session in tool(site, "staff").items()}
        for size in SIZES:
            known = tool(site, "grow", str(size))
            looked = pages(browsers, known)
            at[size] = {name: browsers[who].milliseconds(path) for name, (who, path) in looked.items()}
            print(
                size,
                json.dumps({k: round(v, 1) for k, v in at[size].items()}, ensure_ascii=False),
                file=sys.stderr,
                flush=True,
            )
        with plain(site) as browser:
            lists = {
                "first page": "/?page=1",
                "page 11": "/?page=11",
                "common name": f"/?{urlencode({'q': known['common']})}",
            }
            peers = {name: browser.milliseconds(path, 3) for name, path in lists.items()}
    least, most = at[SIZES[0]], at[SIZES[-1]]
    slowest = max(most, key=most.get)
    flat = {name: most[name] / least[name] for name in most}
    steepest = max(flat, key=flat.get)
    return harness.result(
        NAME,
        f"{len(most)} pages as clerk, section chief and department chief, {ROUNDS} requests each, one after another",
        ours=statistics.median(most.values()),
        peer=statistics.median(peers.values()),
        growth={f"{size:,}": statistics.median(figures.values()) for size, figures in at.items()},
        peak_mb=memory.peak_mb,
        milliseconds={f"{size:,}": {name: round(took, 1) for name, took in figures.items()} for size, figures in at.items()},
        plain_list={name: round(took, 1) for name, took in peers.items()},
        goals=[
            harness.at_most(f"median ms of the slowest page at a million cases ({slowest})", GOAL_MS, most[slowest]),
            harness.at_most(f"times slower at a million cases than at ten thousand, the steepest page ({steepest})", GOAL_FLAT, flat[steepest]),
        ],
    )  # fmt: skip
