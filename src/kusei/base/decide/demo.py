"""Documents for the demonstration, at every stage of their way: made by the same acts as people's, at the times at which people would have
done them."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction

from kusei.base.accounts.queries import actor_for
from kusei.base.decide import actions, routes
from kusei.base.decide.actions import documents
from kusei.base.decide.actions.documents import Sheet, To
from kusei.base.decide.models import Approval, Document
from kusei.base.demo import applying
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.calendar import is_business_day
from kusei.base.kernel.clock import JAPAN, local_date
from kusei.base.kernel.wards import load_ward
from kusei.base.staff import actions as staff
from kusei.base.staff.models import Department, StaffMember
from kusei.base.staff.queries import colleagues

LIKE = (
    ("コピー用紙", 118_800),
    ("封筒", 96_800),
    ("トナー", 132_000),
    ("パーティション", 2_860_000),
    ("ファイル", 74_800),
    ("名札", 52_800),
)
ON_PAPER = ((2, "大判の図面を含むため"), (9, "相手方の押印が要るため"), (20, "本人が来庁し、その場で決裁したため"))


def before(now: datetime, days: int, hour: int = 10) -> datetime:
    """So many working days before `now`, at an hour in Japan, and never after `now`."""
    at = now.astimezone(JAPAN).replace(hour=hour, minute=12, second=0, microsecond=0)
    while days or not is_business_day(at.date()):
        days -= is_business_day(at.date())
        at -= timedelta(days=1)
    return min(at, now)


class _Section:
    """A section and the people who act in it."""

    def __init__(self, code: str) -> None:
        self.department = Department.objects.get(path=load_ward(settings.WARD).path(code))

    def member(self, post: str, now: datetime, number: int = 0) -> StaffMember:
        people = colleagues(self.department.path, "decide.view", now).select_related("account")
        return [each for each in people if each.post == post][number]

    def actor(self, post: str, now: datetime, number: int = 0) -> Actor:
        return actor_for(self.member(post, now, number).account, now)

    def write(self, at: datetime, title: str, body: str, *to: To, clerk: int = 0, **sheet) -> Document:
        by = self.actor("clerk", at, clerk)
        usual = {"kind": "notice", "doc_class": "A1", "retention": 3}
        made = documents.write(self.department, Sheet(title=title, body=body, **{**usual, **sheet}), by=by, now=at)
        for each in to:
            documents.address(made, each, by=by, now=at)
        return Document.objects.select_related("department").get(id=made.id)

    def send(self, document: Document, at: datetime) -> Approval:
        by = actor_for(document.drafted_by.account, at)
        return documents.send_round(document, by=by, now=at)


def agree(approval: Approval, by: Actor, at: datetime, **more) -> None:
    """Whoever it is takes the open step that is in their department."""
    open_steps = approval.steps.filter(ready=True, result="").order_by("order")
    mine = next((each for each in open_steps if by.may(each.permission, each.department_id)), None) or open_steps[0]
    actions.agree(Approval.objects.get(id=approval.id), mine.id, by=by, now=at, **more)


@transaction.atomic
def fill(now: datetime) -> int:
    """Make the documents, all or none, and return how many: an installation that has any is left as it is."""
    if Document.objects.exists():
        return 0
    kosodate, somu = _Section("kosodate"), _Section("somu")
    _deputies(kosodate, before(now, 21))
    for make in (_issued, _like, _consulted, _returned, _deputised, _unfinished):
        make(kosodate, now)
    _spending(somu, now)
    for section in (kosodate, somu):
        _on_paper(section, now)
    return Document.objects.count()


def _deputies(section: _Section, at: datetime) -> None:
    order = [section.member("subsection_chief", at, number) for number in (0, 1)]
    staff.name_deputies(section.department, "section_chief", order, by=section.actor("section_chief", at), now=at)


def _issued(section: _Section, now: datetime) -> None:
    """Decided and sent: to another section, by mail and by letter."""
    to = (
        To("department", department=Department.objects.get(path=load_ward(settings.WARD).path("somu"))),
        To("letter", name="見本児童館", address=f"{load_ward(settings.WARD).name['ja']}見本一丁目1番1号"),
    )
    body = "児童手当の現況確認を下記のとおり行います。\n\n1　対象　受給者のうち届出が必要な方\n2　期間　今月末日まで"
    run = section.send(
        section.write(before(now, 15), "児童手当の現況確認について（通知）", body, *to), before(now, 15, 11)
    )
    agree(run, section.actor("subsection_chief", now), before(now, 14))
    agree(run, section.actor("section_chief", now), before(now, 13), comment="期限に注意すること")
    document = Document.objects.select_related("department").get(id=run.document_id)
    documents.issue(document, by=section.actor("clerk", now), now=before(now, 13, 14))
    ready = section.send(
        section.write(
            before(now, 4), "窓口の混雑予想の掲示について（依頼）", "別紙のとおり掲示をお願いします。", to[0]
        ),
        before(now, 4),
    )
    agree(ready, section.actor("subsection_chief", now), before(now, 3))
    agree(ready, section.actor("section_chief", now), before(now, 2))


def _like(section: _Section, now: datetime) -> None:
    """Alike, and waiting for the section chief together; one costs far more than the others."""
    for number, (what, amount) in enumerate(LIKE):
        at = before(now, 5 - number // 2, 9 + number)
        body = f"{what}を購入します。見積書を添付します。"
        sheet = {"kind": "spending", "amount": amount, "retention": 5, "doc_class": "B1"}
        run = section.send(section.write(at, f"{what}の購入について（伺い）", body, clerk=number % 3, **sheet), at)
        if number < len(LIKE) - 1:
            agree(run, section.actor("subsection_chief", now), before(now, 2 - number // 3, 13))


def _consulted(section: _Section, now: datetime) -> None:
    """Before two departments at once; one has answered with an opinion."""
    body = "子育て支援給付の事務取扱要綱を別紙のとおり改正します。\n\n改正の理由　申請の窓口を一つにするため"
    made = section.write(
        before(now, 9), "子育て支援給付事務取扱要綱の一部改正について", body, kind="guideline", retention=10
    )
    run = section.send(made, before(now, 9, 11))
    agree(run, section.actor("subsection_chief", now), before(now, 8))
    agree(run, section.actor("section_chief", now), before(now, 7))
    opinion = "第4条の「窓口」は、出張所を含むかどうかを書き分けるべきと考えます。"
    agree(run, _Section("somu").actor("section_chief", now), before(now, 5), comment=opinion, opinion=True)


def _returned(section: _Section, now: datetime) -> None:
    """Sent back to who drafted it."""
    run = section.send(
        section.write(before(now, 6), "臨時職員の配置について（協議）", "繁忙期の臨時職員の配置を協議します。"),
        before(now, 6),
    )
    by, step = section.actor("subsection_chief", now), run.steps.get(ready=True)
    actions.send_back(run, step.id, "必要な人数の根拠を本文に書いてください。", by=by, now=before(now, 5))


def _deputised(section: _Section, now: datetime) -> None:
    """Decided by a deputy while the section chief was away, who has not seen it yet; and somebody who is away today."""
    at = before(now, 12, 9)
    chief = section.member("section_chief", now)
    by = actor_for(chief.account, now)
    staff.enter_absence(chief, local_date(at), local_date(at), "trip", by=by, now=at)
    run = section.send(
        section.write(at, "出張窓口の開設について（通知）", "出張窓口を開設します。"), before(now, 12, 10)
    )
    agree(run, section.actor("subsection_chief", now), before(now, 12, 11))
    agree(run, section.actor("subsection_chief", now, 1), before(now, 12, 14))
    clerk = section.member("clerk", now, 1)
    today = local_date(now)
    staff.enter_absence(clerk, today, today + timedelta(days=2), "training", by=actor_for(clerk.account, now), now=now)


def _unfinished(section: _Section, now: datetime) -> None:
    """Still being written, with a file; and one that not everybody may read."""
    at = before(now, 1)
    made = section.write(
        at, "相談室の備品の更新について", "相談室の机と椅子を更新したい。", kind="spending", amount=480_000, retention=5
    )
    documents.attach(made, applying.picture("plan"), by=actor_for(made.drafted_by.account, at), now=at)
    secret = section.write(at, "苦情申出への対応方針について", "別紙のとおり対応する。", restricted=True, retention=5)
    section.send(secret, before(now, 1, 11))


def _spending(section: _Section, now: datetime) -> None:
    """Large enough to need the consent of others and a decision further up."""
    body = "文書管理システムの更新業務を委託します。\n\n履行期間　契約の日から来年3月31日まで"
    made = section.write(
        before(now, 6),
        "文書管理システム更新業務の委託について（伺い）",
        body,
        kind="spending",
        amount=32_000_000,
        retention=5,
        doc_class="B1",
    )
    run = section.send(made, before(now, 6, 11))
    agree(run, section.actor("subsection_chief", now), before(now, 5))
    agree(run, section.actor("section_chief", now), before(now, 4))


def _on_paper(section: _Section, now: datetime) -> None:
    """What was decided on paper, in this fiscal year."""
    first = routes.fiscal_year_days(routes.fiscal_year(local_date(now)))[0]
    for number, (days, reason) in enumerate(ON_PAPER):
        at = before(now, days)
        day = max(local_date(at), first)
        sheet = Sheet(
            kind="notice", title=f"協定書の締結について（その{number + 1}）", body="原本は紙で保存しています。", doc_class="A1", retention=10,
        )  # fmt: skip
        by = section.actor("clerk", now)
        documents.record_paper(section.department, sheet, day, "section_chief", reason, by=by, now=max(at, _noon(day)))


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=JAPAN)
