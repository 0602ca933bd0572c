"""Something being filled in: a draft from end to end, or the few questions of a correction. One set of views serves both."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.urls import reverse

from kusei.base.ask import actions, catalogue, estimates, queries, rules
from kusei.base.ask.applicant_kind import principal
from kusei.base.ask.kinds import Setting
from kusei.base.ask.models import Correction, Draft
from kusei.base.ask.schema import Page
from kusei.base.ask.signing import text_to_sign
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.clock import local_date
from kusei.base.parties.queries import Represented, represented


class Filling:
    """A draft on its way. `answers` are those so far; `pages()` those to be shown."""

    def __init__(self, draft: Draft, user: Actor, now: datetime):
        self.draft, self.user, self.now = draft, user, now
        self.procedure = catalogue.procedure_of(draft.snapshot_id)
        self.answers: Mapping[str, Any] = draft.answers
        self.closed = draft.submitted_at is not None

    def pages(self) -> list[Page]:
        """The pages to be shown, in order."""
        return list(rules.pages(self.procedure, self.answers))

    def page(self, key: str) -> Page | None:
        """The page `key`, if it is to be shown."""
        return next((page for page in self.pages() if page.key == key), None)

    def lacking(self) -> Page | None:
        """The first page that keeps this from being submitted."""
        return rules.first_open(self.procedure, self.answers)

    def last_day(self) -> date | None:
        """Until when this has to be done (期限), where the procedure has a term and the day it runs from was answered."""
        term = self.procedure.deadline
        event = rules.relevant(self.procedure, self.answers).get(term.question) if term and term.question else None
        return term.last_day(date.fromisoformat(event)) if event else None

    def save(self, answers: Mapping[str, Any]) -> None:
        """Keep a page's answers."""
        actions.save(self.draft, answers, by=self.user, now=self.now)
        self.answers = self.draft.answers

    def change_items(self, key: str, change: actions.Change) -> list[dict]:
        """Change the items of a group, as they are now; gives those there are afterwards."""
        actions.save_items(self.draft, key, change, by=self.user, now=self.now)
        self.answers = self.draft.answers
        return self.answers[key]

    def given(self) -> Mapping[str, Any]:
        """What the register knows of who applies: the person, or the organisation they chose."""
        chosen = principal(self.answers.get(self.procedure.for_whom)) if self.procedure.for_whom else None
        if chosen is None:
            return self.draft.given
        known = next((each for each in self.represented() if each.party_id == chosen), None)
        return {name: {"value": value} for name, value in vars(known).items()} if known else {}

    def represented(self) -> list[Represented]:
        """The organisations for which one may fill this in."""
        return represented(self.user, self.procedure.purpose, self.now)

    def setting(self, uploads=None) -> Setting:
        """What the questions are asked in."""
        kept = {k: self.answers.get(k) or [] for k, q in self.procedure.questions.items() if q.kind == "file"}
        return Setting(
            given={**self.given(), "files": kept},
            today=local_date(self.now),
            keep=lambda key, upload: actions.attach(self.draft, key, upload, by=self.user, now=self.now),
            uploads=uploads,
            attached=lambda key, id: queries.attached(self.draft, key, id),
            represented=self.represented,
        )

    @property
    def about(self):
        """What a signature is about: the draft; of a correction the correction."""
        return self.draft.id

    @property
    def number(self) -> int:
        """Which answers of the application these will be."""
        return 1

    def text_to_sign(self) -> bytes:
        """What is signed where the procedure wants a signature."""
        relevant = rules.relevant(self.procedure, self.answers)
        return text_to_sign(
            self.draft.snapshot, self.procedure, relevant, self.draft.given, about=self.about, number=self.number
        )

    def url_sign(self) -> str:
        """Where one signs."""
        return reverse("ask:sign", args=[self.draft.id])

    def url_text(self) -> str:
        """Where the text to sign is."""
        return reverse("ask:sign_text", args=[self.draft.id])

    def url(self, page: str) -> str:
        """The address of a page of this filling."""
        return reverse("ask:page", args=[self.draft.id, page])

    def url_estimate(self, page: str) -> str:
        """Where a page's answers are worked out as they are typed; "" where that isn't done."""
        return reverse("ask:estimate", args=[self.draft.id, page]) if estimates.offered(self.draft.procedure) else ""

    def estimate(self, typed: Mapping[str, Any] | None = None) -> estimates.Estimate | None:
        """What the answers so far come to by the rules, with what is being typed."""
        answers = rules.relevant(self.procedure, {**self.answers, **(typed or {})})
        return estimates.estimate(self.draft.procedure, answers, local_date(self.now))

    def url_check(self) -> str:
        """The address of the check-your-answers page."""
        return reverse("ask:check", args=[self.draft.id])

    def url_start(self) -> str:
        """Where one goes back to from the first page."""
        return reverse("ask:procedure", args=[self.draft.procedure])


class Correcting(Filling):
    """The questions a correction asks for, over the answers as submitted; and pages that the corrected answers newly call for."""

    def __init__(self, correction: Correction, user: Actor, now: datetime):
        super().__init__(correction.application.draft, user, now)
        self.correction = correction
        newest = queries.answers_of(correction.application)
        self.submitted, self.last = newest.answers, newest.number
        self.answers = {**self.submitted, **correction.answers}
        self.closed = correction.answered_at is not None

    about = property(lambda self: self.correction.id)
    number = property(lambda self: self.last + 1)

    def url_sign(self):
        return reverse("ask:correct_sign", args=[self.correction.application_id])

    def url_text(self):
        return reverse("ask:correct_sign_text", args=[self.correction.application_id])

    def pages(self):
        asked = set(self.correction.questions)
        return [
            page
            for page in rules.pages(self.procedure, self.answers)
            if page.stop
            or asked & set(page.ask)
            or not all(rules.is_answered(self.procedure, key, self.submitted) for key in page.ask)
        ]

    def lacking(self):
        for page in self.pages():
            fresh = [key for key in page.ask if key in self.correction.questions]
            if page.stop or not all(key in self.correction.answers for key in fresh):
                return page
        return super().lacking()

    def save(self, answers):
        actions.save_correction(self.correction, answers, by=self.user, now=self.now)
        self.answers = {**self.submitted, **self.correction.answers}

    def change_items(self, key, change):
        before = self.submitted.get(key) or []
        actions.save_corrected_items(self.correction, key, change, before, by=self.user, now=self.now)
        self.answers = {**self.submitted, **self.correction.answers}
        return self.answers[key]

    def url(self, page):
        return reverse("ask:correct", args=[self.correction.application_id, page])

    def url_estimate(self, page):
        return ""

    def url_check(self):
        return reverse("ask:correct_check", args=[self.correction.application_id])

    def url_start(self):
        return reverse("ask:application", args=[self.correction.application_id])
