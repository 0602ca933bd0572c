"""Interface texts: found in the source, kept in .po files, compiled without GNU gettext.

The msgid is the Japanese text in the source, so Japanese needs no catalogue. `src/kusei/locale/<locale>/LC_MESSAGES/django.po` hold
やさしい日本語 (`ja_Easy`, as Django spells the locale of `ja-easy`) and the other languages. やさしい日本語 and English have every text of the
interface; the other five those that residents see (`audience`), and the texts that are data (`data_texts`), which authors write in the first
three only. Compiled catalogues are not kept in the repository: `compile_catalogues` writes them into the home when they are older than their
source, each with the list of its texts that nobody checked (`states`). What a language lacks is filled from やさしい日本語 while compiling;
what that lacks shows in Japanese.
"""

import ast
import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import polib
from django.template import engines
from django.template.base import Lexer, Node, NodeList, TokenType
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.utils.translation.template import constant_re

from kusei.base.kernel.calendar import WARDS
from kusei.base.kernel.i18n import DATA
from kusei.base.kernel.spoken import UNCHECKED_FILE
from kusei.base.web import data_texts, states
from kusei.base.web.audience import for_residents

SOURCE = Path(__file__).resolve().parents[2]
LOCALES = SOURCE / "locale"
EASY = "ja_Easy"
WHOLE = (EASY, "en")
"""The locales that have every text of the interface."""
MODULE = "django.utils.translation"
# Function → which of its arguments are msgid, plural and context.
FUNCTIONS = {
    **dict.fromkeys(("gettext", "gettext_lazy", "gettext_noop"), (0, None, None)),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (0, 1, None)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), (1, None, 0)),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}|<[^>]*>")
"""What a translation must keep: values, and elements with their attributes."""


@dataclass(frozen=True, order=True)
class Text:
    """A text to translate, and the (first) file it stands in, relative to `src/kusei`; of data, to the folder above `wards`."""

    file: str
    msgid: str
    plural: str = ""
    context: str = ""
    files: tuple[str, ...] = field(default=(), compare=False)


# ---- compiling -----------------------------------------------------------------------------------------------------------


def catalogue(locale: str, locales: Path = LOCALES) -> Path:
    """Where a locale's .po file is."""
    return locales / locale / "LC_MESSAGES" / "django.po"


def compile_catalogues(target: Path, locales: Path = LOCALES) -> list[Path]:
    """Compile every .po file into `target/<locale>/LC_MESSAGES/django.mo`, where it is out of date; returns what was written.

    Each file appears whole or not at all, so several processes may do this at once.
    """
    sources = sorted(locales.glob("*/LC_MESSAGES/django.po"))
    newest = max((source.stat().st_mtime_ns for source in sources), default=0)
    written = []
    for source in sources:
        compiled = target / source.relative_to(locales).with_suffix(".mo")
        if compiled.exists() and compiled.stat().st_mtime_ns >= newest:
            continue
        compiled.parent.mkdir(parents=True, exist_ok=True)
        keys = json.dumps(states.unchecked(polib.pofile(str(source))), ensure_ascii=False)
        _replace(compiled.with_name(UNCHECKED_FILE), keys.encode())
        _replace(compiled, filled(source, catalogue(EASY, locales)).to_binary())
        written.append(compiled)
    return written


def _replace(file: Path, content: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=file.parent, suffix=".part", delete=False) as draft:
        draft.write(content)
    os.replace(draft.name, file)


def filled(source: Path, easy: Path) -> polib.POFile:
    """A catalogue in which whatever has no text yet has the one in やさしい日本語."""
    texts = polib.pofile(str(source))
    if source != easy and easy.exists():
        for spare in polib.pofile(str(easy)).translated_entries():
            entry = texts.find(spare.msgid, msgctxt=spare.msgctxt or False, include_obsolete_entries=False)
            if entry is None and not spare.msgid_plural:
                texts.append(polib.POEntry(msgid=spare.msgid, msgctxt=spare.msgctxt, msgstr=spare.msgstr))
            elif entry is not None and not entry.translated() and not spare.msgid_plural:
                entry.msgstr, entry.flags = spare.msgstr, []
    return texts


# ---- finding -------------------------------------------------------------------------------------------------------------


def texts_in_python(source: str, file: str) -> Iterator[Text]:
    """The texts in calls of Django's gettext functions, under whatever name they were imported.

    Raises ValueError where such a call is given anything but a literal: it could never be translated.
    """
    tree = ast.parse(source)
    names = {
        alias.asname or alias.name: FUNCTIONS[alias.name]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == MODULE
        for alias in node.names
        if alias.name in FUNCTIONS
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            parts = [_literal(node, at, file) if at is not None else "" for at in names[node.func.id]]
            yield Text(file, *parts)


def _literal(call: ast.Call, at: int, file: str) -> str:
    argument = call.args[at] if at < len(call.args) else None
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return argument.value
    raise ValueError(f"{file}:{call.lineno}: a text to translate must be a literal")


def texts_in_template(source: str, file: str) -> Iterator[Text]:
    """The texts of `translate`, `blocktranslate` and `_("…")` in a template."""
    template = engines["django"].from_string(source).template
    for node in nodes(template.nodelist):
        if not isinstance(node, TranslateNode | BlockTranslateNode):
            continue
        context = str(node.message_context.resolve({})) if node.message_context else ""
        if isinstance(node, TranslateNode):
            yield Text(file, node.filter_expression.var.literal.replace("%", "%%"), "", context)
        else:
            singular, _vars = node.render_token_list(node.singular)
            plural = node.render_token_list(node.plural)[0] if node.plural else ""
            yield Text(file, singular, plural, context)
    for token in Lexer(source).tokenize():
        if token.token_type in (TokenType.BLOCK, TokenType.VAR):
            for literal in constant_re.findall(token.contents):
                yield Text(file, literal[1:-1])


def nodes(parents: NodeList) -> Iterator[Node]:
    """Every node of a template, also those inside simple block tags, which Django's own walk passes by."""
    for node in parents:
        yield node
        for name in {"nodelist", *node.child_nodelists}:
            yield from nodes(getattr(node, name, None) or ())


def find_texts(root: Path = SOURCE) -> list[Text]:
    """Every text of the interface in the source below `root`, tests apart, each once with the files it stands in."""
    found: list[Text] = []
    for path in sorted([*root.rglob("*.py"), *root.rglob("templates/**/*.html")]):
        file = path.relative_to(root)
        if {"tests", "migrations"} & set(file.parts):
            continue
        read = texts_in_python if path.suffix == ".py" else texts_in_template
        found += read(path.read_text("utf-8"), str(file))
    return _each_once(found)


def find_data_texts(root: Path = SOURCE, wards: Path = WARDS) -> list[Text]:
    """Every text of residents' that is data, each once with the files it stands in."""
    written = [*data_texts.in_yaml(wards, wards.parent), *data_texts.in_yaml(root, root)]
    found = [Text(file, text, context=DATA) for file, text in written]
    for path in sorted(root.rglob("*.py")):
        file = path.relative_to(root)
        if not {"tests", "migrations"} & set(file.parts):
            said = data_texts.in_python(path.read_text("utf-8"), str(file))
            found += [Text(file, text, context=DATA) for file, text in said]
    return _each_once(found)


def texts_of(locale: str) -> list[Text]:
    """The texts that a locale's .po file should hold."""
    return list(_whole() if locale in WHOLE else _of_residents())


@cache
def _whole() -> tuple[Text, ...]:
    return tuple(find_texts())


@cache
def _of_residents() -> tuple[Text, ...]:
    return tuple(text for text in _whole() if for_residents(text.files)) + tuple(find_data_texts())


def _each_once(texts: Iterable[Text]) -> list[Text]:
    found: dict[tuple[str, str], Text] = {}
    for text in texts:
        first = found.setdefault((text.msgid, text.context), text)
        if text.file not in first.files:
            found[text.msgid, text.context] = replace(first, files=(*first.files, text.file))
    return sorted(found.values())


# ---- keeping -------------------------------------------------------------------------------------------------------------


def update(texts: Iterable[Text], path: Path) -> tuple[int, int]:
    """Bring a .po file in line with the source: new texts come in empty, gone ones leave. Returns how many came and went."""
    old = polib.pofile(str(path))
    kept = {(entry.msgid, entry.msgctxt or ""): entry for entry in old}
    new = polib.POFile(wrapwidth=0)
    new.metadata, new.header = old.metadata, old.header
    came = 0
    for text in texts:
        entry = kept.pop((text.msgid, text.context), None)
        if entry is None:
            came += 1
            entry = polib.POEntry(msgid=text.msgid, msgctxt=text.context or None, msgid_plural=text.plural)
            if text.plural:
                entry.msgstr_plural = dict.fromkeys(range(2 if "nplurals=2" in new.metadata["Plural-Forms"] else 1), "")
        entry.occurrences, entry.flags = [(file, "") for file in text.files or (text.file,)], []
        new.append(entry)
    new.save(str(path))
    return came, len(kept)


def faults(texts: Iterable[Text], path: Path, *, gaps: bool = True) -> list[str]:
    """What is wrong with a .po file: texts with no translation (`gaps`), and translations whose placeholders differ from the source's."""
    entries = {(entry.msgid, entry.msgctxt or ""): entry for entry in polib.pofile(str(path))}
    wrong = []
    for text in texts:
        entry = entries.get((text.msgid, text.context))
        strings = [] if entry is None else list(entry.msgstr_plural.values()) or [entry.msgstr]
        if not strings or not all(strings):
            if gaps:
                wrong.append(f"{text.file}: no text for {text.msgid!r}")
        elif any(placeholders(string) != placeholders(text.msgid) for string in strings):
            wrong.append(f"{text.file}: other placeholders than in {text.msgid!r}")
    return wrong


def placeholders(text: str) -> list[str]:
    return sorted(match[0] for match in PLACEHOLDER.finditer(text.replace("%%", "")))
