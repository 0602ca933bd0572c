"""課税資料: what the tax core (税務システム) holds about a person's year, as a dated copy: returns, and reports of salaries and pensions."""

from django.db import models
from django.db.models import Q

from kusei.base.kernel.models import Record
from kusei.base.parties.models import Party
from kusei.base.staff.models import Department

KINDS = {
    "salary": {"ja": "給与支払報告書", "en": "Report of salary paid"},
    "pension": {"ja": "公的年金等支払報告書", "en": "Report of pension paid"},
    "return": {"ja": "前回の申告", "en": "The last return"},
}


class TaxDocument(Record):
    """One document of the tax core. income_year: the year the figures are of. payer: who paid, "" for a return. amounts: answer's key (as in
    ward_tax/return) → whole yen, a count, or the key of a choice. received_on: when the ward had it."""

    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="tax_documents")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("資料の種類", max_length=10, choices=[(key, text["ja"]) for key, text in KINDS.items()])
    income_year = models.PositiveSmallIntegerField("所得の年")
    payer = models.CharField("支払者", max_length=100, blank=True)
    amounts = models.JSONField("金額")
    received_on = models.DateField("受付日")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=list(KINDS)), name="tax_document_kind"),
            models.CheckConstraint(condition=Q(income_year__range=(2000, 2100)), name="tax_document_year"),
            models.UniqueConstraint(fields=["party", "kind", "income_year", "payer"], name="tax_document_once"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.income_year}"
