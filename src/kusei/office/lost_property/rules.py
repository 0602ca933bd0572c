"""How long a thing is kept. Pure. Sources: 民法 (明治29年法律第89号) 140条, 143条, 240条; 遺失物法 (平成18年法律第73号) 9条2項, 20条.

Left to a lawyer: whether a ward hall may sell or dispose of things itself (特例施設占有者, 遺失物法17条, 施行令5条) or hands them to the police;
which things 9条2項 and its government order count among those of two weeks; and whether a term that ends on a holiday is longer (民法142条):
it is not lengthened here.
"""

from datetime import date, timedelta

from kusei.base.kernel.calendar import months_end

MONTHS, CHEAP_DAYS = 3, 14


def keep_until(noticed_on: date, cheap: bool) -> date:
    """The last day on which the owner can claim a thing whose public notice (公告) was given on a day.

    Three months (民法240条), two weeks for everyday things of little value (`cheap`, 遺失物法9条2項); the day of the notice does not count
    (民法140条), and a term of months ends on the day before the same day of the last month, or at its end (民法143条2項).
    """
    return noticed_on + timedelta(days=CHEAP_DAYS) if cheap else months_end(noticed_on + timedelta(days=1), MONTHS)
