"""Running numbers: given out in the transaction that uses them. A number whose transaction fails is given out again."""

from datetime import date

from django.db import connection

from kusei.base.kernel.calendar import fiscal_year
from kusei.base.papers.rules import number

_NEXT = """
    INSERT INTO papers_series (letter, year, last) VALUES (%s, %s, 1)
    ON CONFLICT (letter, year) DO UPDATE SET last = papers_series.last + 1
    RETURNING last
"""


def next_number(letter: str, day: date) -> str:
    """The next number under a letter (文書記号) in the fiscal year of `day`, such as 令8墨子第123号.

    Holds the series' row until the transaction ends, so take it late.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [letter, fiscal_year(day)])
        (count,) = cursor.fetchone()
    return number(letter, day, count)
