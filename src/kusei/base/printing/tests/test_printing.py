"""What is issued waits to be printed by itself; a batch is one PDF in order; each thing is printed once, and by those who may."""

import threading
from io import BytesIO

import pikepdf
import pytest
from django.urls import reverse

from kusei.base.decide.tests.together import at_once, stopped
from kusei.base.events import hearing
from kusei.base.files import storage
from kusei.base.jobs.models import Task
from kusei.base.jobs.worker import Bench
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.errors import NotNow, Refused
from kusei.base.papers import actions as papers
from kusei.base.papers.models import Paper
from kusei.base.papers.tests.reading import glyphs
from kusei.base.papers.tests.test_pdf import PLAIN
from kusei.base.printing import actions, queries
from kusei.base.printing.models import Item, Run
from kusei.base.retention import queries as retention
from kusei.base.staff.rules import PERMISSIONS
from kusei.base.tell import transports
from kusei.base.tell.actions import letter
from kusei.base.tell.models import Delivery, MailboxItem

pytestmark = pytest.mark.django_db
REGISTRAR = Actor(
    kind="staff", name="杉浦", grants=frozenset({("print", "kumin/toroku"), ("letters.print", "kumin/toroku")})
)


def hear() -> None:
    """The worker hands on every event."""
    bench = Bench(hearing.hearings(), "test", threading.Event())
    while bench.turn():
        pass


def make(kind: str, run, now) -> None:
    for task in Task.objects.filter(kind=kind):
        run(task, now)


@pytest.fixture
def letters_of(office, clerk, now):
    """Letters that stand alone, to people of these postal codes and names, their PDFs made."""

    def run(*people: tuple[str, str]) -> list[Paper]:
        made = [
            papers.issue(
                "papers/notice", "お知らせ", {**{k: PLAIN[k] for k in ("contact",)}, "body": "本文",
                "addressee": {"postal": postal, "lines": ["東京都墨田区吾妻橋一丁目1番1号"], "name": name}},
                about=None, party=None, department=office.section, by=clerk.actor, now=now,
            )
            for postal, name in people
        ]  # fmt: skip
        make(papers.MAKE_PDF, papers.make_pdf, now)
        hear()
        return made

    return run


def started(clerk, office, now) -> Run:
    run = actions.start(office.section.path, by=clerk.actor, now=now)
    make(actions.MAKE_RUN, actions.make_run, now)
    run.refresh_from_db()
    return run


def content_of(run: Run) -> bytes:
    with storage.get(run.pdf.sha256) as file:
        return file.read()


def test_a_case_decided_issues_a_paper_that_comes_into_the_list_by_itself(paper, case, now):
    """case decided → papers.issue → event papers.issued → printing hears: none of the three knows the next."""
    assert not Item.objects.exists()
    hear()
    hear()
    item = Item.objects.get()
    assert (item.version, item.department_id, item.name, item.run) == (
        paper.newest,
        case.department_id,
        "墨田 花子",
        None,
    )


def test_a_newer_version_takes_the_place_of_one_that_still_waits(paper, clerk, now):
    hear()
    papers.correct(paper, {"addressee/name": "墨田 華子"}, "誤記", by=clerk.actor, now=now)
    hear()
    assert [(item.version.version, item.name) for item in Item.objects.all()] == [(2, "墨田 華子")]


def test_what_is_revoked_is_not_printed(paper, chief, now):
    hear()
    papers.revoke(paper, "revoked", "誤り", by=chief.actor, now=now)
    hear()
    assert not Item.objects.exists()


def test_a_batch_is_one_pdf_in_the_order_of_postal_codes_after_its_list(letters_of, clerk, office, now):
    letters_of(("131-0002", "乙"), ("130-0001", "丙"), ("131-0002", "甲"))
    run = started(clerk, office, now)
    assert (run.state, run.done, run.total) == ("ready", 3, 3)
    assert [item.name for item in run.items.order_by("place")] == ["丙", "乙", "甲"]
    content = content_of(run)
    with pikepdf.open(BytesIO(content)) as whole:
        assert len(whole.pages) == 4
    window = [
        {glyph.outline for glyph in glyphs(content, page) if glyph.x < 110 and glyph.y < 60} for page in (1, 2, 3)
    ]
    assert window[0] != window[1] != window[2]
    assert len(glyphs(content, 0)) > len("印刷一覧（封入しません）") + 3


def test_each_thing_is_in_one_batch_and_marked_once(letters_of, clerk, office, now):
    letters_of(("130-0001", "甲"))
    run = started(clerk, office, now)
    with pytest.raises(NotNow, match="待つものはありません"):
        actions.start(office.section.path, by=clerk.actor, now=now)
    actions.mark_printed(run, by=clerk.actor, now=now)
    run.refresh_from_db()
    assert (run.state, run.printed_at, run.pdf) == ("printed", now, None)
    with pytest.raises(NotNow):
        actions.mark_printed(run, by=clerk.actor, now=now)


def test_a_batch_that_is_still_being_made_is_not_marked(letters_of, clerk, office, now):
    letters_of(("130-0001", "甲"))
    run = actions.start(office.section.path, by=clerk.actor, now=now)
    with pytest.raises(NotNow):
        actions.mark_printed(run, by=clerk.actor, now=now)


def test_a_paper_without_its_pdf_waits_for_it(office, clerk, paper, case, issue, now):
    hear()
    Task.objects.all().delete()
    other = papers.issue(
        "papers/notice",
        "お知らせ",
        paper.newest.content | {"body": "本文"},
        about=None,
        party=None,
        department=office.section,
        by=clerk.actor,
        now=now,
    )
    hear()
    run = actions.start(office.section.path, by=clerk.actor, now=now)
    assert [item.version.paper_id for item in run.items.all()] == [paper.id]
    assert Item.objects.get(version__paper=other).run is None


def test_others_neither_see_nor_print_it(letters_of, clerk, stranger, chief, resident, office, now):
    letters_of(("130-0001", "甲"))
    for by in (stranger.actor, chief.actor, resident, REGISTRAR):
        assert not queries.visible(by, "", now).exists()
        with pytest.raises(Refused):
            actions.start(office.section.path, by=by, now=now)
    run = started(clerk, office, now)
    for by in (stranger.actor, resident, REGISTRAR):
        assert not queries.visible_runs(by, "", now).exists()
        with pytest.raises(Refused):
            actions.mark_printed(run, by=by, now=now)


@pytest.fixture
def posted(now):
    """A letter with a code in it, laid into the tray twice, as happens when a worker dies in between."""
    message = letter(
        "〒130-0001\n東京都墨田区吾妻橋一丁目1番1号\n見本荘 203号室", "墨田　花子", "accounts/tie-letter",
        {"code": "7KQ4-M2XC-9ABD", "until": now.date()}, now=now,
    )  # fmt: skip
    delivery = Delivery.objects.get(message=message)
    transports.to_letterbox(delivery, now)
    transports.to_letterbox(delivery, now)
    hear()
    return delivery


def test_a_letter_is_printed_once_by_those_who_may_and_its_code_goes(posted, clerk, now, settings):
    settings.DEMO = False
    item = Item.objects.get()
    assert (item.postal, item.name, item.department) == ("130-0001", "墨田　花子", None)
    assert not queries.visible(clerk.actor, "", now).exists()
    with pytest.raises(Refused):
        actions.start(None, by=clerk.actor, now=now)
    run = actions.start(None, by=REGISTRAR, now=now)
    make(actions.MAKE_RUN, actions.make_run, now)
    run.refresh_from_db()
    drawn = glyphs(content_of(run), 1)
    assert min(glyph.x for glyph in drawn if glyph.y < 60) >= 24 - 0.01
    assert "7KQ4" in MailboxItem.objects.get(id=item.letter).body
    actions.mark_printed(run, by=REGISTRAR, now=now)
    assert MailboxItem.objects.get(id=item.letter).body == ""


def test_a_letter_still_to_be_printed_is_not_swept_away(posted, now):
    before = now.replace(year=2030)
    item = Item.objects.get()
    assert item.letter not in retention.mailbox(before).filter(channel="letter").values_list("id", flat=True)
    run = actions.start(None, by=REGISTRAR, now=now)
    make(actions.MAKE_RUN, actions.make_run, now)
    run.refresh_from_db()
    actions.mark_printed(run, by=REGISTRAR, now=now)
    Delivery.objects.update(state="done")
    assert retention.mailbox(before).filter(id=item.letter).exists()


def test_what_cannot_be_printed_goes_back_with_its_problem(posted, now):
    found = MailboxItem.objects.get(id=Item.objects.get().letter)
    MailboxItem.objects.filter(id=found.id).update(body="葛\U000e01ef")
    run = actions.start(None, by=REGISTRAR, now=now)
    make(actions.MAKE_RUN, actions.make_run, now)
    run.refresh_from_db()
    item = Item.objects.get()
    assert (run.state, run.total, item.run) == ("ready", 0, None)
    assert "U+E01EF" in item.problem
    with pytest.raises(NotNow):
        actions.start(None, by=REGISTRAR, now=now)


@pytest.mark.django_db(transaction=True)
def test_two_who_start_at_once_share_nothing(office, clerk, colleague, letters_of, now):
    letters_of(*((f"130-{n:04}", f"甲{n}") for n in range(6)))

    def begin(by):
        return lambda: actions.start(office.section.path, by=by, now=now).total

    made = at_once(begin(clerk.actor), begin(colleague.actor))
    assert len(stopped(made)) < 2
    assert sum(each for each in made if isinstance(each, int)) == Item.objects.exclude(run=None).count() == 6


def test_the_office_prints_on_its_pages(letters_of, browse, clerk, stranger, office, now):
    letters_of(("130-0001", "甲野　乙子"))
    window = browse(clerk.account)
    page = window.get(reverse("printing:waiting")).content.decode()
    assert "甲野　乙子" in page
    assert "甲野　乙子" not in browse(stranger.account).get(reverse("printing:waiting")).content.decode()
    assert window.post(reverse("printing:start"), {"group": "letters"}).status_code == 404
    assert window.post(reverse("printing:start"), {"group": "kumin/zeimu"}).status_code == 404
    answer = window.post(reverse("printing:start"), {"group": office.section.path})
    run = Run.objects.get()
    assert answer["Location"] == reverse("printing:run", args=[run.id])
    assert "1件のうち0件" in window.get(answer["Location"]).content.decode()
    assert window.get(reverse("printing:pdf", args=[run.id])).status_code == 409
    make(actions.MAKE_RUN, actions.make_run, now)
    assert b"".join(window.get(reverse("printing:pdf", args=[run.id])).streaming_content).startswith(b"%PDF")
    assert window.post(reverse("printing:printed", args=[run.id])).status_code == 302
    assert window.post(reverse("printing:printed", args=[run.id])).status_code == 409
    for name in ("run", "pdf"):
        assert browse(stranger.account).get(reverse(f"printing:{name}", args=[run.id])).status_code == 404
    assert "印刷済み" in window.get(reverse("printing:waiting")).content.decode()


def test_letters_are_for_registrars_alone():
    assert {"print", "letters.print"} <= PERMISSIONS["registrar"]
    assert "letters.print" not in PERMISSIONS["clerk"] | PERMISSIONS["reviewer"] | PERMISSIONS["ict"]
