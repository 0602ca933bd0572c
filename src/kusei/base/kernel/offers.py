"""What a module hands the foundation, in one explicit registration."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import time
from typing import Any


@dataclass(frozen=True)
class Card:
    """A way in on the portal's first page: title and line are language mappings, `url` a URL name or path."""

    title: dict[str, str]
    line: dict[str, str]
    url: str
    category: str = "other"


@dataclass(frozen=True)
class Register:
    """A register (台帳) that staff can search, list and export; `visible(user, purpose, now)` gives the queryset they may see.

    search: lookups (`recipient__name_key`). subject: dotted path to the id of the person a row is about, None where rows are about things.
    row, add: URL names of the page of one row (it takes the row's id) and of the form for a new one, where the module has such.
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
    """A job that the worker runs once a day at a time in Japan: `run(now)`."""

    name: str
    at: time
    run: Callable


@dataclass(frozen=True)
class Indicator:
    """A number that tells how the module does: `value(user, now)` gives it for the departments the user may see."""

    name: str
    title: str
    unit: str
    value: Callable


@dataclass(frozen=True)
class Offers:
    """Everything one module offers. `decided` hears each decided case of its procedures: `decided(case, approval, by, now)`."""

    module: str
    procedures: list[str] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)
    registers: list[Register] = field(default_factory=list)
    datasets: list[Dataset] = field(default_factory=list)
    layers: list[Layer] = field(default_factory=list)
    jobs: list[Daily] = field(default_factory=list)
    indicators: list[Indicator] = field(default_factory=list)
    facts: dict[str, Callable] = field(default_factory=dict)
    rules: dict[str, Callable] = field(default_factory=dict)
    decided: Callable | None = None
    demo: Callable | None = None


class Registry:
    """All offers of an installation; duplicates are refused. Tests make their own."""

    def __init__(self) -> None:
        self._modules: dict[str, Offers] = {}

    def register(self, offers: Offers) -> None:
        """Add a module's offers. Raises ValueError where the module or one of its names is there already."""
        if offers.module in self._modules:
            raise ValueError(f"offers of {offers.module!r} are registered already")
        for kind in ("registers", "datasets", "layers", "jobs", "indicators"):
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
        """Everything of one kind: cards, registers, datasets, layers, jobs, indicators, procedures."""
        for offers in self._modules.values():
            yield from getattr(offers, kind)

    def named(self, kind: str, name: str):
        """The one thing of that kind and name, or None."""
        return next((thing for thing in self.all(kind) if thing.name == name), None)

    def module_of(self, procedure: str) -> Offers | None:
        """The module that offers the procedure."""
        return next((o for o in self._modules.values() if procedure in o.procedures), None)


registry = Registry()
