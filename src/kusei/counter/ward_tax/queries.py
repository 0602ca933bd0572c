"""What the ward holds about a person's tax, as facts to prefill a return with; and who may see it."""

from functools import partial

from kusei.base.kernel.calendar import wareki
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.offers import OfferedFact
from kusei.base.parties.facts import Fact, Register
from kusei.base.staff.queries import kept_by_departments
from kusei.counter.ward_tax.models import TaxDocument

RETURN = "ward_tax/return"
PURPOSE = "特別区民税・都民税の申告"
visible = kept_by_departments(TaxDocument, "department__path")

SUMMED = {
    "salary": {"ja": "給与の収入", "ja-easy": "給料（きゅうりょう）", "en": "Salary"},
    "pension": {"ja": "公的年金等の収入", "ja-easy": "年金（ねんきん）", "en": "Pension"},
    "social_insurance": {"ja": "社会保険料", "ja-easy": "保険料（ほけんりょう）", "en": "Social insurance premiums"},
}
LATEST = {
    "other": {"ja": "そのほかの所得", "ja-easy": "ほかの 所得（しょとく）", "en": "Other income"},
    "life_new_general": {"ja": "生命保険料（新契約）", "ja-easy": "生命保険（せいめい ほけん）", "en": "Life insurance premiums (new contracts)"},
    "quake": {"ja": "地震保険料", "ja-easy": "地震保険（じしん ほけん）", "en": "Earthquake insurance premiums"},
    "spouse": {"ja": "配偶者", "ja-easy": "夫（おっと）や 妻（つま）", "en": "Spouse"},
    "spouse_income": {"ja": "配偶者の所得", "ja-easy": "夫や 妻の 所得（しょとく）", "en": "Spouse's income"},
    "has_dependants": {"ja": "扶養親族の有無", "ja-easy": "お金を 出して いる 家族", "en": "Dependants"},
    "under_16": {"ja": "16歳未満の扶養親族", "ja-easy": "16歳に なって いない 家族", "en": "Dependants under 16"},
    "dependants_general": {"ja": "一般の扶養親族", "ja-easy": "16歳から 18歳、23歳から 69歳の 家族", "en": "Dependants of 16 to 18 and 23 to 69"},
    "dependants_specific": {"ja": "特定扶養親族", "ja-easy": "19歳から 22歳の 家族", "en": "Dependants of 19 to 22"},
}  # fmt: skip


def _newest(register: Register, key: str) -> list[TaxDocument]:
    """The newest documents that tell of it, one kind of one year."""
    rows = [
        row
        for row in TaxDocument.objects.filter(party=register.person, amounts__has_key=key).order_by("payer")
        if row.received_on <= local_date(register.now)
    ]
    best = max(((row.income_year, row.kind != "return", row.kind) for row in rows), default=None)
    return [row for row in rows if best == (row.income_year, row.kind != "return", row.kind)]


def held(key: str, register: Register) -> Fact:
    """What the tax core says of an answer: amounts of several payers together. Its value is None where it holds nothing."""
    rows = _newest(register, key)
    if not rows:
        return Fact(None, "課税資料", local_date(register.now))
    values = [row.amounts[key] for row in rows]
    value = sum(values) if key in SUMMED else values[-1]
    payers = "・".join(row.payer for row in rows if row.payer)
    year = wareki(rows[0].received_on.replace(year=rows[0].income_year, month=12, day=31)).removesuffix("12月31日")
    source = f"{rows[0].get_kind_display()} {year}分" + (f" {payers}" if payers else "")
    return Fact(value, source, max(row.received_on for row in rows))


FACTS = [OfferedFact(f"ward_tax.{key}", label, partial(held, key)) for key, label in (SUMMED | LATEST).items()]
