"""How a search finds: one plain form for all spellings, and points for where a word stands. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_RUBY = re.compile(r"（[ぁ-んァ-ヶー 　]+）")
_KATAKANA = {code: code + 0x60 for code in range(0x3041, 0x3097)}
_APART = re.compile(r"[\s、。，．・,/「」『』()（）?？!！]+")
PROCEDURE = 40
ALIKE = 0.5
"""From this share of common pairs of letters on, something is offered as perhaps meant."""


@dataclass(frozen=True)
class Entry:
    """Something that can be found. titles, keywords, texts: in every language; `kind` and `category` are codes."""

    kind: str
    title: str
    text: str
    url: str
    category: str
    titles: tuple[str, ...]
    keywords: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()


def plain(text: str) -> str:
    """One form for all spellings: NFKC, small letters, katakana for hiragana, no spaces, no reading in brackets behind a word."""
    text = unicodedata.normalize("NFKC", _RUBY.sub("", text)).casefold()
    return unicodedata.normalize("NFKC", "".join(text.split())).translate(_KATAKANA)


def words(typed: str) -> list[str]:
    """The words of a query in their plain form, each once, eight at most."""
    return list(dict.fromkeys(filter(None, map(plain, _APART.split(unicodedata.normalize("NFKC", typed))))))[:8]


def points(entry: Entry, word: str) -> int:
    """How well a word fits an entry; 0 = not at all. A whole sentence fits where it holds a keyword."""
    best = 0
    for title in map(plain, entry.titles):
        best = max(best, 100 if title == word else 70 if title.startswith(word) else 50 if word in title else 0)
    for keyword in map(plain, entry.keywords):
        best = max(best, 80 if keyword == word else 40 if word in keyword else 0)
        if len(keyword) > 1 and keyword in word:
            best = max(best, 30)
    if any(word in plain(text) for text in entry.texts):
        best = max(best, 10)
    return best


def search(entries: Iterable[Entry], typed: str) -> list[Entry]:
    """The entries that fit every word typed, best first; those that fit equally well stay in the order given.

    What is typed counts once more as a whole, so that a name of two words beats two names of one. People come to do something: a
    procedure goes before what is only to be read.
    """
    wanted = words(typed)
    scored = []
    for entry in entries:
        fits = [points(entry, word) for word in wanted]
        if fits and all(fits):
            scored.append((sum(fits) + points(entry, plain(typed)) + PROCEDURE * (entry.kind == "procedure"), entry))
    return [entry for _points, entry in sorted(scored, key=lambda pair: -pair[0])]


def perhaps(entries: Iterable[Entry], typed: str, most: int = 3) -> list[Entry]:
    """What may have been meant where nothing fits: entries that share many pairs of letters with the query."""
    asked = pairs(plain(typed))
    if not asked:
        return []
    scored = [
        (max((likeness(asked, name) for name in (*entry.titles, *entry.keywords)), default=0), entry)
        for entry in entries
    ]
    near = sorted((pair for pair in scored if pair[0] >= ALIKE), key=lambda pair: -pair[0])
    return [entry for _score, entry in near[:most]]


def likeness(asked: set[str], name: str) -> float:
    """Dice's coefficient of the pairs of letters, 0 to 1."""
    there = pairs(plain(name))
    return 2 * len(asked & there) / (len(asked) + len(there)) if there else 0.0


def pairs(text: Sequence[str]) -> set[str]:
    """Every two neighbouring letters."""
    return {text[at] + text[at + 1] for at in range(len(text) - 1)}
