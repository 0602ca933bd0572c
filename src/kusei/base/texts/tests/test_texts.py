"""Checks and corrections of translations: what they change on pages, who may, what is refused, what goes into the files."""

from datetime import UTC, date, datetime
from io import StringIO

import polib
import pytest
from django.core.management import call_command
from django.utils.translation import gettext, override

from kusei.base.accounts.models import Account
from kusei.base.audit.models import AuditEntry
from kusei.base.kernel import spoken
from kusei.base.kernel.actors import PUBLIC
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.kernel.i18n import text
from kusei.base.staff.models import Department, Role, StaffMember
from kusei.base.texts import queries
from kusei.base.texts.actions import check
from kusei.base.web import corrections, states
from kusei.base.web.translations import catalogue

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
HOME, CLAIM = "トップページ", "児童手当 認定請求"


@pytest.fixture(autouse=True)
def no_corrections():
    """What a test corrected is forgotten after it."""
    yield
    spoken.correct({})
    corrections._next = 0.0


@pytest.fixture
def publicist(db):
    """Somebody of the public relations section, who may check translations, and her browser's account."""
    Department.objects.create(path="kikaku/koho", code="koho", kind="section", name={"ja": "広報課"})
    account = Account.objects.create(kind="staff", login="S9", created_at=NOW)
    staff = StaffMember.objects.create(account=account, department_id="kikaku/koho", name="広田 直", post="clerk")
    since, until = date(2020, 1, 1), date(2099, 1, 1)
    Role.objects.create(staff=staff, department_id="kikaku/koho", role="publicist", since=since, until=until)
    return account


@pytest.fixture
def by(publicist):
    from kusei.base.accounts.queries import actor_for

    return actor_for(publicist, NOW)


def one(language: str, source: str):
    return next(t for t in queries.translations(language) if t.source == source)


def test_what_was_checked_counts_as_checked_and_is_in_the_log(by):
    before = queries.counts("ko")
    found = one("ko", HOME)
    assert found.state.name == "machine"
    made = check(found, "ko", found.forms, found.seen, by=by, now=NOW)
    assert not made.corrected
    after = one("ko", HOME)
    assert (after.state.name, after.state.by, after.state.on) == ("checked", "広田 直", "2026-11-21")
    assert queries.counts("ko")["machine"] == before["machine"] - 1
    logged = AuditEntry.objects.get(what="texts.check")
    assert HOME in logged.detail
    assert logged.actor_name == "広田 直"


def test_a_correction_is_said_on_pages_and_nothing_unchecked_is_heard(by):
    found = one("vi", CLAIM)
    with override("vi"), spoken.listening() as unchecked:
        assert text({"ja": CLAIM, "ja-easy": "x", "en": "y"}) == found.forms[0]
    assert unchecked == {found.text}
    check(found, "vi", ["Đơn xin trợ cấp trẻ em"], found.seen, by=by, now=NOW)
    corrections.refresh(at_once=True)
    with override("vi"), spoken.listening() as unchecked:
        assert text({"ja": CLAIM, "ja-easy": "x", "en": "y"}) == "Đơn xin trợ cấp trẻ em"
        assert gettext(HOME) == one("vi", HOME).forms[0]
    assert found.text not in unchecked


def test_of_two_who_read_the_same_text_the_second_is_told(by):
    found = one("ne", HOME)
    check(found, "ne", ["मुख्य पृष्ठ"], found.seen, by=by, now=NOW)
    with pytest.raises(NotNow):
        check(
            found, "ne", found.forms, found.seen, by=by, now=NOW
        )  # its translation, as it was read, was corrected meanwhile
    with pytest.raises(NotNow):
        check(one("ne", HOME), "ne", ["x"], found.seen, by=by, now=NOW)
    assert one("ne", HOME).forms == ("मुख्य पृष्ठ",)


@pytest.mark.parametrize(
    ("source", "typed"),
    [
        (HOME, ""),
        (HOME, "<script>alert(1)</script>"),
        (HOME, "a & b"),
        (HOME, "100%"),
        (HOME, "x" * 5001),
        ("%(amount)s円", "won"),
        ("%(amount)s円", "%(other)s won"),
        (
            "<strong>%(email)s</strong> にコードを送りました。%(minutes)s分以内に入力してください。",
            "%(email)s %(minutes)s",
        ),
    ],
)
def test_what_would_break_a_page_is_refused(source, typed, by):
    found = one("ko", source)
    with pytest.raises(Invalid):
        check(found, "ko", [typed], found.seen, by=by, now=NOW)


def test_who_may_not_is_refused(db):
    found = one("ko", HOME)
    with pytest.raises(Refused):
        check(found, "ko", found.forms, found.seen, by=PUBLIC, now=NOW)


def test_the_page_lists_what_is_unchecked_and_takes_a_correction(client, publicist):
    client.force_login(publicist)
    page = client.get("/office/texts", {"language": "ko", "q": HOME}).content.decode()
    found = one("ko", HOME)
    assert f'lang="ko" name="form" rows="3" id="f-{found.digest}"' in page
    assert "base/web/failures.py" in page
    sent = {"text": found.digest, "seen": found.seen, "form": "홈"}
    assert client.post("/office/texts?language=ko", sent | {"form": "<b>"}).status_code == 400
    assert client.post("/office/texts?language=ko", sent).status_code == 302
    assert client.post("/office/texts?language=ko", sent).status_code == 409
    with override("ko"):
        assert gettext(HOME) == "홈"
    checked = client.get("/office/texts", {"language": "ko", "state": "checked"}).content.decode()
    assert "広田 直" in checked
    assert client.get("/office/texts?language=tlh").status_code == 404
    assert client.get("/office/texts?language=ko&page=999999&state=nonsense").status_code == 200


def test_checks_go_into_the_files_and_fall_when_the_text_changes(tmp_path):
    path = tmp_path / "django.po"
    path.write_bytes(catalogue("ko").read_bytes())
    assert (
        states.write_checks(path, [(HOME, ["홈"], "広田 直", date(2026, 11, 21)), ("gone", ["x"], "y", date.min)]) == 1
    )
    entry = polib.pofile(str(path)).find(HOME, msgctxt=False)
    assert states.state_of(entry, "machine") == states.State("checked", "広田 直", "2026-11-21")
    entry.msgstr = "홈페이지"
    assert states.state_of(entry, "authored").name == "machine"
    assert states.counts(path)["checked"] == 1


def test_the_report_and_the_export_say_what_there_is(db):
    said = StringIO()
    call_command("texts", "report", stdout=said)
    assert "authored" in said.getvalue()
    rows = {line.split()[0]: line.split()[1:] for line in said.getvalue().splitlines()[1:]}
    assert rows["en"][2] == "0"
    assert int(rows["vi"][2]) > 800
