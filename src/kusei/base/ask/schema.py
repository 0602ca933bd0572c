"""The form of a procedure (手続): what a ward may write in YAML, and what a snapshot keeps."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from kusei.base.ask.conditions import Condition, questions_in
from kusei.base.ask.deadline import Deadline
from kusei.base.ask.texts import Text

Key = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,59}$")]


USUAL_MESSAGES = {
    "received": "ask/received",
    "correction": "ask/correction-asked",
    "correction_received": "ask/correction-received",
    "withdrawn": "ask/withdrawn",
}


USUAL_STEPS = {
    post: {"permission": permission, "post": post, "label": label}
    for post, permission, label in (
        ("subsection_chief", "decide.review", {"ja": "係長確認", "en": "Review by the subsection chief"}),
        ("section_chief", "decide.decide", {"ja": "課長決裁", "en": "Decision by the section chief"}),
    )
}


class Strict(BaseModel):
    """What is not foreseen is a mistake, and named."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Choice(Strict):
    """One of the answers to choose from."""

    key: Key
    label: Text
    hint: Text | None = None


IN_GROUPS = ("text", "textarea", "date", "number", "choice", "choices", "phone", "tick", "file")
"""The kinds of questions that a group may repeat."""
MOST_ITEMS = 20


class Question(Strict):
    """A question (質問項目). `kind` says what an answer looks like; the other fields belong to some kinds only.

    A `group` asks its own `questions` as often as there are things to tell of (複数の施設など): at least `min` (1), at most `max` (20) of
    them, each called `item`. `ask` is the order of its questions, usually that in which they are written (a database keeps none). `applicant` asks for whom one applies: oneself, or an organisation whose mandate (代理権) one holds.
    """

    kind: Literal[
        "text", "textarea", "date", "number", "choice", "choices", "phone", "people", "bank", "file", "known", "tick",
        "group", "applicant",
    ]  # fmt: skip
    label: Text
    hint: Text | None = None
    required: bool = True
    choices: list[Choice] = []
    fact: str | None = None
    facts: list[str] = []
    source: str | None = Field(default=None, alias="from")
    max: int | None = None
    min: int | None = None
    max_age: int | None = None
    suffix: Text | None = None
    camera: bool = False
    most: int = 1
    all_of_them: bool = False
    past: bool = False
    future: bool = False
    open_day: bool = False
    holder_is: Literal["kana"] | None = None
    item: Text | None = None
    questions: dict[Key, "Question"] = {}
    ask: list[Key] = []

    @model_validator(mode="after")
    def _kind_has_what_it_needs(self) -> "Question":
        if self.kind in ("choice", "choices") and bool(self.choices) == bool(self.source):
            raise ValueError(
                f"a question of kind {self.kind} needs choices, or `from`, the name of options that a module offers"
            )
        if self.kind == "known" and not self.choices:
            raise ValueError("a question of kind known needs choices")
        if self.kind == "people" and not self.source:
            raise ValueError("a question of kind people needs `from`, the fact that lists them")
        if len({choice.key for choice in self.choices}) != len(self.choices):
            raise ValueError("two choices have the same key")
        if self.kind == "group" or self.questions:
            self._is_a_group()
        return self

    def _is_a_group(self) -> None:
        if self.kind != "group" or not self.questions or not self.item:
            raise ValueError("a question of kind group, and no other, needs `questions` and `item`")
        if wrong := sorted(key for key, each in self.questions.items() if each.kind not in IN_GROUPS or key == "id"):
            raise ValueError(f"a group can't ask {wrong}")
        self.ask = self.ask or list(self.questions)
        if sorted(self.ask) != sorted(self.questions):
            raise ValueError("a group asks each of its questions once")
        self.questions = {key: self.questions[key] for key in self.ask}
        if not 0 <= self.least <= self.greatest <= MOST_ITEMS:
            raise ValueError(f"a group has between min and max items, {MOST_ITEMS} at most")

    @property
    def least(self) -> int:
        """How many items a group needs."""
        return int(self.required) if self.min is None else self.min

    @property
    def greatest(self) -> int:
        """How many items a group takes."""
        return MOST_ITEMS if self.max is None else self.max

    def files(self) -> list[str]:
        """The questions of a group that take files."""
        return [key for key, question in self.questions.items() if question.kind == "file"]

    def facts_used(self) -> list[str]:
        """The facts of the register this question is prefilled from."""
        asked_of = self.source if self.kind == "people" else None
        inside = [fact for question in self.questions.values() for fact in question.facts_used()]
        return [*self.facts, *([self.fact] if self.fact else []), *([asked_of] if asked_of else []), *inside]


class Page(Strict):
    """A page (画面): its questions, shown when its condition holds; or a stop that says why to go no further."""

    key: Key
    title: Text | None = None
    ask: list[Key] = []
    when: Condition | None = None
    stop: Text | None = None

    @model_validator(mode="after")
    def _asks_or_stops(self) -> "Page":
        if bool(self.ask) == bool(self.stop):
            raise ValueError(f"page {self.key}: needs either `ask` or `stop`")
        return self


class Check(Strict):
    """A thing staff must check."""

    key: Key
    label: Text


class RouteStep(Strict):
    """A step of the approval route (決裁ルート): the permission it needs and the post that holds it.

    department: the code of another department that is asked (合議). together: asked at once with the step before (並列). matter: at the
    last step, the kind of matter by which the ward's table says who decides (専決, wards/_common/delegation.yaml); `post` is then what
    it says usually.
    """

    permission: str
    post: str
    label: Text
    department: str | None = None
    together: bool = False
    matter: str | None = None


class Outcome(Strict):
    """How a case may end, and what is then sent. `then` is what the applicant does next, in words for the notice."""

    key: Key
    label: Text
    message: str
    paper: str | None = None
    then: Text | None = None
    needs_reason: bool = False
    gravity: Literal["minor", "ordinary", "important"] = "ordinary"


class Decide(Strict):
    """How the ward decides: working days (標準処理期間), checks, route, outcomes. `appeal_to`: whom an appeal against a refusal
    goes to (審査請求), 区長 for the ward's own mayor; none where what is decided is no disposition (処分), such as an appointment.
    `appeal_first`: a court hears it only after that (審査請求前置)."""

    within: int = Field(ge=1, le=250)
    checks: list[Check] = []
    outcomes: list[Outcome] = Field(min_length=1)
    route: list[RouteStep] = Field(min_length=1)
    appeal_to: str | None = None
    appeal_first: bool = False

    @field_validator("route", mode="before")
    @classmethod
    def _usual_steps(cls, route: Any) -> Any:
        """A post alone stands for the step that is usually its own."""
        return [USUAL_STEPS.get(step, step) if isinstance(step, str) else step for step in route]

    @model_validator(mode="after")
    def _route_ends(self) -> "Decide":
        *before, last = self.route
        if last.department or last.together or any(step.matter for step in before):
            raise ValueError(
                "the last step of the route decides: it alone may name a matter, and is taken alone, at home"
            )
        return self


class Law(Strict):
    """The ground in law: article, number of the law, and where it can be read."""

    text: str
    source: str
    url: str | None = Field(default=None, pattern=r"^https?://")


class Source(Strict):
    """A page from which the guide was written: a ward's own, or a ministry's."""

    name: str
    url: str = Field(pattern=r"^https?://")


class Procedure(Strict):
    """A whole procedure. `assurance` says how surely the applicant must be known when they begin and when they submit, `signature` whether
    the answers must be signed with the card of My Number. `applicant` names the question that asks for the applicant's name, needed where nobody need be tied to the register. Raises pydantic's ValidationError naming every fault: unknown questions, conditions that look ahead
    (and so could run in circles), questions on two pages or on none.

    `online` says how far it gets without coming: the whole of it, only the appointment (reserve), or what is then signed at the counter or
    sent on paper (prepare). `example` (answers by question, as the API takes them) and `unverified` (what a ward must check before it
    publishes) are for those who write it; snapshots don't keep them."""

    title: Text
    summary: Text
    keywords: list[str] = []
    category: str = "other"
    department: Key
    assurance: Literal["email", "tied", "card"] = "email"
    signature: Literal["none", "card"] = "none"
    applicant: Key | None = None
    purpose: str
    law: list[Law] = []
    sources: list[Source] = []
    online: Literal["whole", "reserve", "prepare"] = "whole"
    guide: dict[Literal["who", "when", "bring", "fee", "how_long", "where", "form"], Text] = {}
    deadline: Deadline | None = None
    example: dict[Key, Any] = Field(default={}, exclude=True)
    unverified: list[str] = Field(default=[], exclude=True)
    pages: list[Page] = Field(min_length=1)
    questions: dict[Key, Question]
    decide: Decide
    messages: dict[Literal["received", "correction", "correction_received", "withdrawn"], str] = Field(
        default={}, validate_default=True
    )

    @field_validator("messages")
    @classmethod
    def _usual_messages(cls, messages: dict[str, str]) -> dict[str, str]:
        return USUAL_MESSAGES | messages

    @field_validator("pages")
    @classmethod
    def _keys_differ(cls, pages: list[Page]) -> list[Page]:
        keys = [page.key for page in pages]
        if len(set(keys)) != len(keys):
            raise ValueError("two pages have the same key")
        if reserved := {"check", "done", "submit", "delete", "discard", "sign", "send"} & set(keys):
            raise ValueError(f"a page can't be called {', '.join(sorted(reserved))}")
        return pages

    @model_validator(mode="after")
    def _hangs_together(self) -> "Procedure":
        asked: list[str] = []
        for page in self.pages:
            if page.when is not None and (ahead := questions_in(page.when) - set(asked)):
                raise ValueError(
                    f"page {page.key}: its condition asks for {sorted(ahead)}, not asked on an earlier page"
                )
            asked += page.ask
        if twice := sorted({key for key in asked if asked.count(key) > 1}):
            raise ValueError(f"asked twice: {twice}")
        if unknown := sorted(set(asked) - set(self.questions)):
            raise ValueError(f"asked but not described: {unknown}")
        if unused := sorted(set(self.questions) - set(asked)):
            raise ValueError(f"described but on no page: {unused}")
        if crowded := [page.key for page in self.pages if len(page.ask) > 1 and self._groups(page)]:
            raise ValueError(f"a group has a page of its own: {crowded}")
        if sum(question.kind == "applicant" for question in self.questions.values()) > 1:
            raise ValueError("for whom one applies is asked once")
        if self.signature == "card" and self.assurance == "email":
            raise ValueError(
                "signature: the card's holder is compared with the register, so assurance must be tied or card"
            )
        day = self.deadline.question if self.deadline else None
        if day and (day not in self.questions or self.questions[day].kind != "date"):
            raise ValueError(f"deadline: {day!r} is no question of kind date")
        if self.applicant and self.questions.get(self.applicant, None) is None:
            raise ValueError(f"applicant: there is no question {self.applicant!r}")
        return self

    def _groups(self, page: Page) -> list[str]:
        return [key for key in page.ask if self.questions[key].kind == "group"]

    def group_on(self, page: Page) -> str | None:
        """The question of a page that is a group; None where it asks others."""
        return next(iter(self._groups(page)), None)

    @property
    def for_whom(self) -> str | None:
        """The question that asks for whom one applies; None where one always applies for oneself."""
        return next((key for key, question in self.questions.items() if question.kind == "applicant"), None)

    def facts_used(self) -> list[str]:
        """Every fact of the register that some question is prefilled from, once each."""
        return list(dict.fromkeys(fact for question in self.questions.values() for fact in question.facts_used()))

    def stored(self) -> dict[str, Any]:
        """As a snapshot keeps it: plain JSON, by the names used in YAML."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)
