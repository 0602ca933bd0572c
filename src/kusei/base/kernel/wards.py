"""A ward as data: who it is, how it is organised, when it is open. Read from `wards/<ward>/ward.yaml`, checked, frozen, kept.

Nothing else in Kusei knows a ward's name; a new ward is a new folder.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import time
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from kusei.base.kernel.calendar import WARDS
from kusei.base.kernel.i18n import LANGUAGES

READABLE_ON_WHITE = 4.5  # WCAG 2.2, 1.4.3 (AA)
DEPTH = {"department": 0, "office": 1, "section": 1, "subsection": 2}


class WardError(ValueError):
    """A ward's file can't be used; the message names the file and each fault."""


def _names(value: dict[str, str]) -> dict[str, str]:
    if unknown := set(value) - set(LANGUAGES):
        raise ValueError(f"unknown languages: {', '.join(sorted(unknown))}")
    if missing := {"ja", "ja-easy", "en"} - {language for language, words in value.items() if words.strip()}:
        raise ValueError(f"has no text in: {', '.join(sorted(missing))}")
    return value


Names = Annotated[dict[str, str], AfterValidator(_names)]
Code = Annotated[str, Field(pattern=r"^[a-z]+(-[a-z]+)*$", max_length=40)]
Phone = Annotated[str, Field(pattern=r"^0\d{1,4}-\d{1,4}-\d{4}$")]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Department(_Data):
    """A department, section, subsection or office (部・課・係・所). `source` says where its name comes from."""

    code: Code
    kind: Literal["department", "section", "subsection", "office"]
    name: Names
    phone: Phone
    place: str = ""
    source: str = Field(pattern=r"^(plan \d+.*|public|made)$")
    parts: "tuple[Department, ...]" = ()

    @model_validator(mode="after")
    def _nested_in_order(self) -> Self:
        for part in self.parts:
            if DEPTH[part.kind] < DEPTH[self.kind]:
                raise ValueError(f"{part.code} ({part.kind}) can't lie in {self.code} ({self.kind})")
        return self

    def walk(self, above: str = "") -> "Iterator[tuple[str, Department]]":
        """This department and everything in it, each with its path (`kodomo/kosodate`), the whole before its parts."""
        path = f"{above}/{self.code}" if above else self.code
        yield path, self
        for part in self.parts:
            yield from part.walk(path)


class Plan(_Data):
    """The published plan that the names are taken from."""

    title: str
    published: str


class Office(_Data):
    """The ward hall (区役所): where letters come from. In a demonstration its telephone is one that can't be real."""

    name: Names
    postal_code: str = Field(pattern=r"^\d{3}-\d{4}$")
    town: str
    block: str
    phone: Phone
    demonstration: bool
    source: str


class Hours(_Data):
    """Office hours, in Japan. On which days they hold, `calendar.is_business_day` tells."""

    open: time
    close: time


class Ward(_Data):
    """A ward. `code` is the five-digit municipality code (JIS X 0402)."""

    slug: Code
    code: str = Field(pattern=r"^13\d{3}$")
    name: Names
    kana: str = Field(pattern=r"^[ぁ-ゖー]+$")
    plan: Plan
    office: Office
    hours: Hours
    colour: str = Field(pattern=r"^#[0-9a-f]{6}$")
    departments: tuple[Department, ...]

    @field_validator("colour")
    @classmethod
    def _readable(cls, colour: str) -> str:
        if contrast_to_white(colour) < READABLE_ON_WHITE:
            raise ValueError(
                f"has a contrast to white of {contrast_to_white(colour):.2f}; {READABLE_ON_WHITE} is needed"
            )
        return colour

    @model_validator(mode="after")
    def _complete(self) -> Self:
        codes = Counter(department.code for _path, department in self.walk())
        if twice := sorted(code for code, times in codes.items() if times > 1):
            raise ValueError(f"department codes used twice: {', '.join(twice)}")
        if missing := sorted(set(duties()) - set(codes)):
            raise ValueError(f"departments missing: {', '.join(missing)}")
        return self

    def walk(self) -> Iterator[tuple[str, Department]]:
        """Every department with its path, the whole before its parts."""
        for department in self.departments:
            yield from department.walk()

    def find(self, code: str) -> tuple[str, Department]:
        """The path and the department with that code. Raises KeyError."""
        for path, department in self.walk():
            if department.code == code:
                return path, department
        raise KeyError(code)

    def path(self, code: str) -> str:
        """The path of the department with that code (`kodomo/kosodate`). Raises KeyError."""
        return self.find(code)[0]

    def department(self, code: str) -> Department:
        """The department with that code. Raises KeyError."""
        return self.find(code)[1]

    def named(self, name: str) -> dict[str, str] | str:
        """The names in all languages of the department with that Japanese name, as logs keep it; the name itself where there is none (any more)."""
        return next((each.name for _path, each in self.walk() if each.name["ja"] == name), name)

    def source(self, department: Department) -> str:
        """Where a department's name comes from, in words."""
        return department.source.replace("plan", f"{self.plan.title}, line", 1)


def contrast_to_white(colour: str) -> float:
    """The contrast ratio of `#rrggbb` to white, 1 to 21 (WCAG 2.2, relative luminance)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)


@cache
def _common(folder: Path) -> dict:
    return yaml.safe_load((folder / "_common" / "departments.yaml").read_text("utf-8"))


@cache
def _purposes(folder: Path) -> dict[str, dict[str, str]]:
    listed = yaml.safe_load((folder / "_common" / "purposes.yaml").read_text("utf-8"))["purposes"]
    return {names["ja"]: names for names in listed}


@cache
def made_towns(slug: str, folder: Path = WARDS) -> tuple[str, ...]:
    """The short list of a ward's towns (町丁目) for a demonstration without published data, from `wards/<slug>/towns.yaml`."""
    return tuple(yaml.safe_load((folder / slug / "towns.yaml").read_text("utf-8"))["towns"])


def duties() -> dict[str, dict[str, str]]:
    """What each department that every ward has does (所掌事務), by code: procedures name departments by these codes."""
    return _common(WARDS)["departments"]


def posts() -> dict[str, dict[str, str]]:
    """The names of the posts (職) that take part in deciding, by code, lowest first."""
    return _common(WARDS)["posts"]


def post_named(name: str) -> dict[str, str] | str:
    """The names in all languages of the post with that Japanese name; the name itself where there is none."""
    return next((names for names in posts().values() if names["ja"] == name), name)


def purpose_named(name: str) -> dict[str, str] | str:
    """A purpose of use (利用目的) in all languages, by its Japanese; that itself where nobody has put it into others."""
    return _purposes(WARDS).get(name, name)


def ward_slugs() -> list[str]:
    """The wards there are, by folder name."""
    return sorted(file.parent.name for file in WARDS.glob("*/ward.yaml"))


@cache
def load_ward(slug: str, folder: Path = WARDS) -> Ward:
    """The ward in `wards/<slug>/ward.yaml`. Raises WardError where the file is absent or at fault."""
    file = folder / slug / "ward.yaml"
    try:
        ward = Ward.model_validate(yaml.safe_load(file.read_text("utf-8")))
    except FileNotFoundError:
        raise WardError(f"{file}: there is no such ward; there are {', '.join(ward_slugs())}") from None
    except (ValidationError, yaml.YAMLError) as error:
        raise WardError(f"{file}: {error}") from error
    if ward.slug != slug:
        raise WardError(f"{file}: the slug {ward.slug!r} differs from the folder's name")
    return ward
