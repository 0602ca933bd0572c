"""What a module hands the foundation, in one explicit registration."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from kusei.base.kernel.i18n import text


@dataclass(frozen=True)
class Card:
    """A way in on the portal's first page: title and line are language mappings, `url` a URL name or path."""

    title: dict[str, str]
    line: dict[str, str]
    url: str
    category: str = "other"


@dataclass(frozen=True)
class Option:
    """One of the things a question offers when it is asked: `label` and `hint` a text or language mapping; `subject` the id of the person it
    names, whose reading is then logged."""

    key: str
    label: Any
    hint: Any = ""
    subject: Any = None


@dataclass(frozen=True)
class Form:
    """An act of staff on a register's row, as a form on the row's page: `run(row, given, by=, now=)` gets the answers.

    questions: key → question, as in a procedure's YAML; dates arrive as dates. open: the states of the row in which it is offered, none: always. choices: question → `choices(row, by,
    now)`, the options of one that takes them `from` there. In the form for a new row, `run` gets the department chosen instead of a row, and
    returns the row.
    """

    name: str
    title: Any
    run: Callable
    questions: dict[str, Any] = field(default_factory=dict)
    button: Any = ""
    hint: Any = ""
    may: str = "decide.take"
    open: list[str] = field(default_factory=list)
    choices: dict[str, Callable] = field(default_factory=dict)


@dataclass(frozen=True)
class Register:
    """A register (台帳) that staff can search, list and export; `visible(user, purpose, now)` gives the queryset they may see.

    search: lookups (`recipient__name_key`). subject: dotted path to the id of the person a row is about, None where rows are about things.
    row, add: URL names of the page of one row (it takes the row's id) and of the form for a new one, where the module has pages of its own.
    Else `more` (further columns), `acts` and `chip` make a page of one row, and `enter` the form for a new one, without any code of the
    module's. department: dotted path from a row to its department's path. state: dotted path to a word for how the row stands, chips: word →
    [tone, label]. case: dotted path to the case a row is about; its page then leads here. lists: column → name of the choices it is one of.
    """

    name: str
    title: str
    model: Any
    columns: list[tuple[str, str]]
    visible: Callable
    search: list[str] = field(default_factory=list)
    subject: str | None = None
    purpose: str = "台帳閲覧"
    row: str = ""
    add: str = ""
    more: list[tuple[str, str]] = field(default_factory=list)
    acts: list[Form] = field(default_factory=list)
    enter: Form | None = None
    state: str = ""
    chips: dict[str, Any] = field(default_factory=dict)
    lists: dict[str, str] = field(default_factory=dict)
    department: str = "department_id"
    case: str = ""


@dataclass(frozen=True)
class Dataset:
    """A public dataset (オープンデータ): `rows(now)` yields one tuple a row, already free of personal data; small cells suppressed."""

    name: str
    title: dict[str, str]
    columns: list[tuple[str, str]]
    rows: Callable
    every: str = "day"
    description: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Layer:
    """Places on the map: `features(now)` yields (id, longitude, latitude, properties)."""

    name: str
    title: dict[str, str]
    features: Callable


@dataclass(frozen=True)
class Daily:
    """A job that the worker runs once a day at a time in Japan: `run(now)`. `side`: where it belongs, if portal and office are two."""

    name: str
    at: time
    run: Callable
    side: str = ""


@dataclass(frozen=True)
class Signer:
    """Somebody whose electronic signature papers can bear: `sign(content)` gives the detached signature of a PDF (CMS, DER; bytes in and out).

    `title` says whose signature it is. A failure is raised: the paper's PDF is then kept later, never without its signature.
    """

    name: str
    title: str
    sign: Callable


@dataclass(frozen=True)
class Hears:
    """A module that wants to hear what happened (出来事): `hear(event, now)` is called for each event of these kinds, at least once, in the
    order of the events of one subject, with the same `event.id` each time. `name` is the subscriber's own (`module.what`)."""

    name: str
    kinds: tuple[str, ...]
    hear: Callable


@dataclass(frozen=True)
class Indicator:
    """A number that tells how the module does: `value(user, now)` gives it for the departments the user may see."""

    name: str
    title: str
    unit: str
    value: Callable


@dataclass(frozen=True)
class Resource:
    """Something whose times are booked (予約): `title` says what happens then. notice: working days before a slot's day until whose end those
    outside the office may book, change and cancel it."""

    name: str
    title: dict[str, str]
    notice: int = 1


@dataclass(frozen=True)
class Bookable:
    """A thing of a case for which a time is to be booked: `about` its id, `label` what it is called, `resource` what is booked; `why_not` says why
    nothing can be booked for it now."""

    about: Any
    label: str
    resource: str
    why_not: str = ""


@dataclass(frozen=True)
class OfferedFact:
    """Something a module knows about a person, to prefill questions with: `provide(register)` gets a `parties.facts.Register` and gives a
    `parties.facts.Fact` with its own source and day. `name` begins with the module's; `label` is a language mapping."""

    name: str
    label: dict[str, str]
    provide: Callable


@dataclass(frozen=True)
class Offers:
    """Everything one module offers. `decided` hears each decided case of its procedures: `decided(case, approval, by, now)`; `received`,
    `corrected` and `withdrawn` hear of new ones, of corrected answers and of those taken back: `received(case, by, now)`. `paid(charge, by, now)` of a charge about one that was paid, or whose
    payment was reversed (its state says which). All in the transaction that does it.

    `demo_side`: where portal and office are two, the side that the demonstration's data is made on; "all" where residents act in it too, which takes both.
    rules: name → function; `bookings(case_id, now)` lists the `Bookable`s of a case.
    choices: name → a list of options, or `choices(day)`, the options of questions that take them `from` there: those open on a day, or with None all there ever were.
    """

    module: str
    procedures: list[str] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)
    registers: list[Register] = field(default_factory=list)
    datasets: list[Dataset] = field(default_factory=list)
    layers: list[Layer] = field(default_factory=list)
    jobs: list[Daily] = field(default_factory=list)
    indicators: list[Indicator] = field(default_factory=list)
    signers: list[Signer] = field(default_factory=list)
    resources: list[Resource] = field(default_factory=list)
    tells: dict[str, str] = field(default_factory=dict)
    """The kinds of events the module tells of, each with when it does."""
    hears: list[Hears] = field(default_factory=list)
    facts: list[OfferedFact] = field(default_factory=list)
    choices: dict[str, Any] = field(default_factory=dict)
    rules: dict[str, Callable] = field(default_factory=dict)
    decided: Callable | None = None
    received: Callable | None = None
    corrected: Callable | None = None
    withdrawn: Callable | None = None
    paid: Callable | None = None
    demo: Callable | None = None
    demo_side: str = "all"


class Registry:
    """All offers of an installation; duplicates are refused. Tests make their own."""

    def __init__(self) -> None:
        self._modules: dict[str, Offers] = {}

    def register(self, offers: Offers) -> None:
        """Add a module's offers. Raises ValueError where the module or one of its names is there already."""
        if offers.module in self._modules:
            raise ValueError(f"offers of {offers.module!r} are registered already")
        for kind in ("registers", "datasets", "layers", "jobs", "indicators", "signers", "hears", "resources", "facts"):
            taken = {thing.name for thing in self.all(kind)}
            for thing in getattr(offers, kind):
                if thing.name in taken:
                    raise ValueError(f"{kind}: the name {thing.name!r} is taken")
        for slug in offers.procedures:
            if self.module_of(slug):
                raise ValueError(f"procedure {slug!r} is offered already")
        self._modules[offers.module] = offers

    def modules(self) -> list[Offers]:
        """Every module's offers, in the order of registration."""
        return list(self._modules.values())

    def all(self, kind: str) -> Iterator[Any]:
        """Everything of one kind: cards, registers, datasets, layers, jobs, indicators, signers, hears, resources, facts, procedures."""
        for offers in self._modules.values():
            yield from getattr(offers, kind)

    def named(self, kind: str, name: str):
        """The one thing of that kind and name, or None."""
        return next((thing for thing in self.all(kind) if thing.name == name), None)

    def options(self, name: str, day: date | None) -> list[Option]:
        """The options of a name on a day; of all days for None. Raises KeyError where no module offers them."""
        for offers in self._modules.values():
            if name in offers.choices:
                found = offers.choices[name]
                return found if isinstance(found, list) else list(found(day))
        raise KeyError(name)

    def module_of(self, procedure: str) -> Offers | None:
        """The module that offers the procedure."""
        return next((o for o in self._modules.values() if procedure in o.procedures), None)


registry = Registry()


def label_of(name: str, key: str) -> str:
    """What one of the options of a name is called in the active language; the key itself where there is none of it."""
    return next((text(option.label) for option in registry.options(name, None) if option.key == key), key)
