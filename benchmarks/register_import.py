"""Feeding a register: a file of a hundred thousand residents read and compared, applied, and read again with a tenth of them moved."""

import os
from typing import Any

from benchmarks import harness

NAME = "register_import"
HELP = "a CSV file of 100,000 residents: preview, import, and a second file with changes"
ROWS = 6_250
TOWN = "13107/吾妻橋一丁目"


def content(rows: int, moved: int = 0) -> bytes:
    """A file of so many residents; the first `moved` have another address."""
    from kusei.base.parties.feeds import COLUMNS
    from kusei.base.record.sheets import csv_bytes

    people = (
        [
            f"{number:08}", f"見本　{number}", "ミホン　タロウ", "", f"{1930 + number % 90}-0{1 + number % 9}-1{number % 9}", "mf"[number % 2],
            "JPN", "03-1234-5678", TOWN, f"{number % 40}番{'99' if number < moved else number % 30}号", "", "130-0001",
        ]
        for number in range(rows)
    )  # fmt: skip
    return csv_bytes([column.label for column in COLUMNS], people)


def fed(file: bytes) -> tuple[float, float]:
    """Seconds to read and compare, and to apply. Raises AssertionError where rows are bad."""
    from kusei.base.kernel import clock
    from kusei.base.kernel.actors import SYSTEM
    from kusei.base.parties.feeds import REGISTER
    from kusei.base.record import actions

    now, runs = clock.now(), []
    day = clock.local_date(now)
    checked = harness.seconds(lambda: runs.append(actions.check(REGISTER, file, "bench.csv", day, by=SYSTEM, now=now)))
    assert runs[0].bad == 0, runs[0].rows.filter(outcome="bad").first().problem
    return checked, harness.seconds(lambda: actions.confirm(runs[0], REGISTER, by=SYSTEM, now=now))


def whole(rows: int) -> float:
    """Seconds to compare and apply a first file of so many rows, in an empty register."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE parties_party, record_import CASCADE")
    return sum(fed(content(rows)))


def run(options) -> dict[str, Any]:
    """Feed an empty register, then one with everybody in it."""
    with harness.database():
        from kusei.base.parties.models import Party, Town

        Town.objects.get_or_create(id=TOWN, defaults={"ward_code": "13107", "name": "吾妻橋一丁目", "source": "made"})
        with harness.Memory(os.getpid()) as memory:
            times = harness.growth(whole, ROWS)
            rows = ROWS * 16
            again, changed = fed(content(rows, moved=rows // 10))
        people = Party.objects.filter(kind="person").count()
    first = times["×16"]
    return harness.result(
        NAME,
        f"{rows:,} residents in an empty register, then the same file with {rows // 10:,} moves",
        ours=first,
        growth=times,
        peak_mb=memory.peak_each_mb[os.getpid()],
        second_file_seconds={"compare": again, "apply": changed},
        goals=[
            harness.at_most("seconds to compare and apply 100,000 new rows", 60, first),
            harness.at_most("seconds to compare and apply the second file", 60, again + changed),
            harness.at_least("people in the register", rows, people),
        ],
    )
