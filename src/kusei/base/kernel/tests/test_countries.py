"""Names of countries: every language of the pages has them."""

import pytest
from django.utils import translation

from kusei.base.kernel.countries import country
from kusei.base.kernel.i18n import LANGUAGES


@pytest.mark.parametrize(
    ("code", "language", "name"),
    [
        ("JPN", "ja", "日本"), ("LUX", "ja", "ルクセンブルク"), ("PRK", "ja", "朝鮮"), ("MMR", "ja-easy", "ミャンマー"), ("USA", "en", "United States"),
        ("NPL", "ne", "नेपाल"), ("CHN", "zh-hans", "中国"), ("KOR", "ko", "대한민국"), ("PHL", "tl", "Pilipinas"), ("VNM", "vi", "Việt Nam"), ("QQQ", "ja", "QQQ"), ("", "en", ""),
    ],
)  # fmt: skip
def test_a_code_has_a_name_in_the_language_of_the_page(code, language, name):
    with translation.override(language):
        assert country(code) == name


def test_who_has_no_country_is_told_so_in_every_language():
    assert len({country("XXA", language) for language in LANGUAGES}) == len(LANGUAGES)
