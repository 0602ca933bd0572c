"""The staff console's pages for cases and approvals."""

from django.urls import path

from kusei.base.decide.views import approval, case, queue

app_name = "decide"
urlpatterns = [
    path("", queue.queue, name="queue"),
    path("overview", queue.overview, name="overview"),
    path("cases/<uuid:case_id>", case.case, name="case"),
    path("cases/<uuid:case_id>/files/<uuid:file_id>", case.file, name="file"),
    path("cases/<uuid:case_id>/take", case.take, name="take"),
    path("cases/<uuid:case_id>/release", case.release, name="release"),
    path("cases/<uuid:case_id>/assign", case.assign, name="assign"),
    path("cases/<uuid:case_id>/check", case.check, name="check"),
    path("cases/<uuid:case_id>/note", case.note, name="note"),
    path("cases/<uuid:case_id>/correct", case.correct, name="correct"),
    path("cases/<uuid:case_id>/resume", case.resume, name="resume"),
    path("cases/<uuid:case_id>/draft", approval.draft, name="draft"),
    path("approvals", approval.approvals, name="approvals"),
    path("approvals/<uuid:approval_id>", approval.approval, name="approval"),
    path("approvals/<uuid:approval_id>/act", approval.act, name="act"),
    path("approvals/<uuid:approval_id>/pull-back", approval.withdraw_draft, name="withdraw_draft"),
]
