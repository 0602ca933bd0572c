"""The office's pages of papers: one paper with its versions, and issuing, reissuing, correcting and revoking."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from kusei.base import audit
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.kernel.pages import page
from kusei.base.papers import actions, queries, rules
from kusei.base.papers.models import Paper
from kusei.base.papers.pdf import Unprintable
from kusei.base.papers.views import standing_words
from kusei.base.parties.models import Party
from kusei.base.parties.queries import visible as visible_parties
from kusei.base.staff.models import Department
from kusei.base.staff.queries import departments

PURPOSE = queries.PURPOSE


class LetterForm(forms.Form):
    """A letter that stands alone. `number` is the recipient's in the register, where it is to show in their My page."""

    department = forms.ModelChoiceField(Department.objects.none(), label=gettext_lazy("交付する部署"))
    title = forms.CharField(label=gettext_lazy("書面の名前"), max_length=80)
    number = forms.CharField(
        label=gettext_lazy("宛名番号"),
        max_length=20,
        required=False,
        help_text=gettext_lazy("住民の台帳の番号です。入れると、本人のマイページにも表示されます。"),
    )
    postal = forms.RegexField(
        r"^[0-9]{3}-[0-9]{4}$", label=gettext_lazy("郵便番号"), help_text=gettext_lazy("例：130-0001")
    )
    lines = forms.CharField(
        label=gettext_lazy("住所"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("建物の名前は、行を分けてください。"),
    )  # fmt: skip
    name = forms.CharField(
        label=gettext_lazy("氏名"), max_length=100, help_text=gettext_lazy("「様」は自動で付きます。")
    )
    body = forms.CharField(label=gettext_lazy("本文"), max_length=4000, widget=forms.Textarea(attrs={"rows": 10}))

    def __init__(self, *args, request: HttpRequest, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.fields["department"].queryset = departments(request.actor, "papers.issue")

    def clean_number(self) -> Party | None:
        """The person of that number, if the actor may see them."""
        typed = self.cleaned_data["number"].strip()
        if not typed:
            return None
        found = (
            visible_parties(self.request.actor, actions.PURPOSE, self.request.now)
            .filter(kind="person", number=typed)
            .first()
        )
        if not found:
            raise forms.ValidationError(_("この番号の住民は見つかりません。"))
        return found


@page(who="staff", purpose=actions.PURPOSE, may="papers.issue")
def new(request: HttpRequest) -> HttpResponse:
    """Write and issue a letter that stands alone."""
    form = LetterForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        try:
            made = _issue(form.cleaned_data, request)
        except Unprintable as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("%(number)s を交付しました。") % {"number": made.number})
            return redirect("papers:record", made.id)
    return render(request, "papers/new.html", {"form": form}, status=400 if form.errors else 200)


def _issue(given: dict, request: HttpRequest) -> Paper:
    section = given["department"]
    lines = [line.strip() for line in given["lines"].splitlines() if line.strip()]
    content = {
        "addressee": {"postal": given["postal"], "lines": lines, "name": given["name"]},
        "body": given["body"].replace("\r\n", "\n"),
        "contact": {"department": str(section), "place": section.place, "phone": section.phone},
    }
    return actions.issue(
        "papers/notice", given["title"], content, about=None, party=given["number"], department=section,
        by=request.actor, now=request.now,
    )  # fmt: skip


@require_safe
@page(who="staff", purpose=PURPOSE, may="decide.view")
def record(request: HttpRequest, paper: UUID) -> HttpResponse:
    """A paper's record: its versions, how it stands, and what one may do with it."""
    return _show(request, _found(request, paper))


def _found(request: HttpRequest, paper: UUID) -> Paper:
    found = (
        queries.visible(request.actor, PURPOSE, request.now)
        .select_related("department", "party")
        .filter(id=paper)
        .first()
    )
    if not found:
        raise Refused("papers.record", obj=("paper", paper))
    return found


def _show(request: HttpRequest, found: Paper, problems: dict | None = None, doing: str = "") -> HttpResponse:
    audit.log(
        request.actor, "read", "papers.record", subject=found.party_id, obj=found, purpose=PURPOSE, now=request.now
    )
    place = queries.section(found) or "-"
    versions = list(found.versions.select_related("pdf").order_by("-version"))
    context = {
        "paper": found,
        "standing": ("danger" if found.revoked_as == "revoked" else "neutral" if found.revoked_at else "success",
                     standing_words()[found.revoked_as or "valid"]),
        "recipient": versions[0].content.get("addressee", {}).get("name", ""),
        "columns": [
            ("version", _("版"), "main"), ("kind", _("種類")), ("at", _("日時"), "date"), ("by", _("交付者")), ("reason", _("理由")),
            ("code", _("確認コード")), ("digest", "SHA-256"),
        ],
        "rows": [_version_row(found, each) for each in versions],
        "may_issue": not found.revoked_at and request.actor.may("papers.issue", place),
        "may_revoke": not found.revoked_at and request.actor.may("papers.revoke", place),
        "kinds": Paper.REVOKED,
        "problems": problems or {},
        "doing": doing,
        "errors": [(f"{doing}-{key}" if key else "", message) for key, message in (problems or {}).items()],
        "crumbs": [(_("交付台帳"), reverse("record:register", args=["papers"])), (found.number, "")],
        "case": found.about if found.about != found.id else None,
    }  # fmt: skip
    return render(request, "papers/record.html", context, status=400 if problems else 200)


def _version_row(found: Paper, version) -> dict:
    shown = _("第%(n)s版") % {"n": version.version}
    return {
        "version": (shown, reverse("papers:version", args=[found.id, version.version])) if version.pdf else shown,
        "kind": version.get_kind_display(),
        "at": version.issued_at,
        "by": version.issued_by,
        "reason": version.reason,
        "code": version.check_code,
        "digest": f"{version.pdf.sha256[:16]}…" if version.pdf else version.problem or _("作成中"),
    }


@require_POST
@page(who="staff", purpose=actions.PURPOSE, may="papers.issue")
def reissue(request: HttpRequest, paper: UUID) -> HttpResponse:
    """Issue the paper anew as it was."""
    found = _found(request, paper)
    try:
        actions.reissue(found, request.POST.get("reissue-reason", ""), by=request.actor, now=request.now)
    except Invalid as error:
        return _show(request, found, error.problems, "reissue")
    messages.success(request, _("%(number)s を再発行しました。") % {"number": found.number})
    return redirect("papers:record", found.id)


@require_POST
@page(who="staff", purpose=actions.PURPOSE, may="papers.revoke")
def revoke(request: HttpRequest, paper: UUID) -> HttpResponse:
    """End the paper (取消・失効)."""
    found = _found(request, paper)
    kind, reason = request.POST.get("revoke-kind", ""), request.POST.get("revoke-reason", "")
    try:
        actions.revoke(found, kind, reason, by=request.actor, now=request.now)
    except Invalid as error:
        return _show(request, found, error.problems, "revoke")
    messages.success(
        request, _("%(number)s を%(how)sしました。") % {"number": found.number, "how": found.get_revoked_as_display()}
    )
    return redirect("papers:record", found.id)


@page(who="staff", purpose=actions.PURPOSE, may="papers.issue")
def correct(request: HttpRequest, paper: UUID) -> HttpResponse:
    """Issue the paper with what was wrong put right."""
    found = _found(request, paper)
    if not request.actor.may("papers.issue", queries.section(found) or "-"):
        raise Refused("papers.correct", obj=found, subject=found.party_id)
    if found.revoked_at:
        raise NotNow(_("この書面は、すでに%(how)sされています。") % {"how": found.get_revoked_as_display()})
    content = found.newest.content
    texts, problems = rules.correctable(content), {}
    if request.method == "POST":
        texts = {path: request.POST.get(path, text).replace("\r\n", "\n").strip() for path, text in texts.items()}
        try:
            actions.correct(found, texts, request.POST.get("reason", ""), by=request.actor, now=request.now)
        except Invalid as error:
            problems = error.problems
        except Unprintable as error:
            problems = {"": str(error)}
        else:
            messages.success(request, _("%(number)s を訂正しました。") % {"number": found.number})
            return redirect("papers:record", found.id)
    audit.log(
        request.actor, "read", "papers.record", subject=found.party_id, obj=found, purpose=PURPOSE, now=request.now
    )
    context = {
        "paper": found,
        "fields": [{"path": path, "label": _label(path), "value": text, "long": len(text) > 60 or "\n" in text} for path, text in texts.items()],
        "reason": request.POST.get("reason", ""),
        "problems": problems,
        "errors": list(problems.items()),
    }  # fmt: skip
    return render(request, "papers/correct.html", context, status=400 if problems else 200)


def _label(path: str) -> str:
    """What a text of a paper is called, from its path."""
    names = {
        "addressee": _("宛先"), "postal": _("郵便番号"), "lines": _("住所"), "name": _("氏名"), "facts": _("事項"), "reason": _("理由"),
        "appeal": _("教示"), "contact": _("問い合わせ先"), "department": _("部署"), "place": _("場所"), "phone": _("電話"), "body": _("本文"),
        "received": _("受付日"), "children": _("児童"), "birth": _("生年月日"), "rank": _("何人目の子か"), "yen": _("金額"), "total": _("合計"),
        "notes": _("注意"),
    }  # fmt: skip
    return " ".join(str(int(part) + 1) if part.isdigit() else names.get(part, part) for part in path.split("/"))
