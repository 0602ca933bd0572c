"""The ICT office's page: which members of staff come in through the ward's sign-in service, and as whom."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from kusei.base.accounts import means, rules
from kusei.base.accounts.models import Account, Identity
from kusei.base.accounts.views.sign_in import service_name
from kusei.base.kernel.errors import Invalid, NotNow
from kusei.base.kernel.pages import page


@never_cache
@page(who="staff", purpose="権限付与", may="staff.grant")
def registered(request: HttpRequest) -> HttpResponse:
    """The list; POST adds one (`number`, `subject`) or ends one (`end`)."""
    if settings.SIGN_IN_SERVICES["staff"] is None or request.method != "POST":
        return _show(request)
    if request.POST.get("end"):
        return _end(request, request.POST["end"])
    number, subject = rules.plain_staff_number(request.POST.get("number", "")), request.POST.get("subject", "").strip()
    issuer = settings.SIGN_IN_SERVICES["staff"].issuer
    account = Account.objects.filter(login=number, kind="staff").first()
    try:
        if account is None:
            raise Invalid({"number": _("この職員番号の職員はいません。")})
        means.register_identity(account, issuer, subject, by=request.actor, now=request.now)
    except Invalid as problem:
        return _show(request, number, subject, problem.problems, 400)
    except NotNow as problem:
        return _show(request, number, subject, {"number": str(problem)}, 409)
    messages.success(request, _("登録しました。"))
    return redirect("accounts:registered")


def _end(request: HttpRequest, id: str) -> HttpResponse:
    try:
        identity = Identity.objects.select_related("account").filter(id=UUID(id), account__kind="staff").first()
    except ValueError:
        raise Http404 from None
    if identity:
        means.end_identity(identity, by=request.actor, now=request.now)
        messages.success(request, _("登録を取り消しました。"))
    return redirect("accounts:registered")


def _show(request: HttpRequest, number="", subject="", errors=None, status=200) -> HttpResponse:
    errors = errors or {}
    context = {
        "service": service_name("staff"),
        "identities": Identity.objects.filter(account__kind="staff").select_related("account__staff").order_by("since"),
        "number": number,
        "subject": subject,
        "error_of": errors,
        "errors": list(errors.items()),
    }
    return render(request, "accounts/registered.html", context, status=status)
