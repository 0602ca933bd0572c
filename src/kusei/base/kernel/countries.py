"""Names of countries and regions (国籍・地域) in the languages of the pages, from Unicode's CLDR by way of Babel."""

from functools import cache

from babel import Locale
from babel.core import get_global
from django.utils.translation import get_language

from kusei.base.kernel.i18n import text

STATELESS = ("XXA", "XXB", "XXC", "XXX")
"""What a passport has for who is of no country, a refugee, or of one that isn't told (ICAO 9303); none is in CLDR."""
LOCALES = {"ja-easy": "ja", "zh-hans": "zh_Hans", "tl": "fil"}
CARDS = {"MM": "ミャンマー", "KP": "朝鮮", "HK": "中国（香港）", "MO": "中国（マカオ）"}
"""What Japanese papers call a region (在留カードの「国籍・地域」) where CLDR's Japanese has another word."""
NO_COUNTRY = {"ja": "無国籍・不明", "ja-easy": "国籍（こくせき）が ない・わからない", "en": "Stateless or not known"}


@cache
def _territories(locale: str) -> dict[str, str]:
    return dict(Locale.parse(locale).territories)


def country(code: str, language: str | None = None) -> str:
    """The name of an ISO 3166-1 alpha-3 code (JPN: 日本, Japan) in the (default: the active) language; the code where it has none."""
    language = language or get_language() or "ja"
    if code in STATELESS:
        return text(NO_COUNTRY, language)
    short = next(iter(get_global("territory_aliases").get(code, ())), "")
    japanese = LOCALES.get(language, language) == "ja"
    return (japanese and CARDS.get(short)) or _territories(LOCALES.get(language, language)).get(short, code)
