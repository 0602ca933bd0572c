"""The filters of the audit log's page."""

from datetime import date

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from kusei.base.audit.entries import ACTS
from kusei.base.audit.models import AuditEntry
from kusei.base.kernel.calendar import NoSuchDate, read_date
from kusei.base.kernel.clock import end_of, local_midnight

LARGEST_SEQ = 2**63 - 1
EARLIEST, LATEST = date(2000, 1, 1), date(2999, 12, 31)


class Day(forms.CharField):
    """A day as people type it: 2026-04-01, 令和8年4月1日."""

    def clean(self, value):
        typed = super().clean(value)
        if not typed:
            return None
        try:
            day = read_date(typed)
        except NoSuchDate as error:
            raise forms.ValidationError(str(error), "date") from error
        if not EARLIEST <= day <= LATEST:
            raise forms.ValidationError(_("2000年から2999年までの日を入力してください。"), "date")
        return day


class Filters(forms.Form):
    """Which entries to show; every field may be left empty."""

    since = Day(label=_("この日から"), required=False, max_length=20)
    until = Day(label=_("この日まで"), required=False, max_length=20)
    act = forms.ChoiceField(label=_("行為"), required=False, choices=[("", _("すべて")), *ACTS.items()])
    department = forms.CharField(label=_("所属"), required=False, max_length=60)
    what = forms.CharField(label=_("内容"), required=False, max_length=60)
    subject = forms.CharField(label=_("本人の番号"), required=False, max_length=60)
    account = forms.CharField(label=_("アカウント番号"), required=False, max_length=60)
    before = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_SEQ, widget=forms.HiddenInput)
    after = forms.IntegerField(required=False, min_value=0, max_value=LARGEST_SEQ, widget=forms.HiddenInput)

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("since") and cleaned.get("until") and cleaned["since"] > cleaned["until"]:
            self.add_error("until", _("「この日まで」は「この日から」と同じか、それより後の日にしてください。"))
        return cleaned

    def used(self) -> list[str]:
        """The names of the filters that are set: what the log keeps of a search, never its values."""
        return sorted(name for name, value in self.cleaned_data.items() if value and name not in {"before", "after"})

    def apply(self, entries: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        """The entries that match all filters set."""
        wanted = {name: value for name, value in self.cleaned_data.items() if value}
        conditions = {
            "at__gte": local_midnight(wanted["since"]) if "since" in wanted else None,
            "at__lt": end_of(wanted["until"]) if "until" in wanted else None,
            "act": wanted.get("act"),
            "department": wanted.get("department"),
            "what__startswith": wanted.get("what"),
            "subject": wanted.get("subject"),
            "account_id": wanted.get("account"),
        }
        return entries.filter(**{lookup: value for lookup, value in conditions.items() if value is not None})
