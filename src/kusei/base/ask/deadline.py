"""Until when something has to be done (期限), counted from the day of an event. Pure; 民法138条–143条, 地方自治法4条の2第4項."""

import re
from datetime import date, timedelta
from typing import Annotated, Literal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from pydantic import BaseModel, ConfigDict, Field

from kusei.base.ask.texts import Text
from kusei.base.kernel import calendar
from kusei.base.kernel.i18n import text

TERM = re.compile(r"^([1-9]\d{0,2}) (days|months|years|working days)$")


class Deadline(BaseModel):
    """A term from an event. `event` says what happened (引っ越した日), `question` (in YAML `from`) which question asks for its day; none where
    the ward isn't told it. within: `14 days`, `2 months`, `2 years`, `5 working days`. counted: `after` begins on the next day (初日不算入,
    民法140条), `from` counts the day itself (戸籍法43条). before: so long ahead of the event, such as `30 days` before a road is used."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    event: Text
    within: Annotated[str, Field(pattern=TERM.pattern)]
    question: str | None = Field(default=None, alias="from")
    counted: Literal["after", "from"] = "after"
    before: bool = False

    def last_day(self, event: date) -> date | None:
        """The last day on which it is in time. A term that ends on a day when the ward office is closed ends on the next open one; one
        ahead of an event does not move, nor one in years whose holidays aren't known. None where no day can be told."""
        try:
            return self._last_day(event)
        except (ValueError, OverflowError):
            return None

    def _last_day(self, event: date) -> date:
        count, unit = self._term()
        if self.before:
            return _ahead(event, count, unit)
        first = event if self.counted == "from" else event + calendar.DAY
        if unit == "working days":
            return calendar.business_days_after(first - calendar.DAY, count)
        if unit == "days":
            last = first + timedelta(days=count - 1)
        else:
            last = calendar.months_end(first, count * (12 if unit == "years" else 1))
        try:
            return calendar.business_day_from(last)
        except ValueError:
            return last

    def sentence(self) -> str:
        """The rule in words, in the active language: 引っ越した日から14日以内."""
        count, unit = self._term()
        length = {
            "days": ngettext("%(n)s日", "%(n)s日", count),
            "months": ngettext("%(n)sか月", "%(n)sか月", count),
            "years": ngettext("%(n)s年", "%(n)s年", count),
            "working days": ngettext("%(n)s開庁日", "%(n)s開庁日", count),
        }[unit] % {"n": count}
        if self.before:
            pattern = _("%(event)sの%(length)s前まで")
        elif self.counted == "from":
            pattern = _("%(event)sを1日目と数えて%(length)s以内")
        else:
            pattern = _("%(event)sの翌日から数えて%(length)s以内")
        return pattern % {"event": text(self.event.mapping()), "length": length}

    def _term(self) -> tuple[int, str]:
        count, unit = TERM.match(self.within).groups()
        return int(count), unit


def _ahead(event: date, count: int, unit: str) -> date:
    if unit == "days":
        return event - timedelta(days=count)
    if unit == "working days":
        day = event
        while calendar.business_days_between(day, event) < count:
            day -= calendar.DAY
        return day
    month = calendar.add_months(event, -count * (12 if unit == "years" else 1))
    following = calendar.add_months(month, 1) - calendar.DAY
    return month.replace(day=min(event.day, following.day))
