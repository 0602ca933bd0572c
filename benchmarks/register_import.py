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
            "JPN", "03-1234-5678", TOWN, f"{number % 40}番{'99' if number < moved else number % 30}号", "", "130-0001", "", "",
        ]
        for number in range(rows)
    )  # fmt: skip
    return csv_bytes([column.label for column in COLUMNS], people)


def fed(file: bytes) -> tuple[float, float]:
    """Seconds to read and compare, and to apply. Raises AssertionError where rows are bad."""
    from kusei.base.kernel import clock
    from kusei.base.kernel.actors import SYSTEM
    from kusei.base.parties.feeds import REGISTER
    from kusei.base.record import actions, work

    now, runs = clock.now(), []
    day = clock.local_date(now)

    def worked() -> None:
        waiting = runs[0].work.get(state="waiting")
        work.perform(waiting, now)
        runs[0].work.filter(id=waiting.id).update(state="done")
        runs[0].refresh_from_db()

    def read() -> None:
        runs.append(actions.receive(REGISTER, file, "bench.csv", day, by=SYSTEM, now=now))
        worked()

    def applied() -> None:
        actions.confirm(runs[0], by=SYSTEM, now=now)
        worked()

    checked = harness.seconds(read)
    assert runs[0].bad == 0, runs[0].rows.filter(outcome="bad").first().problem
    seconds = harness.seconds(applied)
    assert runs[0].state == "applied", runs[0].problem
    return checked, seconds


def written() -> float:
    """Seconds to write the whole register as a file."""
    from kusei.base.kernel import clock
    from kusei.base.kernel.actors import SYSTEM
    from kusei.base.parties.feeds import COLUMNS, REGISTER
    from kusei.base.record import feeding
    from kusei.base.record.sheets import csv_bytes

    return harness.seconds(
        lambda: csv_bytes([column.label for column in COLUMNS], feeding.written(REGISTER, SYSTEM, clock.now()))
    )


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
            export = written()
        people = Party.objects.filter(kind="person").count()
    first = times["×16"]
    return harness.result(
        NAME,
        f"{rows:,} residents in an empty register, then the same file with {rows // 10:,} moves",
        ours=first,
        growth=times,
        peak_mb=memory.peak_each_mb[os.getpid()],
        second_file_seconds={"compare": again, "apply": changed},
        export_seconds=export,
        goals=[
            harness.at_most("seconds to compare and apply 100,000 new rows", 60, first),
            harness.at_most("seconds to compare and apply the second file", 60, again + changed),
            harness.at_most("seconds to write 100,000 rows as a file", 60, export),
            harness.at_least("people in the register", rows, people),
        ],
    )
