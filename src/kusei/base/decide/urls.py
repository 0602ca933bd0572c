"""The staff console's pages for cases, documents and approvals."""

from django.urls import path

from kusei.base.decide.views import absence, approval, batch, case, document, queue, workload

app_name = "decide"
urlpatterns = [
    path("", queue.queue, name="queue"),
    path("overview", queue.overview, name="overview"),
    path("workload", workload.workload, name="workload"),
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
    path("approvals/notices", approval.choose_notices, name="notices"),
    path("approvals/together", batch.batch, name="batch"),
    path("approvals/<uuid:approval_id>", approval.approval, name="approval"),
    path("approvals/<uuid:approval_id>/act", approval.act, name="act"),
    path("approvals/<uuid:approval_id>/pull-back", approval.withdraw_draft, name="withdraw_draft"),
    path("approvals/<uuid:approval_id>/take-back", approval.take_back, name="take_back"),
    path("approvals/<uuid:approval_id>/seen", approval.seen, name="seen"),
    path("absences", absence.absences, name="absences"),
    path("absences/deputies", absence.deputies, name="deputies"),
    path("absences/<uuid:absence_id>/end", absence.end, name="end_absence"),
    path("documents", document.documents, name="documents"),
    path("documents/new", document.new, name="document_new"),
    path("documents/paper", document.paper, name="document_paper"),
    path("documents/share", workload.share, name="share"),
    path("documents/share.csv", workload.share_csv, name="share_csv"),
    path("documents/<uuid:document_id>", document.document, name="document"),
    path("documents/<uuid:document_id>/edit", document.edit, name="document_edit"),
    path("documents/<uuid:document_id>/files/<uuid:file_id>", document.file, name="document_file"),
    path("documents/<uuid:document_id>/act", document.act, name="document_act"),
]
