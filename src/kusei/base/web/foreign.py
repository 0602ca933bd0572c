"""Words of another language in a page: Japanese names, addresses and texts that have no translation get their `lang` (WCAG 2.2, 3.1.2).

Screen readers then read them in Japanese, and browsers draw their characters in Japanese forms, also on a Chinese page.
"""

import re

HAN = "㐀-䶿一-鿿豈-﫿𠀀-𪛟々〆"
KANA = "ぁ-ゖァ-ヺーｦ-ﾟ"
LETTER = re.compile(f"[{HAN}{KANA}]")
ONLY_KANA = re.compile(f"[{KANA}]")
JOIN = r"[0-9０-９、。・：（）「」\s　－-]"
RUN = re.compile(f"[{HAN}{KANA}](?:{JOIN}*[{HAN}{KANA}]+)*[。）」]?")
"""Japanese from its first letter to its last, with the digits and marks between."""
TOKEN = re.compile(
    r"(<!--.*?-->|<(script|style|textarea|title|select|svg)\b.*?</\2>|<[^>]*>)", re.DOTALL | re.IGNORECASE
)
BODY = re.compile(r"<(main|body)\b", re.IGNORECASE)
JAPANESE_SHARE = 0.15


def mark_japanese(page: str, language: str) -> str:
    """An HTML page in `language` (not a Japanese one) in which Japanese words stand in `<span lang="ja">`.

    Left alone: what stands in an element that has its own `lang`, and what can hold no elements (titles, choices). In Chinese a text counts as
    Japanese where kana make up more than a trace of it; names in kanji alone can't be told apart there.
    """
    if not LETTER.search(page):
        return page
    parts, marked = TOKEN.split(page), []
    own = False  # whether the element just opened has a lang of its own
    for at in range(0, len(parts), 3):
        words = parts[at]
        marked.append(words if own or not LETTER.search(words) else _mark(words, language))
        if at + 1 < len(parts):
            marked.append(parts[at + 1])
            own = parts[at + 1].startswith("<") and " lang=" in parts[at + 1] and not parts[at + 1].startswith("<html")
    return "".join(marked)


def _mark(words: str, language: str) -> str:
    if language != "zh-hans":
        return RUN.sub(_span, words)
    kana, letters = len(ONLY_KANA.findall(words)), len(LETTER.findall(words))
    if kana <= letters * JAPANESE_SHARE:
        return words
    body = words.strip()
    return words.replace(body, f'<span lang="ja">{body}</span>', 1)


def _span(found: re.Match) -> str:
    return f'<span lang="ja">{found[0]}</span>'
