"""The procedures' workshop with 100, 300 and 1,000 questions and as many rules: a change saved, pages drawn, checks, comparison, the YAML file."""

import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks import harness

NAME = "builder"
HELP = "making a procedure of 100, 300, 1,000 questions with as many rules: save, page render, checks"
SIZES = (100, 300, 1000)
ROUNDS = 5


def definition(length: int) -> dict[str, Any]:
    """A procedure of so many questions, one a page, each asked if the one before was answered with yes."""
    choices = [
        {"key": "yes", "label": {"ja": "はい", "en": "Yes"}},
        {"key": "no", "label": {"ja": "いいえ", "en": "No"}},
    ]
    return {
        "title": {"ja": "長い手続き"}, "summary": {"ja": "長い手続き"}, "department": "bench", "purpose": "計測", "applicant": "q0",
        "pages": [{"key": "p0", "ask": ["q0"]}]
        + [{"key": f"p{n}", "ask": [f"q{n}"], "when": {f"q{n - 1}": {"is": "yes"}}} for n in range(1, length + 1)],
        "questions": {
            f"q{n}": {"kind": "choice", "label": {"ja": f"質問{n}の答えはどれですか", "en": f"Question {n}"}, "choices": choices}
            for n in range(length + 1)
        },
        "decide": {
            "within": 5, "outcomes": [{"key": "done", "label": {"ja": "受理"}, "message": "decide/outcome"}],
            "route": [{"permission": "decide.review", "post": "subsection_chief", "label": {"ja": "係長確認"}}],
        },
    }  # fmt: skip


def figures(length: int) -> dict[str, float]:
    """Milliseconds (medians) of what an author does with a procedure of so many questions and rules, over HTTP in this process."""
    from django.test import Client

    from kusei.base.accounts.models import Account
    from kusei.base.builder import actions
    from kusei.base.builder.models import Manuscript
    from kusei.base.kernel import clock
    from kusei.base.kernel.actors import SYSTEM, Actor
    from kusei.base.kernel.clock import local_date
    from kusei.base.staff.models import Department, Role, StaffMember

    now = clock.now()
    department, _made = Department.objects.get_or_create(
        path="bench", defaults={"code": "bench", "kind": "section", "name": {"ja": "計測課"}}
    )
    account = Account.objects.create(kind="staff", login=f"bench{length}-{now:%H%M%S%f}", created_at=now)
    member = StaffMember.objects.create(account=account, department=department, name="計測 太郎", post="clerk")
    Role.objects.create(
        staff=member, department=department, role="author", since=local_date(now), until=local_date(now)
    )
    by = Actor(kind="staff", account_id=account.id, name="計測 太郎", grants=frozenset({("ask.author", "bench")}))
    slug = f"ward/b{now:%H%M%S%f}"
    made = actions.begin(department, slug, definition(length), by=by, now=now)
    browser, home = Client(), f"/office/manuscripts/{made.id}"
    browser.force_login(account)

    def save() -> None:
        version = Manuscript.objects.values_list("version", flat=True).get(id=made.id)
        form = {"version": version, "kind": "choice", "label.ja": f"直した質問{version}", "required": "on"}
        expect(browser.post(f"{home}/part/questions/q7", form), 302)

    def page(path: str) -> Callable[[], None]:
        return lambda: expect(browser.get(f"{home}{path}"), 200)

    timed = {
        "save": save, "overview": page(""), "question": page("/part/questions/q7"), "screen": page(f"/part/pages/{length}"),
        "condition": page(f"/condition/{length}"), "checks": page("/checks"), "yaml": page("/yaml"),
    }  # fmt: skip
    found = {}
    for name, work in timed.items():
        work()
        found[name] = round(statistics.median(harness.seconds(work) for _ in range(ROUNDS)) * 1000, 1)
    actions.drop(Manuscript.objects.get(id=made.id), Manuscript.objects.get(id=made.id).version, by=SYSTEM, now=now)
    return found


@contextmanager
def pages() -> Iterator[None]:
    """Pages drawn in this process: files of the site by their plain names, any host."""
    from django.conf import settings
    from django.test import override_settings

    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(ALLOWED_HOSTS=["*"], STORAGES={**settings.STORAGES, "staticfiles": plain}):
        yield


def expect(answer, status: int) -> None:
    """Raises AssertionError where the answer is another."""
    assert answer.status_code == status, (answer.status_code, answer.content[:500])


def run(options) -> dict[str, Any]:
    """Measure each size; growth is near linear if ten times as much takes at most fifteen times as long."""
    with harness.database(), pages(), harness.Memory() as memory:
        found = {size: figures(size) for size in SIZES}
    least, most = found[SIZES[0]], found[SIZES[-1]]
    goals = [harness.at_most("saving a change of 100 questions and 100 rules, ms", 1000, least["save"])]
    goals += [harness.at_most(f"{name}: 1,000 questions by 100", 15, most[name] / least[name]) for name in least]
    return harness.result(
        NAME, "one question a page, each page with a rule on the page before", ours=least["save"], goals=goals,
        growth={f"{size} save": figure["save"] for size, figure in found.items()}, peak_mb=memory.peak_mb,
        milliseconds={str(size): figure for size, figure in found.items()},
    )  # fmt: skip
