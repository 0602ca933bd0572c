"""The kit's gallery, seen by a browser: every component, in every state, on every kind of screen."""

import pytest
from tests.browser.helpers import WIDTHS, assert_fits, assert_no_axe_violations, shoot, until

pytestmark = pytest.mark.django_db(transaction=True)
PAGES = {
    "home": "/",
    "kit": "/kit?rows=20",
    "console": "/kit?rows=20&as=console",
    "contact": "/contact",
    "accessibility": "/accessibility",
}


@pytest.fixture(autouse=True)
def _demonstration(settings):
    settings.DEMO = True


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_at_any_width(name, open_page):
    page = open_page()
    page.goto(PAGES[name])
    for width in WIDTHS:
        assert_fits(page, width)
        assert_no_axe_violations(page)
        shoot(page, f"{name}-{width}")


@pytest.mark.parametrize("layout", ["portal", "console"])
def test_a_thousand_rows_fit_as_a_table_and_as_cards(layout, page):
    page.goto(f"/kit?rows=1000&as={layout}")
    assert page.locator("table").last.locator("tbody tr").count() == 1000
    for width in WIDTHS:
        assert_fits(page, width)


@pytest.mark.parametrize("language", ["ja-easy", "en"])
def test_home_speaks_other_languages_and_still_fits(language, page):
    page.goto(f"/?lang={language}")
    assert "lang=" not in page.url
    assert page.locator("html").get_attribute("lang") == {"ja-easy": "ja", "en": "en"}[language]
    assert_fits(page, 320)
    assert_no_axe_violations(page)
    shoot(page, f"home-{language}")


def test_pages_are_whole_without_scripts(open_page):
    page = open_page(width=375, scripts=False)
    page.goto("/kit?as=console")
    menu = page.locator(".console-menu summary")
    menu.click()
    assert page.locator(".console-menu nav a").first.is_visible()
    assert page.locator("[data-copy]").is_hidden()
    page.goto("/")
    page.get_by_role("link", name="English").click()
    assert page.locator("html").get_attribute("lang") == "en"


def test_keyboard_reaches_the_main_part_first(page):
    page.goto("/kit")
    page.evaluate("document.activeElement.blur()")
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_error_summary_takes_the_focus_and_leads_to_the_field(page):
    page.goto("/kit")
    assert page.evaluate("document.activeElement.className").startswith("banner banner-error")
    page.get_by_role("link", name="ふりがなを入力してください。").click()
    assert page.evaluate("document.activeElement.id") == "f-kana"
    assert page.locator("#f-kana").get_attribute("aria-describedby") == "e-kana"


def test_focus_is_a_black_ring_on_yellow(page):
    page.goto("/")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    ring = page.evaluate(
        "(({outlineStyle, outlineWidth, boxShadow}) => [outlineStyle, outlineWidth, boxShadow])(getComputedStyle(document.activeElement))"
    )
    assert ring[:2] == ["solid", "4px"]
    assert "rgb(255, 212, 61)" in ring[2]


def test_touch_targets_are_large_enough(open_page):
    page = open_page(width=375)
    page.goto("/kit")
    small = page.evaluate(
        """() => [...document.querySelectorAll('button, .button, .input, .choice, nav a, summary')]
            .map(part => [part.outerHTML.slice(0, 80), part.getBoundingClientRect()])
            .filter(([, box]) => box.height && box.height < 44).map(([html, box]) => `${html} ${box.height}`)"""
    )
    assert small == []


def test_year_is_shown_in_the_japanese_calendar_while_typing(page):
    page.goto("/kit")
    page.locator("#f-birthday").fill("1990")
    assert page.locator(".wareki").first.text_content() == "（平成2年）"


def test_a_form_is_sent_once(page):
    page.goto("/kit")
    sent = page.evaluate(
        """() => { const form = document.querySelector('form[data-once]'); let count = 0;
            form.addEventListener('submit', event => { if (!event.defaultPrevented) count += 1; event.preventDefault(); });
            form.requestSubmit(); form.requestSubmit(); return count; }"""
    )
    assert sent == 1


def test_a_large_photo_is_made_smaller_and_other_files_are_left_alone(page, tmp_path):
    from PIL import Image

    photo = tmp_path / "通帳.png"
    Image.effect_noise((3000, 2000), 80).save(photo)
    page.goto("/kit")
    chosen = page.locator("#f-bankbook")
    chosen.set_input_files(photo)
    until(page, "document.getElementById('f-bankbook').files[0].name === '通帳.jpg'")
    assert page.evaluate("document.getElementById('f-bankbook').files[0].size") < photo.stat().st_size
    broken = tmp_path / "壊れた.jpg"
    broken.write_bytes(b"not a picture" * 200_000)
    chosen.set_input_files(broken)
    page.wait_for_timeout(300)
    assert page.evaluate("document.getElementById('f-bankbook').files[0].size") == broken.stat().st_size


def test_print_leaves_out_what_paper_can_not_use(page):
    page.goto("/kit")
    page.emulate_media(media="print")
    assert page.locator(".breadcrumb").is_hidden()
    assert page.locator(".site-nav").is_hidden()
    assert page.locator("h1").is_visible()
