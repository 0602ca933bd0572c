"""Documents (文書): drafting one, sending it round (起案), issuing it once it is decided (施行), and recording what was decided on paper."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from kusei.base.decide import routes
from kusei.base.decide.actions import steps as running
from kusei.base.decide.actions.approval import ruled
from kusei.base.decide.models import Addressee, Approval, Document, DocumentFile
from kusei.base.decide.moves import DECISION, DOCUMENTS, enter, move
from kusei.base.files.actions import keep
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.acts import action
from kusei.base.kernel.clock import JAPAN, local_date
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.kernel.i18n import text
from kusei.base.kernel.wards import load_ward
from kusei.base.papers.numbers import next_number
from kusei.base.staff.models import Department, StaffMember
from kusei.base.staff.queries import member
from kusei.base.staff.rules import POSTS_UPWARDS
from kusei.base.tell.actions import letter, mail

TITLE_LIMIT, BODY_LIMIT, REASON_LIMIT = 200, 20_000, 200
FILES_LIMIT, ADDRESSEES_LIMIT = 10, 50
HIGHEST_AMOUNT = 10**12


@dataclass(frozen=True)
class Sheet:
    """What is written on a document's sheet (起案用紙). amount: whole yen, None where the kind asks for none."""

    kind: str
    title: str
    body: str
    gravity: str = "ordinary"
    amount: int | None = None
    doc_class: str = ""
    retention: int | None = None
    restricted: bool = False
    due_on: date | None = None


def _checked(sheet: Sheet, *, on: date | None) -> dict:
    """The columns of a sheet. Raises Invalid with every fault. on: the first day a due day may name; None to look at no day."""
    table = routes.documents(settings.WARD)
    kind = table.kinds.get(sheet.kind)
    title, body = " ".join(sheet.title.split()), sheet.body.strip()
    faults = {
        "kind": (not kind, _("文書の種別を選んでください。")),
        "title": (not 0 < len(title) <= TITLE_LIMIT, _("件名を%(most)s文字までで書いてください。") % {"most": TITLE_LIMIT}),
        "body": (not 0 < len(body) <= BODY_LIMIT, _("本文を%(most)s文字までで書いてください。") % {"most": BODY_LIMIT}),
        "gravity": (sheet.gravity not in routes.GRAVITIES, _("重要度を選んでください。")),
        "doc_class": (sheet.doc_class not in table.classes, _("文書分類を選んでください。")),
        "retention": (sheet.retention not in table.retention, _("保存年限を選んでください。")),
        "due_on": (bool(on and sheet.due_on and sheet.due_on < on), _("決裁希望日は、今日から後の日にしてください。")),
    }  # fmt: skip
    if kind and kind.asks_amount:
        faults["amount"] = (
            sheet.amount is None or not 0 <= sheet.amount < HIGHEST_AMOUNT,
            _("金額を円で書いてください。"),
        )
    if problems := {field: said for field, (wrong, said) in faults.items() if wrong}:
        raise Invalid(problems)
    amount = sheet.amount if kind.asks_amount else None
    return {**vars(sheet), "title": title, "body": body, "amount": amount}


# ---- drafting (起案) --------------------------------------------------------------------------------------------------------


@action(may="decide.take", where="path", purpose=DOCUMENTS)
def write(department: Department, sheet: Sheet, *, by: Actor, now: datetime) -> Document:
    """Begin a document of a department; it goes nowhere until it is sent round. Raises Invalid with what is wrong on the sheet."""
    me = member(by)
    columns = _checked(sheet, on=local_date(now))
    made = Document.objects.create(department=department, drafted_by=me, created_at=now, **columns)
    enter(made, "written", me, by=by, now=now, purpose=DOCUMENTS)
    return made


def _mine(document: Document, by: Actor, what: str) -> StaffMember:
    """The member who acts, if they drafted the document and still may. Raises Refused."""
    me = member(by)
    if document.drafted_by_id != me.id or not by.may("decide.take", document.department_id, DOCUMENTS):
        raise Refused(what, obj=document)
    return me


@action(purpose=DOCUMENTS)
def rewrite(document: Document, sheet: Sheet, *, by: Actor, now: datetime) -> None:
    """Change a document that is still being written, or was sent back. Only who drafted it may. Raises Invalid."""
    me = _mine(document, by, "decide.rewrite")
    columns = _checked(sheet, on=local_date(now))
    if all(getattr(document, name) == value for name, value in columns.items()):
        return
    move(document, "edit", **columns)
    enter(document, "rewritten", me, by=by, now=now, purpose=DOCUMENTS)


@action(purpose=DOCUMENTS)
def attach(document: Document, upload, *, by: Actor, now: datetime) -> DocumentFile:
    """Attach a file (添付). Raises Invalid for a kind of file that isn't taken, or too many."""
    me = _mine(document, by, "decide.attach")
    move(document, "edit")
    count = document.files.count()
    if count >= FILES_LIMIT:
        raise Invalid({"file": _("添付は%(most)s個までです。") % {"most": FILES_LIMIT}})
    stored = keep(upload, by=by, now=now)
    last = document.files.order_by("-order").values_list("order", flat=True).first() or 0
    enter(document, "attached", me, by=by, now=now, purpose=DOCUMENTS, note=stored.name)
    return DocumentFile.objects.create(document=document, file=stored, order=last + 1)


@action(purpose=DOCUMENTS)
def detach(document: Document, file_id, *, by: Actor, now: datetime) -> None:
    """Take an attachment off again. Raises NotNow where it is gone already."""
    me = _mine(document, by, "decide.detach")
    move(document, "edit")
    there = document.files.select_related("file").filter(id=file_id).first()
    if not there:
        raise NotNow(_("この添付は、もうありません。"))
    there.delete()
    enter(document, "detached", me, by=by, now=now, purpose=DOCUMENTS, note=there.file.name)


@dataclass(frozen=True)
class To:
    """Somebody a document is to go to. means: department (庁内), mail, letter; lines of a postal address are parted by newlines."""

    means: str
    department: Department | None = None
    name: str = ""
    address: str = ""


@action(purpose=DOCUMENTS)
def address(document: Document, to: To, *, by: Actor, now: datetime) -> Addressee:
    """Add an addressee (施行先). Raises Invalid for one that can't be reached so, twice the same department, too many, and for a mail of
    what is restricted."""
    me = _mine(document, by, "decide.address")
    name, place = " ".join(to.name.split()), to.address.strip().replace("\r\n", "\n")
    problems = {}
    if to.means not in dict(Addressee.MEANS):
        problems["means"] = _("送り方を選んでください。")
    elif to.means == "department":
        if to.department is None:
            problems["department"] = _("課を選んでください。")
        elif document.addressees.filter(department=to.department).exists():
            problems["department"] = _("この課は、すでに宛先に入っています。")
        name = place = ""
    else:
        problems |= _outside(to.means, name, place, document.restricted)
    if document.addressees.count() >= ADDRESSEES_LIMIT:
        problems["means"] = _("宛先は%(most)s件までです。") % {"most": ADDRESSEES_LIMIT}
    if problems:
        raise Invalid(problems)
    move(document, "edit")
    department = to.department if to.means == "department" else None
    made = Addressee.objects.create(document=document, means=to.means, department=department, name=name, address=place)
    enter(document, "addressed", me, by=by, now=now, purpose=DOCUMENTS)
    return made


def _outside(means: str, name: str, place: str, restricted: bool) -> dict[str, str]:
    problems = {}
    if not 0 < len(name) <= 100:
        problems["name"] = _("宛名を100文字までで書いてください。")
    if means == "mail":
        try:
            validate_email(place)
        except ValidationError:
            problems["address"] = _("メールアドレスを確かめてください。")
        if restricted:
            problems["means"] = _("取扱注意の文書は、メールでは送れません。")
    elif not 0 < len(place) <= 300:
        problems["address"] = _("住所を300文字までで書いてください。")
    return problems


@action(purpose=DOCUMENTS)
def strike(document: Document, addressee_id, *, by: Actor, now: datetime) -> None:
    """Take an addressee off again. Raises NotNow where it is gone already."""
    me = _mine(document, by, "decide.strike")
    move(document, "edit")
    deleted, _rows = document.addressees.filter(id=addressee_id).delete()
    if not deleted:
        raise NotNow(_("この宛先は、もうありません。"))
    enter(document, "unaddressed", me, by=by, now=now, purpose=DOCUMENTS)


@action(purpose=DOCUMENTS)
def abandon(document: Document, *, by: Actor, now: datetime) -> None:
    """Give a document up that is still being written or was sent back (廃案). It stays, to be read."""
    me = _mine(document, by, "decide.abandon")
    move(document, "abandon")
    enter(document, "abandoned", me, by=by, now=now, purpose=DOCUMENTS)


# ---- sending it round (回議) -------------------------------------------------------------------------------------------------


def way_of(document: Document, drafter: StaffMember, now: datetime) -> tuple[list[routes.Stop], dict]:
    """The stops a document goes through if it were sent round today, and the rule that says who decides it (専決). Raises NotNow where
    the ward's tables say nothing, or name a department that isn't there."""
    kind = routes.documents(settings.WARD).kinds[document.kind]
    rule = ruled(kind.matter, document.gravity, document.amount, now)
    codes = kind.asked(document.amount)
    found = {each.code: each for each in Department.objects.filter(code__in=codes)} if codes else {}
    if missing := set(codes) - set(found):
        raise NotNow(_("合議先の課が見つかりません：%(codes)s") % {"codes": "、".join(sorted(missing))})
    asked = [(found[code].path, found[code].name) for code in codes]
    return routes.line(document.department_id, drafter.post, rule["post"], asked), rule


@action(purpose=DECISION)
def send_round(document: Document, *, by: Actor, now: datetime) -> Approval:
    """Draft it for good (起案): it gets its number, if it has none yet, and goes to the first stage of its route. Only who wrote it may."""
    me = _mine(document, by, "decide.send_round")
    _checked(_sheet_of(document), on=None)
    stops, rule = way_of(document, me, now)
    move(document, "draft")
    approval = Approval.objects.create(document=document, drafted_by=me, drafted_at=now, outcome="document", rule=rule)
    running.start(approval, stops, now)
    enter(document, "drafted", me, by=by, now=now, purpose=DECISION)
    _number(document, now)
    return approval


def _sheet_of(document: Document) -> Sheet:
    return Sheet(**{name: getattr(document, name) for name in Sheet.__dataclass_fields__})


def _number(document: Document, now: datetime) -> None:
    """Give it the next number of its department and fiscal year (文書番号), late: the series is held until the transaction ends."""
    if document.number:
        return
    names = [name["ja"] for name in Department.objects.values_list("name", flat=True)]
    series = routes.series_letter(load_ward(settings.WARD).name["ja"], document.department.name["ja"], names)
    document.number = next_number(series, local_date(now))
    Document.objects.filter(id=document.id).update(number=document.number)


# ---- issuing (施行) ---------------------------------------------------------------------------------------------------------


@action(may="decide.take", where="department_id", purpose=DOCUMENTS)
def issue(document: Document, *, by: Actor, now: datetime) -> None:
    """Issue a decided document to its addressees (施行): departments of the ward see it from now on, others get a mail or a letter.

    Raises NotNow where it isn't decided, is issued already, or has nobody to go to.
    """
    me = member(by)
    today = local_date(now)
    addressees = list(document.addressees.select_related("department"))
    if not addressees and document.state == "decided":
        raise NotNow(_("宛先のない文書は、施行しません。決裁だけで済んでいます。"))
    if document.medium == "paper":
        raise NotNow(_("紙で決裁した文書は、紙で施行してください。"))
    move(document, "issue", issued_on=today)
    for addressee in addressees:
        if message := _sent(document, addressee, today, now):
            Addressee.objects.filter(id=addressee.id).update(message_id=message.id)
    enter(document, "issued", me, by=by, now=now, purpose=DOCUMENTS, count=len(addressees))


def _sent(document: Document, addressee: Addressee, today: date, now: datetime):
    """The mail or letter to an addressee outside; None for a department."""
    if addressee.means == "department":
        return None
    context = {
        "number": document.number,
        "title": document.title,
        "body": document.body,
        "date": today,
        "addressee": addressee.name,
        "department": document.department.name,
        "phone": document.department.phone,
    }
    about = str(document.id)
    if addressee.means == "mail":
        return mail(addressee.address, "decide/document", context, language="ja", now=now, about=about)
    return letter(addressee.address, addressee.name, "decide/document-letter", context, now=now, about=about)


# ---- what was decided on paper (紙決裁) -----------------------------------------------------------------------------------------


@action(may="decide.take", where="path", purpose=DOCUMENTS)
def record_paper(
    department: Department, sheet: Sheet, decided_on: date, post: str, reason: str, *, by: Actor, now: datetime
) -> Document:
    """Record a document that was decided on paper (紙決裁): when, by which post, and why on paper. It counts in the share of its month.

    Raises Invalid for a day to come or of a fiscal year gone by, an unknown post, and no reason.
    """
    me, today = member(by), local_date(now)
    problems: dict[str, str] = {}
    try:
        columns = _checked(sheet, on=None)
    except Invalid as error:
        problems |= error.problems
    if not routes.fiscal_year_days(routes.fiscal_year(today))[0] <= decided_on <= today:
        problems["decided_on"] = _("今年度の、今日までの日にしてください。")
    if post not in POSTS_UPWARDS[1:]:
        problems["post"] = _("決裁した人の職を選んでください。")
    reason = " ".join(reason.split())
    if not 0 < len(reason) <= REASON_LIMIT:
        problems["reason"] = _("紙で決裁した理由を%(most)s文字までで書いてください。") % {"most": REASON_LIMIT}
    if problems:
        raise Invalid(problems)
    made = Document(
        department=department, drafted_by=me, created_at=now, **columns, medium="paper", paper_reason=reason,
        decided_post=post, state="drafting",
    )  # fmt: skip
    made.save()
    noon = datetime.combine(decided_on, time(12), tzinfo=JAPAN)
    _number(made, now)
    kept = {"decided_at": min(noon, now), "keep_until": routes.keep_until(decided_on, made.retention)}
    Document.objects.filter(id=made.id).update(state="decided", **kept)
    enter(made, "recorded_paper", me, by=by, now=now, purpose=DOCUMENTS, note=reason, post=text(_post_name(post), "ja"))
    made.refresh_from_db()
    return made


def _post_name(post: str) -> Mapping[str, str]:
    return routes.posts()[post]
