"""My page: what one has asked for and been told, what the ward knows, and who looked."""

from collections.abc import Iterable, Sequence

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from kusei.base.ask import queries as ask
from kusei.base.ask.models import Application, Draft
from kusei.base.ask.views_mine import TONES, state_label
from kusei.base.audit.queries import Look
from kusei.base.audit.queries import who_looked as looks
from kusei.base.kernel.calendar import read_date
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.countries import country
from kusei.base.kernel.i18n import pair, text
from kusei.base.kernel.pages import page
from kusei.base.kernel.wards import load_ward, post_named, purpose_named
from kusei.base.parties.facts import Fact, facts
from kusei.base.parties.queries import protected_kin
from kusei.base.parties.words import relationship
from kusei.base.tell import queries as tell
from kusei.base.tell.models import Message
from kusei.base.web import kit

SHOWN = 5
LOOKS_A_PAGE = 50
PURPOSE = "本人による確認"


@never_cache
@require_safe
@page(who="resident", purpose="マイページ")
def my_page(request: HttpRequest) -> HttpResponse:
    """One's drafts, applications and messages, and the ways on."""
    mine = ask.for_account(request.actor, request.now)
    told = tell.page_of(tell.visible(request.actor, "マイページ", request.now), size=SHOWN)
    context = {
        "tied": request.actor.party_id is not None,
        "draft_cards": [_draft_card(row["draft"], row["title"]) for row in mine.drafts],
        "application_cards": [_application_card(row["application"], row["title"]) for row in mine.applications],
        "message_cards": [_message_card(message) for message in told.rows],
        "ways": _ways(),
    }
    return render(request, "accounts/my_page.html", context)


def _draft_card(draft: Draft, title: str) -> dict:
    """The check page leads to the first question that still lacks its answer."""
    return {
        "title": title,
        "url": reverse("ask:check", args=[draft.id]),
        "icon": "edit",
        "meta": format_html(_("最後の入力：{}"), kit.moment(draft.updated_at)),
        "chip": ("outline", _("下書き")),
    }


def _application_card(application: Application, title: str) -> dict:
    return {
        "title": title,
        "url": reverse("ask:application", args=[application.id]),
        "icon": "document",
        "meta": format_html(
            "{} {}",
            pair(_("受付番号"), application.receipt_number),
            kit.moment(application.submitted_at, date_only=True),
        ),
        "chip": (TONES[application.state], state_label(application.state)),
    }


def _message_card(message: Message) -> dict:
    card = {
        "title": message.subject,
        "url": reverse("tell:message", args=[message.id]),
        "icon": "mail",
        "meta": kit.moment(message.created_at),
    }
    return card if message.read_at else card | {"chip": ("info", _("未読"))}


def _ways() -> list[dict]:
    return [
        {
            "title": _("わたしの登録情報"),
            "text": _("氏名、住所、世帯など、区に登録されていることを確かめます。"),
            "url": reverse("accounts:facts"),
            "icon": "person",
        },
        {
            "title": _("わたしの情報を見た人"),
            "text": _("だれが、いつ、何のためにあなたの情報を見たかの記録です。"),
            "url": reverse("accounts:who_looked"),
            "icon": "search",
        },
        {
            "title": _("区から届いた書面"),
            "text": _("区があなたに交付した通知書などを、PDFで見られます。"),
            "url": reverse("papers:mine"),
            "icon": "document",
        },
        {
            "title": _("ログイン方法"),
            "text": _("パスキーなど、ログインのしかたを加えたり消したりします。"),
            "url": reverse("accounts:keys"),
            "icon": "lock",
        },
        {
            "title": _("プログラムからの申請"),
            "text": _("会計ソフトなどに、あなたに代わって申請させるトークンをつくります。"),
            "url": reverse("api:programs"),
            "icon": "document",
        },
    ]


@never_cache
@require_safe
@page(who="resident", purpose=PURPOSE)
def my_facts(request: HttpRequest) -> HttpResponse:
    """What the ward has registered about oneself; not before one has proved who one is."""
    if request.actor.party_id is None:
        return render(request, "accounts/untied.html", {"title": _("わたしの登録情報")})
    names = ["name", "kana", "former_name", "birth_date", "sex", "nationality", "address", "phone"]
    known = facts(
        request.actor.party_id, [*names, "household.members", "protected"], PURPOSE, by=request.actor, now=request.now
    )
    first = known["name"]
    context = {
        "rows": _rows(known, names),
        "members": [_member(member) for member in known["household.members"].value],
        "protected": known["protected"].value,
        "source": {"住民記録": _("住民記録"), "住民記録（デモ）": _("住民記録（デモ）")}.get(
            first.source, first.source
        ),
        "as_of": first.as_of,
    }
    return render(request, "accounts/facts.html", context)


def _member(member: dict) -> dict:
    return member | {"born": read_date(member["birth_date"]), "relationship": relationship(member["relationship"])}


def _rows(known: dict[str, Fact], names: list[str]) -> list[dict]:
    labels = {
        "name": _("氏名"),
        "kana": _("フリガナ"),
        "former_name": _("旧氏"),
        "birth_date": _("生年月日"),
        "sex": _("性別"),
        "nationality": _("国籍・地域"),
        "address": _("住所"),
        "phone": _("電話番号"),
    }
    shown = {name: _shown(name, known[name].value) for name in names if known[name].value}
    return [{"label": labels[name], "value": value} for name, value in shown.items() if value]


def _shown(name: str, value) -> str:
    if name == "birth_date":
        return kit.day(read_date(value))
    if name == "address":
        return f"〒{value['postal']} {value['text']}" if value["postal"] else value["text"]
    if name == "nationality":
        return "" if value == "JPN" else country(value)  # 住民票 doesn't state it of Japanese either
    if name == "sex":
        return {"m": _("男"), "f": _("女")}.get(value, value)
    return value


@never_cache
@require_safe
@page(who="resident", purpose=PURPOSE)
def who_looked(request: HttpRequest) -> HttpResponse:
    """Who looked at one's data, when and why, newest first."""
    if request.actor.party_id is None:
        return render(request, "accounts/untied.html", {"title": _("わたしの情報を見た人")})
    typed = request.GET.get("before", "")
    before = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else None
    found = looks(
        request.actor.party_id,
        request.now,
        own_account=request.actor.account_id,
        silent_about=protected_kin(request.actor.party_id),
        before=before,
        size=LOOKS_A_PAGE + 1,
    )
    shown, more = found[:LOOKS_A_PAGE], found[LOOKS_A_PAGE:]
    here = reverse("accounts:who_looked")
    context = {
        "entries": _by_day(shown),
        "shown": len(shown),
        "older": f"{here}?{urlencode({'before': shown[-1].seq})}" if more else "",
        "newest": here if before else "",
    }
    return render(request, "accounts/who_looked.html", context)


def _by_day(looks: Iterable[Look]) -> list[dict]:
    """For `{% timeline %}`, newest first: a day's looks by the same post for the same purpose as one, with their number and times."""
    alike: dict[tuple, list[Look]] = {}
    for look in looks:
        alike.setdefault((local_date(look.at), look.purpose, look.actor_kind, look.department, look.post), []).append(
            look
        )
    return [
        {
            "at": found[0].at,
            "title": _purpose(found[0].purpose),
            "who": _looker(found[0]),
            "body": _times(found) if len(found) > 1 else "",
        }
        for found in alike.values()
    ]


def _times(looks: Sequence[Look]) -> str:
    """How often within which hours of the day, for looks newest first."""
    first, last = (timezone.localtime(look.at).strftime("%H:%M") for look in (looks[-1], looks[0]))
    if first == last:
        return _("この日に%(n)s回") % {"n": len(looks)}
    return _("この日の%(first)sから%(last)sまでに%(n)s回") % {"first": first, "last": last, "n": len(looks)}


def _purpose(stored: str) -> str:
    """What data were looked at for, in the active language."""
    return text(purpose_named(stored))


def _looker(look) -> str:
    if look.actor_kind == "staff":
        department = load_ward(settings.WARD).named(look.department)
        return f"{text(department)} {text(post_named(look.post))}".strip()
    return {
        "system": _("自動処理"),
        "resident": _("同じ世帯の方など、ほかの住民のアカウント"),
        "public": _("ログインしていない人"),
    }[look.actor_kind]
