"""The peer of `queue`: a plain Django list of the same table, without session, rights or log: it counts all, and pages by OFFSET."""

from django.core.paginator import Paginator
from django.core.wsgi import get_wsgi_application
from django.db import models
from django.db.models import Q
from django.http import HttpResponse
from django.template import Context, Engine
from django.urls import path

from benchmarks.plain import configure

configure(__name__)

PAGE = """<table>{% for row in page %}<tr><td>{{ row.number }}<td>{{ row.applicant_name }}<td>{{ row.state }}<td>{{ row.due_on }}{% endfor %}
</table>{{ page.paginator.count }}"""
TEMPLATE = Engine().from_string(PAGE)


class Case(models.Model):
    """The same table."""

    id = models.UUIDField(primary_key=True)
    number = models.CharField()
    applicant_name = models.CharField()
    applicant_kana = models.CharField()
    state = models.CharField()
    due_on = models.DateField()

    class Meta:
        app_label = "plain"
        managed = False
        db_table = "decide_case"


def listed(request):
    """One page."""
    found, text = Case.objects.order_by("due_on", "id"), request.GET.get("q", "")
    if text:
        found = found.filter(
            Q(number__icontains=text) | Q(applicant_name__icontains=text) | Q(applicant_kana__icontains=text)
        )
    page = Paginator(found, 50).get_page(request.GET.get("page", 1))
    return HttpResponse(TEMPLATE.render(Context({"page": page})))


urlpatterns = [path("", listed)]
application = get_wsgi_application()
