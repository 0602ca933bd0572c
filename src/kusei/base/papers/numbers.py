"""Running numbers: given out in the transaction that uses them. A number whose transaction fails is given out again."""

from collections.abc import Iterable
from datetime import date

from django.db import connection

from kusei.base.kernel.calendar import fiscal_year
from kusei.base.papers.rules import number

_NEXT = """
    INSERT INTO papers_series (letter, year, last)
    VALUES (%(letter)s, %(year)s, 1 + coalesce((SELECT last FROM papers_series WHERE letter = '' AND year = %(year)s), 0))
    ON CONFLICT (letter, year) DO UPDATE SET last = papers_series.last + 1
    RETURNING last
"""


def next_number(letter: str, day: date) -> str:
    """The next number under a letter (文書記号) in the fiscal year of `day`, such as 令8墨子第123号.

    Holds the series' row until the transaction ends, so take it late.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, {"letter": letter, "year": fiscal_year(day)})
        (count,) = cursor.fetchone()
    return number(letter, day, count)


def skip(years: Iterable[int], count: int) -> None:
    """Leave out `count` numbers (欠番) of every series of these fiscal years, those that have not begun included: after a restore, numbers
    may be out that the database has forgotten. A row without a letter keeps where new series of the year begin."""
    with connection.cursor() as cursor:
        for year in years:
            cursor.execute(
                "INSERT INTO papers_series (letter, year, last) VALUES ('', %s, 0) ON CONFLICT DO NOTHING", [year]
            )
            cursor.execute("UPDATE papers_series SET last = last + %s WHERE year = %s", [count, year])
