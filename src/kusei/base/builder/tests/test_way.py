"""The whole way by the pages: begin, write, check, try, ask, publish, meet it as a resident, go back."""

import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.test import Client

from kusei.base.accounts.models import Account
from kusei.base.accounts.queries import actor_for
from kusei.base.ask import actions as ask
from kusei.base.ask import catalogue
from kusei.base.ask.models import Draft, Snapshot
from kusei.base.ask.schema import Procedure
from kusei.base.audit.models import AuditEntry
from kusei.base.builder import actions, exchange, forms, queries, tree
from kusei.base.builder.compare import differences
from kusei.base.builder.models import Change, Edition, Manuscript
from kusei.base.builder.tests.conftest import CLAIM, browser_of, chain, refusals, together
from kusei.base.kernel import clock
from kusei.base.kernel.actors import SYSTEM, Actor
from kusei.base.kernel.acts import ACTIONS
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.staff.models import Department, Role

pytestmark = pytest.mark.django_db


def page(answer) -> str:
    return answer.content.decode()


def day(name: str, days: int = 0) -> dict[str, str]:
    when = local_date(clock.now()) + timedelta(days=days)
    return {f"{name}_year": str(when.year), f"{name}_month": str(when.month), f"{name}_day": str(when.day)}


class Desk:
    """An author at the pages of one manuscript; every form is sent with the version that the page had."""

    def __init__(self, browser: Client, manuscript: Manuscript):
        self.browser, self.manuscript = browser, manuscript
        self.home = f"/office/manuscripts/{manuscript.id}"

    def now(self) -> Manuscript:
        return Manuscript.objects.get(id=self.manuscript.id)

    def get(self, path: str = ""):
        return self.browser.get(f"{self.home}{path}")

    def send(self, path: str, form: dict, expected: int = 302, version: int | None = None):
        version = self.now().version if version is None else version
        answer = self.browser.post(f"{self.home}{path}", {"version": version, **form})
        assert answer.status_code == expected, page(answer)[:3000]
        return answer

    def act(self, do: str, at: str = "", **more):
        return self.send("/act", {"do": do, "at": at, **more}, more.pop("expected", 302))


@pytest.fixture
def desk(at_work, writing):
    return Desk(at_work, writing)


def test_a_procedure_is_made_from_nothing_and_met_by_a_resident(at_work, in_charge, department):
    begun = at_work.post(
        "/office/procedures/new", {"title": "道路の催し", "slug": "road-event", "department": department.path}
    )
    assert begun.status_code == 302, page(begun)
    desk = Desk(at_work, Manuscript.objects.get())
    added = desk.act("page")
    assert added.url.endswith("/part/pages/1")
    asked = desk.act("question", "pages/1", kind="choice", label="歩行者の道を使いますか", key="walk")
    assert asked.url.endswith("/part/questions/walk")
    for key, said in (("yes", "はい"), ("no", "いいえ")):
        desk.act("item", "questions/walk/choices")
        place = len(desk.now().definition["questions"]["walk"]["choices"]) - 1
        desk.send(f"/part/questions/walk/choices/{place}", {"key": key, "label.ja": said, "label.en": key})
    desk.act("page")
    desk.act("question", "pages/2", kind="number", label="幅は何cmですか", key="width")
    desk.send(
        "/part/questions/width",
        {"kind": "number", "label.ja": "幅は何cmですか", "required": "on", "max": "500", "suffix.ja": "cm"},
    )
    desk.send("/condition/2", {"joint": "all", "question-0": "walk", "test-0": "is", "value-0": "はい"})
    definition = desk.now().definition
    assert definition["pages"][2]["when"] == {"walk": {"is": "yes"}}
    assert definition["questions"]["width"] == {
        "kind": "number", "label": {"ja": "幅は何cmですか"}, "max": 500, "suffix": {"ja": "cm"}
    }  # fmt: skip
    assert "公開をさまたげる誤りはありません" in page(desk.get("/checks"))
    desk.send("/publish", {"do": "ask", "note": "新しい手続き", **day("valid_from")})
    chiefs = Desk(in_charge, desk.manuscript)
    chiefs.send("/publish", {"do": "publish"})
    edition = Edition.objects.get()
    assert (edition.procedure, edition.snapshot.number, edition.published_by_name) == (
        "ward/road-event",
        1,
        "山田 太郎",
    )
    shown = page(Client().get("/procedures/ward/road-event"))
    assert "道路の催し" in shown
    assert "道路の催し" in page(Client().get("/search?q=道路の催し"))
    acts = list(
        AuditEntry.objects.filter(act="change", what__startswith="builder.")
        .order_by("seq")
        .values_list("what", flat=True)
    )
    assert acts[0] == "builder.begin"
    assert set(acts[-2:]) == {"builder.ask", "builder.publish"}
    assert acts.count("builder.change") == Change.objects.count() > 8


def test_nobody_publishes_what_they_wrote(writing, author, make_staff):
    both = make_staff("S0009", "author")
    role = Role.objects.get(staff__account=both)
    Role.objects.create(
        staff=role.staff, department=role.department, role="decider", since=role.since, until=role.until
    )
    by, now = actor_for(both, clock.now()), clock.now()
    changed = actions.change(writing, 1, lambda d: {**d, "category": "family"}, "edit", "", by=by, now=now)
    asked = actions.ask_for(changed, 2, local_date(now), "分類を直す", by=actor_for(author, now), now=now)
    with pytest.raises(NotNow, match="自分で書いた"):
        actions.publish(asked, 2, by=by, now=now)


def test_running_drafts_finish_on_the_version_they_began(writing, claim, author, chief):
    now = clock.now()
    account = Account.objects.create(kind="resident", login="a@example.jp", email="a@example.jp", created_at=now)
    draft = Draft.objects.create(account=account, snapshot=claim, procedure=CLAIM, created_at=now, updated_at=now)
    by = actor_for(author, now)
    changed = actions.change(writing, 1, lambda d: {**d, "title": {"ja": "新しい名前"}}, "edit", "", by=by, now=now)
    tomorrow = local_date(now) + timedelta(days=1)
    asked = actions.ask_for(changed, 2, tomorrow, "名前", by=by, now=now)
    edition = actions.publish(asked, 2, by=actor_for(chief, now), now=now)
    assert Draft.objects.get(id=draft.id).snapshot_id == claim.id
    assert catalogue.current(CLAIM, local_date(now)).id == claim.id
    assert catalogue.current(CLAIM, tomorrow).id == edition.snapshot_id
    assert [(v.snapshot.number, v.holds, v.drafts) for v in queries.versions(CLAIM, local_date(now))] == [
        (2, "later", 0),
        (1, "now", 1),
    ]


def test_who_saves_over_anothers_change_comes_second(desk):
    desk.send("/part/law/0", {"text": "児童手当法 1条", "source": "昭和46年法律第73号"})
    late = desk.send("/part/law/0", {"text": "児童手当法 2条", "source": "昭和46年法律第73号"}, 409, version=1)
    assert "ほかの人が先に保存した" in page(late)
    assert "児童手当法 2条" in page(late), "what was typed is still there"
    assert desk.now().definition["law"][0]["text"] == "児童手当法 1条"


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_is_saved(writing, author):
    now = clock.now()
    by = actor_for(author, now)

    def saving(name):
        return lambda: actions.change(writing, 1, lambda d: {**d, "category": name}, "edit", "", by=by, now=now)

    results = together(saving("family"), saving("money"))
    assert sorted(type(result).__name__ for result in results) == ["Manuscript", "NotNow"]
    assert Manuscript.objects.get().version == 2
    assert Change.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_publish_at_once_one_does(writing, author, chief, make_staff):
    now = clock.now()
    by = actor_for(author, now)
    changed = actions.change(writing, 1, lambda d: {**d, "category": "family"}, "edit", "", by=by, now=now)
    asked = actions.ask_for(changed, 2, local_date(now), "分類", by=by, now=now)
    chiefs = [actor_for(chief, now), actor_for(make_staff("S0010", "decider"), now)]
    results = together(*(lambda who=who: actions.publish(asked, 2, by=who, now=now) for who in chiefs))
    assert sorted(type(result).__name__ for result in results) == ["Edition", "NotNow"]
    assert Snapshot.objects.filter(procedure=CLAIM).count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_who_begin_the_same_at_once_one_does(claim, author, department):
    now = clock.now()
    by = actor_for(author, now)
    begin = lambda: actions.begin(department, CLAIM, claim.definition, claim, by=by, now=now)  # noqa: E731
    assert sorted(type(result).__name__ for result in together(begin, begin)) == ["Manuscript", "NotNow"]


def test_a_chief_sends_back_with_a_reason_and_the_author_reads_it(desk, in_charge):
    desk.send("/part/-", basics(desk.now().definition, category="family"))
    desk.send("/publish", {"do": "ask", "note": "分類", **day("valid_from")})
    assert desk.send("/part/law/0", {"text": "x", "source": "y"}, 409)
    chiefs = Desk(in_charge, desk.manuscript)
    assert "分類" in page(chiefs.get("/publish"))
    chiefs.send("/publish", {"do": "back", "reason": ""}, 400)
    chiefs.send("/publish", {"do": "back", "reason": "法令の番号を足してください。"})
    assert "法令の番号を足してください。" in page(desk.get())


def basics(definition: dict, **instead) -> dict:
    """The form of the basics as the page draws it."""
    form = {f"{name}.{code}": said for name in ("title", "summary") for code, said in definition[name].items()}
    plain = {
        name: definition.get(name, "")
        for name in ("category", "department", "assurance", "signature", "applicant", "purpose")
    }
    lines = {"keywords": "\n".join(definition.get("keywords", [])), "messages": exchange.dumped(definition["messages"])}
    return form | plain | lines | instead


def test_the_basics_saved_as_they_are_change_nothing(desk):
    before = desk.now().definition
    desk.send("/part/-", basics(before))
    after = desk.now().definition
    assert differences(before, after) == []


@pytest.mark.parametrize(
    ("instead", "said"),
    [
        ({"title.ja": ""}, "書かれていません"),
        ({"department": "nowhere"}, "担当課は"),
        ({"assurance": "oath"}, "次のどれか"),
        ({"messages": "{received: *x}"}, "アンカー"),
        ({"applicant": "大文字"}, "使えない文字"),
        ({"purpose": "あ" * 5000}, "4000文字まで"),
    ],
)
def test_what_the_basics_cannot_be_is_told_and_nothing_is_lost(desk, instead, said):
    answer = desk.send("/part/-", basics(desk.now().definition, **instead), 400)
    assert said in page(answer)
    assert desk.now().version == 1


def test_going_back_publishes_the_older_version_anew(claim, chief, in_charge):
    now = clock.now()
    newer = catalogue.written(CLAIM).stored() | {"title": {"ja": "あたらしい"}}
    ask.publish(CLAIM, Procedure.model_validate(newer), valid_from=local_date(now), by=SYSTEM, now=now)
    form = {"number": "1", "newest": "2", "note": "誤りがあったため", **day("valid_from")}
    assert in_charge.post(f"/office/procedures/back/{CLAIM}", form).status_code == 302
    current = catalogue.current(CLAIM, local_date(now))
    assert (current.number, Snapshot.objects.get(id=current.id).definition) == (3, claim.definition)
    assert in_charge.post(f"/office/procedures/back/{CLAIM}", form).status_code == 409
    listed = page(in_charge.get(f"/office/procedures/versions/{CLAIM}?from=2&to=3"))
    assert "第1版にもどした" in listed
    assert "あたらしい" in listed
    for wrong in ({"note": ""}, day("valid_from", -1), {"number": "x"}, {"valid_from_year": "なし"}):
        assert (
            in_charge.post(
                f"/office/procedures/back/{CLAIM}", form | {"newest": "3", "number": "2"} | wrong
            ).status_code
            == 400
        )


def test_the_offices_own_version_wins_over_the_file(claim, chief, author, department):
    now = clock.now()
    by = actor_for(author, now)
    writing = actions.begin(department, CLAIM, claim.definition, claim, by=by, now=now)
    changed = actions.change(writing, 1, lambda d: {**d, "category": "family2"}, "edit", "", by=by, now=now)
    asked = actions.ask_for(changed, 2, local_date(now), "分類", by=by, now=now)
    actions.publish(asked, 2, by=actor_for(chief, now), now=now)
    assert queries.kept_by_office() == {CLAIM}
    shown = page(browser_of(author).get(f"/office/procedures/versions/{CLAIM}"))
    assert "付属のファイルと違います" in shown


def test_the_preview_walks_the_real_pages_and_keeps_nothing(desk):
    host = desk.get("/preview?who=family")
    assert "frame-src 'self'" in host.headers["Content-Security-Policy"]
    url = re.search(r'src="([^"]*frame[^"]*)"', page(host))[1].replace("&amp;", "&")
    first = desk.browser.get(url)
    assert "frame-ancestors 'self'" in first.headers["Content-Security-Policy"]
    assert first.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "見本　花子" in page(first)
    wrong = desk.browser.post(url, {"claimant": "emperor"})
    assert wrong.status_code == 400
    assert "選べない答えです" in page(wrong)
    gone = desk.browser.post(url, {"claimant": "differs"})
    assert "どこがちがいますか" in page(desk.browser.get(gone.url))
    gone = desk.browser.post(url, {"claimant": "correct"})
    assert "電話番号" in page(desk.browser.get(gone.url))
    assert Draft.objects.count() == 0
    assert desk.now().version == 1
    assert desk.browser.get(f"{desk.home}/frame?state=forged&page=phone").status_code == 200


def test_an_end_says_which_pages_were_left_out_and_why(at_work, author, department):
    now = clock.now()
    made = actions.begin(department, "ward/chain", chain(3), by=actor_for(author, now), now=now)
    desk = Desk(at_work, made)
    first = re.search(r'src="([^"]*frame[^"]*)"', page(desk.get("/preview?who=none")))[1].replace("&amp;", "&")
    end = page(at_work.get(at_work.post(first, {"q0": "no"}).url))
    assert "この答えでは出なかった画面と条件" in end
    assert "「質問0ですか」が「はい」" in end


def test_a_file_of_another_ward_becomes_a_manuscript(at_work, department):
    def upload(content: bytes):
        file = SimpleUploadedFile("x.yaml", content)
        return at_work.post(
            "/office/procedures/import", {"file": file, "slug": "shared", "department": department.path}
        )

    refused = upload(b"title: &a {ja: x}\n")
    assert refused.status_code == 400
    assert "1行目" in page(refused)
    taken = upload(exchange.dumped(chain(3)).encode())
    assert taken.status_code == 302
    made = Manuscript.objects.get()
    sent = at_work.get(f"/office/manuscripts/{made.id}/yaml")
    assert exchange.imported(sent.content.decode()) == made.definition
    assert "attachment" in sent.headers["Content-Disposition"]


def test_other_departments_and_other_roles_see_nothing(desk, make_staff):
    clerk = browser_of(make_staff("S0020", "clerk"))
    assert clerk.get("/office/procedures").status_code == 404
    assert clerk.get(desk.home).status_code == 404
    elsewhere = make_staff("S0021", "author")
    other = Department.objects.create(path="kumin/zeimu", code="zeimu", kind="section", name={"ja": "税務課"})
    Role.objects.filter(staff__account=elsewhere).update(department=other)
    browser = browser_of(elsewhere)
    assert browser.get("/office/procedures").status_code == 200
    for path in ("", "/part/-", "/checks", "/yaml", "/publish", "/preview", "/frame", "/differences", "/condition/1"):
        assert browser.get(f"{desk.home}{path}").status_code == 404, path
    assert browser.post(f"{desk.home}/act", {"do": "page", "version": 1}).status_code == 404
    assert desk.now().version == 1
    with pytest.raises(Refused):
        actions.change(desk.manuscript, 1, dict, "edit", "", by=actor_for(elsewhere, clock.now()), now=clock.now())
    assert refusals("base.builder.actions.change")


@pytest.mark.parametrize(
    ("do", "at", "status"),
    [
        ("up", "pages/99", 404), ("remove", "nothing", 404), ("remove", "pages/0/../1", 404), ("item", "title", 404),
        ("question", "pages/x", 400), ("dance", "pages/0", 400), ("remove", "questions/living", 400), ("put", "questions/phone", 404),
        ("item", "guide", 400), ("up", "title", 404),
    ],
)  # fmt: skip
def test_acts_that_make_no_sense_change_nothing(desk, do, at, status):
    answer = desk.browser.post(f"{desk.home}/act", {"do": do, "at": at, "version": 1})
    assert answer.status_code == status, page(answer)[:500]
    assert desk.now().version == 1


def test_every_screen_of_the_claim_opens(desk):
    definition = desk.now().definition
    paths = ["", "/checks", "/differences", "/publish", "/preview", "/part/-", "/part/decide"]
    paths += [f"/part/pages/{n}" for n in range(len(definition["pages"]))]
    paths += [f"/condition/{n}" for n in range(1, len(definition["pages"]))]
    paths += [f"/part/questions/{key}" for key in definition["questions"]]
    paths += [
        "/part/decide/outcomes/0",
        "/part/decide/route/0",
        "/part/decide/checks/0",
        "/part/law/0",
        "/part/guide/when",
    ]
    for path in paths:
        answer = desk.get(path)
        assert answer.status_code == 200, path
        assert "児童手当" in page(answer), path


def test_saving_a_screen_as_it_is_drawn_changes_nothing(desk):
    """What the form shows is what it sends: no field is lost by opening and saving."""
    definition = desk.now().definition
    for at in [f"questions/{key}" for key in definition["questions"]] + [
        "decide",
        "decide/outcomes/0",
        "decide/route/0",
        "law/0",
    ]:
        part = tree.part(definition, at)
        html = "".join(forms.draw(part.model, part.value))
        post = QueryDict(mutable=True)
        for name, value in sent(html):
            post.appendlist(name, value)
        again = forms.read(part.model, part.value, post)
        assert {k: v for k, v in again.items() if v != part.value.get(k)} == {}, at
        assert {k for k in part.value if k not in again} <= usual(part), at


def usual(part) -> set[str]:
    found = set()
    for name, value in part.value.items():
        slot = tree.slots(part.model).get(name)
        if slot and not slot.info.is_required() and value == slot.info.get_default(call_default_factory=True):
            found.add(name)
    return found


def sent(html: str):
    """What a browser would send of these controls."""

    class Reader(HTMLParser):
        def __init__(self):
            super().__init__(convert_charrefs=True)
            self.found, self.area, self.select = [], None, None

        def handle_starttag(self, tag, attrs):
            a = dict(attrs)
            if tag == "input" and (a.get("type") not in ("checkbox", "radio") or "checked" in a):
                self.found.append((a["name"], a.get("value", "")))
            elif tag == "textarea":
                self.area = [a["name"], ""]
            elif tag == "select":
                self.select = a["name"]
            elif tag == "option" and self.select and "selected" in a:
                self.found.append((self.select, a["value"]))

        def handle_data(self, data):
            if self.area:
                self.area[1] += data

        def handle_endtag(self, tag):
            if tag == "textarea":
                self.found.append((self.area[0], self.area[1].removeprefix("\n")))
                self.area = None

    reader = Reader()
    reader.feed(html)
    return reader.found


def test_the_acts_belong_to_the_office():
    assert {
        ACTIONS[f"base.builder.actions.{name}"]["side"]
        for name in ("begin", "change", "ask_for", "publish", "roll_back", "drop")
    } == {"office"}


def test_a_day_gone_by_or_too_far_is_refused(writing, author):
    by, now = actor_for(author, clock.now()), clock.now()
    assert isinstance(by, Actor)
    for days in (-1, 900):
        with pytest.raises(Invalid):
            actions.ask_for(writing, 1, local_date(now) + timedelta(days=days), "x", by=by, now=now)
    asked = actions.ask_for(writing, 1, local_date(now), "x", by=by, now=now)
    with pytest.raises(NotNow, match="同じ内容"):
        actions.publish(asked, 1, by=SYSTEM, now=now)
