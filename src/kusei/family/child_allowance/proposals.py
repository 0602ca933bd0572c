"""From a case to what is proposed, and from the decision to the words of the notice."""

from collections.abc import Mapping
from datetime import date, datetime

from django.conf import settings
from django.utils.translation import gettext as _

from kusei.base.decide.models import Approval, Case
from kusei.base.kernel.calendar import DAY, is_business_day, wareki
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Invalid
from kusei.base.kernel.wards import load_ward
from kusei.base.papers import letters
from kusei.base.papers.appeals import appeal
from kusei.base.parties.models import Residence
from kusei.family.child_allowance import rules, terms
from kusei.family.child_allowance.models import Award

GRANTED = "granted"


def month_name(month: date) -> str:
    """A month in the Japanese calendar: 令和8年12月."""
    return wareki(month).removesuffix("1日")


def moved_in(party_id, now: datetime) -> date | None:
    """The day since which the person has lived in the ward without a break (転入日); None where no residence is known."""
    code, since = load_ward(settings.WARD).code, None
    homes = (
        Residence.objects.filter(party=party_id, since__lte=local_date(now)).select_related("town").order_by("-since")
    )
    for home in homes:
        if not home.town or home.town.ward_code != code or (since and home.until != since):
            break
        since = home.since
    return since


def proposal(case: Case, outcome: str, now: datetime) -> dict:
    """What the claim comes to by law (認定案): `lines` of (label, value) for the draft, `data` for the register and the notice.

    The entitlement arose with the move into the ward or the birth of the eldest child claimed for, whichever was later. Raises Invalid
    where nothing can be granted: no child the allowance is due for, or an award running already. Other outcomes propose nothing.
    """
    if outcome != GRANTED:
        return {}
    if Award.objects.filter(recipient=case.party_id, until_month=None).exists():
        raise Invalid(
            {"outcome": _("この方はすでに受給者台帳に載っています。認定ではなく、額の改定の手続をしてください。")}
        )
    claimed_on = local_date(case.received_at)
    named = sorted(case.answers.get("children") or [], key=lambda child: child["birth_date"])
    births = [date.fromisoformat(child["birth_date"]) for child in named]
    arose = max(filter(None, [moved_in(case.party_id, now), min(births, default=None)]), default=claimed_on)
    first = rules.start_month(claimed_on, arose)
    older = int(case.answers.get("older_count") or 0) if case.answers.get("older") == "yes" else 0
    amounts = rules.month_amounts(births, first, older)
    if not any(amounts):
        raise Invalid({"outcome": _("支給の対象になる児童がいないため、認定できません。")})
    ranks = rules.ranks(births, first, older)
    children = [
        {**{key: child[key] for key in ("party_id", "name", "birth_date")}, "rank": rank, "monthly_yen": yen}
        for child, rank, yen in zip(named, ranks, amounts, strict=True)
        if yen
    ]
    data = {
        "from_month": first.isoformat(),
        "arose_on": arose.isoformat(),
        "claimed_on": claimed_on.isoformat(),
        "older": older,
        "children": children,
        "monthly_yen": sum(amounts),
        "law": rules.law_for(first).source,
    }
    return {"lines": _lines(data, now), "data": data}


def _lines(data: Mapping, now: datetime) -> list[tuple[str, str]]:
    """The proposal in words, for staff."""
    first, claimed, arose = (date.fromisoformat(data[key]) for key in ("from_month", "claimed_on", "arose_on"))
    by_term = rules.start_month(claimed) != first
    ground = "15日特例（児童手当法8条3項）" if by_term else "請求の翌月（児童手当法8条2項）"
    lines = [
        ("支給開始", f"{month_name(first)}分から：{ground}"),
        ("請求日と資格の発生", f"{wareki(claimed)}請求、{wareki(arose)}発生（転入日と出生日の遅い方）"),
        ("手当月額", yen(data["monthly_yen"])),
    ]
    for child in data["children"]:
        birth = date.fromisoformat(child["birth_date"])
        lines.append((f"第{child['rank']}子", f"{child['name']}（{wareki(birth)}生）　{yen(child['monthly_yen'])}"))
    if data["older"]:
        lines.append(("算定に加える子", f"{data['older']}人（18歳年度末後から22歳年度末まで）"))
    lines.append(("初回支払（きょう決定した場合）", first_payment_words(data, local_date(now))))
    return [*lines, ("根拠", data["law"])]


def yen(amount: int) -> str:
    """Whole yen in words: 10,000円."""
    return f"{amount:,}円"


def first_payment_words(data: Mapping, decided_on: date) -> str:
    """When the first payment is made and for what: 令和9年2月10日（令和8年12月分から令和9年1月分まで）."""
    paid = rules.first_payment(date.fromisoformat(data["from_month"]), decided_on)
    first, last = month_name(paid.covers[0]), month_name(paid.covers[-1])
    span = f"{first}分" if first == last else f"{first}分から{last}分まで"
    return f"{wareki(payment_day(paid.month))}（{span}）"


def payment_day(month: date) -> date:
    """The day of a payment month on which money is sent; where offices are closed, the open day before (支払日)."""
    day = month.replace(day=terms.in_force(settings.WARD, month).payment_day)
    while not is_business_day(day):
        day -= DAY
    return day


# ---- the notice (通知書) ---------------------------------------------------------------------------------------------------


def notice(case: Case, approval: Approval, now: datetime) -> dict:
    """What stands on the notice of a decision, for the layouts `granted` and `refused`."""
    shared = letters.head(case, now) | {"appeal": appeal(terms.in_force(settings.WARD, local_date(now)).appeal_to)}
    return shared | (_granted if approval.outcome == GRANTED else _refused)(case, approval, local_date(now))


def _granted(case: Case, approval: Approval, day: date) -> dict:
    data = approval.proposal["data"]
    first = date.fromisoformat(data["from_month"])
    return {
        "title": "児童手当 認定通知書",
        "facts": [
            ["受給者", case.applicant_name],
            ["支給開始", f"{month_name(first)}分から"],
            ["手当月額（合計）", yen(data["monthly_yen"])],
            ["支払", f"偶数月に、前月までの2か月分。初回は{first_payment_words(data, day)}"],
            ["振込先", account_words(case.answers["bank"])],
        ],
        "children": [
            {
                "name": child["name"],
                "birth": wareki(date.fromisoformat(child["birth_date"])),
                "rank": f"第{child['rank']}子" if child["rank"] < 3 else "第3子以降",
                "yen": yen(child["monthly_yen"]),
            }
            for child in data["children"]
        ],
        "total": yen(data["monthly_yen"]),
        "notes": [*_changes(data["children"], first), NOTIFY],
    }


NOTIFY = "住所・氏名・振込先が変わるとき、児童を養育しなくなったとき、公務員になったときは、届出が必要です。"


def _changes(children: list[Mapping], first: date) -> list[str]:
    """What will change by itself: the month after the third birthday, and the end."""
    words = []
    for child in children:
        change = rules.next_change(date.fromisoformat(child["birth_date"]), child["rank"], first)
        if change and change[1]:
            words.append(
                f"{child['name']}さんの手当は、{month_name(change[0])}分から月額{yen(change[1])}になります。届出はいりません。"
            )
    ends = min(rules.last_month(date.fromisoformat(child["birth_date"]), first) for child in children)
    return [
        *words,
        f"手当は、お子さんが18歳になったあとの最初の3月分で終わります（最も早いお子さんは{month_name(ends)}分まで）。",
    ]


def account_words(bank: Mapping[str, str]) -> str:
    """The account on paper, its number but for the last three digits hidden."""
    kind = {"ordinary": "普通", "current": "当座"}.get(bank.get("account"), "")
    return f"{bank['bank_name']} {bank['branch_name']} {kind} ＊＊＊＊{bank['number'][-3:]}"


def _refused(case: Case, approval: Approval, day: date) -> dict:
    return {
        "title": "児童手当 認定請求却下通知書",
        "facts": [["請求者", case.applicant_name]],
        "reason": approval.reason,
    }
