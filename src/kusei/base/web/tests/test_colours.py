"""Colours that can be read, and tokens that are the design system's."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kusei.base.kernel.wards import load_ward, ward_slugs
from kusei.base.web.colours import READABLE, WHITE, contrast, parse, scheme, stylesheet, written

ROOT = Path(__file__).resolve().parents[5]
STYLES = Path(__file__).resolve().parents[1] / "static" / "web"
PACKAGE = ROOT / "node_modules" / "@digital-go-jp" / "design-tokens"
OUR_OWN = (
    "--ward-",
    "--text",
    "--surface",
    "--line",
    "--link",
    "--success",
    "--warning",
    "--error",
    "--focus",
    "--font",
    "--space-",
    "--touch",
    "--page",
    "--column",
    "--tone",
    "--town-",
)


def declared(css: str) -> dict[str, str]:
    """Custom properties and the values they are given; a later one wins."""
    return {name: " ".join(value.split()) for name, value in re.findall(r"(--[\w-]+):\s*([^;{}]+);", css)}


def written_styles() -> str:
    return "\n".join(path.read_text("utf-8") for path in sorted(STYLES.glob("*.css")))


def test_contrast_is_what_wcag_says():
    assert contrast((0, 0, 0), WHITE) == pytest.approx(21)
    assert contrast((118, 118, 118), WHITE) == pytest.approx(4.54, abs=0.01)


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_every_key_colour_gives_readable_text_or_is_refused(colour):
    if contrast(colour, WHITE) < READABLE:
        with pytest.raises(ValueError, match="contrast"):
            scheme(written(colour))
        return
    made = {name: parse(value) for name, value in scheme(written(colour)).items()}
    assert contrast(made["--ward-key"], made["--ward-key-soft"]) >= READABLE
    assert contrast(made["--ward-key-dark"], made["--ward-key-soft"]) >= READABLE


@pytest.mark.parametrize("slug", ward_slugs())
def test_each_ward_has_its_stylesheet(slug):
    css, digest = stylesheet(load_ward(slug).colour)
    assert declared(css)["--ward-key"] == load_ward(slug).colour
    assert len(digest) == 12


def test_every_custom_property_used_is_declared():
    css = written_styles()
    assert set(re.findall(r"var\((--[\w-]+)", css)) <= set(declared(css))


def test_tokens_are_those_of_the_design_system():
    if not PACKAGE.exists():
        pytest.skip("the design system's tokens are not installed: npm ci")
    version = json.loads((PACKAGE / "package.json").read_text("utf-8"))["version"]
    official = declared((PACKAGE / "dist" / "tokens.css").read_text("utf-8"))
    ours = {
        name: value
        for name, value in declared((STYLES / "tokens.css").read_text("utf-8")).items()
        if name.startswith(
            ("--color-", "--font-weight-", "--font-size-", "--line-height-", "--border-radius-", "--elevation-")
        )
    }
    assert len(ours) > 50
    assert {name: official.get(name) for name in ours} == ours, f"differs from design tokens {version}"


def test_only_tokens_and_a_few_names_of_ours_are_declared():
    names = {
        n
        for n in declared(written_styles())
        if not n.startswith(("--color-", "--font-", "--line-height-", "--border-radius-", "--elevation-"))
    }
    assert {name for name in names if not name.startswith(OUR_OWN)} == set()


def test_colours_are_written_in_the_tokens_only():
    rest = "\n".join(path.read_text("utf-8") for path in STYLES.glob("*.css") if path.name != "tokens.css")
    assert re.findall(r"#[0-9a-fA-F]{6}\b|rgba?\(", rest) == []
