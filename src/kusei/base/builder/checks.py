"""What is wrong with a procedure before anybody meets it (pure, but for the names a ward knows): each fault says where and what to do."""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.translation import gettext as _
from pydantic import ValidationError

from kusei.base.ask.conditions import questions_in, well_formed
from kusei.base.ask.schema import Procedure
from kusei.base.builder import tree, words
from kusei.base.builder.faults import address, said
from kusei.base.builder.reach import Reach, circles, literals

NEEDED = ("ja-easy", "en")
"""Besides Japanese, the languages without which residents are left alone."""
LONGEST_LABEL = 80
MOST_ON_A_PAGE = 5
STAFF_ONLY = ("decide/checks", "decide/route")
_LOOKS = re.compile("こちら$|^ここ$|(赤|青|緑|黄色)い|[右左]の|(上|下)の(図|欄|表)")
Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Fault:
    """One thing to mend: an error keeps the procedure from being published, a warning is for somebody to judge. `at`: address in `tree`."""

    severity: Severity
    at: str
    words: str


@dataclass(frozen=True)
class Known:
    """What the ward knows by name: departments, facts, options of modules, templates of messages. None: not looked at."""

    departments: Collection[str] | None = None
    facts: Collection[str] | None = None
    templates: Collection[str] | None = None
    options: Callable[[str], Collection[str]] | None = None
    file: Mapping[str, Any] | None = None
    """The definition that the module's file holds, where code stands behind it that reads answers by name."""


def of(definition: Mapping[str, Any], known: Known = Known()) -> list[Fault]:
    """Every fault, errors first, in the order of the form."""
    found = [*_pages(definition), *_questions(definition), *_names(definition, known), *_module(definition, known)]
    if not any(fault.severity == "error" for fault in found):
        found += _ways(definition, known)
    found += _schema(definition, found)
    found += [*_translations(definition), *_labels(definition)]
    return sorted(found, key=lambda fault: fault.severity)


def _schema(definition: Mapping[str, Any], found: list[Fault]) -> Iterator[Fault]:
    """What the schema refuses. Sentences of the schema's own are left out where an error above already says it in other words."""
    told = any(fault.severity == "error" for fault in found)
    try:
        Procedure.model_validate(tree.whole(definition))
    except ValidationError as error:
        for each in error.errors():
            if not (told and each["type"] == "value_error"):
                yield Fault("error", address(each["loc"]), said(each))


def _conditions(definition: Mapping[str, Any]) -> Iterator[tuple[int, Mapping, Any]]:
    for place, page in enumerate(definition.get("pages") or []):
        if page.get("when") is not None:
            yield place, page, page["when"]


def _pages(definition: Mapping[str, Any]) -> Iterator[Fault]:
    pages, asked = definition.get("pages") or [], {}
    for place, page in enumerate(pages):
        at = f"pages/{place}"
        if not page.get("ask") and not page.get("stop"):
            yield Fault("error", at, _("この画面には質問がありません。質問を足すか、画面を消してください。"))
        if page.get("ask") and page.get("stop"):
            yield Fault(
                "error", at, _("止める画面では質問できません。「ここで止める文」か質問のどちらかを消してください。")
            )
        if len(page.get("ask") or []) > MOST_ON_A_PAGE:
            yield Fault(
                "warning",
                at,
                _("1つの画面の質問が多すぎます。%(most)sつまでに分けると答えやすくなります。")
                % {"most": MOST_ON_A_PAGE},
            )
        for key in page.get("ask") or []:
            if key in asked:
                yield Fault(
                    "error",
                    at,
                    _("質問「%(question)s」を2回きいています。片方を消してください。")
                    % {"question": words.label(definition, key)},
                )
            asked.setdefault(key, place)
    yield from _rules(definition, asked)


def _rules(definition: Mapping[str, Any], asked: Mapping[str, int]) -> Iterator[Fault]:
    """Conditions that are no conditions, that look ahead, that wait for each other, that look for answers nobody can give."""
    sound = True
    for place, _page, when in _conditions(definition):
        at = f"pages/{place}/when"
        try:
            well_formed(when)
        except (ValueError, RecursionError):
            sound = False
            yield Fault("error", at, _("表示の条件が正しい形ではありません。条件を作り直してください。"))
            continue
        for key in sorted(questions_in(when)):
            said_of = {"question": words.label(definition, key)}
            if key not in asked:
                yield Fault("error", at, _("条件が、どの画面にもない質問「%(question)s」を見ています。") % said_of)
            elif asked[key] == place:
                yield Fault(
                    "error",
                    at,
                    _("条件が、この画面自身の質問「%(question)s」を見ています。前の画面の質問に変えてください。")
                    % said_of,
                )
            elif asked[key] > place:
                yield Fault(
                    "error",
                    at,
                    _("条件が、あとの画面の質問「%(question)s」を見ています。画面の順番を変えてください。") % said_of,
                )
    if sound:
        for circle in circles(definition):
            if len(circle) > 1:
                names = " → ".join(words.page_name(definition, place) for place in [*circle, circle[0]])
                yield Fault(
                    "error",
                    f"pages/{circle[0]}/when",
                    _("画面の条件が、たがいを待っています（循環）：%(pages)s") % {"pages": names},
                )


def _ways(definition: Mapping[str, Any], known: Known) -> Iterator[Fault]:
    """Pages that nobody can reach."""
    options = known.options or (lambda name: [])
    for place, verdict in enumerate(Reach(definition, options).verdicts()):
        if verdict == "no":
            yield Fault(
                "error",
                f"pages/{place}",
                _("この画面には、どう答えてもたどり着けません。表示の条件か、前の「止める」画面を直してください。"),
            )
        elif verdict == "unknown":
            yield Fault(
                "warning",
                f"pages/{place}",
                _("条件が込み入っていて、たどり着けるか確かめきれません。試しに答えて確かめてください。"),
            )


def _questions(definition: Mapping[str, Any]) -> Iterator[Fault]:
    questions = definition.get("questions") or {}
    asked = {key for page in definition.get("pages") or [] for key in page.get("ask") or []}
    for key, question in questions.items():
        at, kind, choices = f"questions/{key}", question.get("kind"), question.get("choices") or []
        if key not in asked:
            yield Fault("error", at, _("どの画面でもきいていません。画面に入れるか、消してください。"))
        if kind in ("choice", "choices") and bool(choices) == bool(question.get("from")):
            yield Fault("error", at, _("選択肢を足すか、「選択肢のもと」を選んでください（どちらか一方）。"))
        if kind == "known" and not choices:
            yield Fault("error", at, _("選択肢を足してください（例：このとおり、ちがう）。"))
        if kind == "people" and not question.get("from"):
            yield Fault(
                "error", at, _("「選択肢のもと」に、世帯の人の一覧（household.childrenなど）を書いてください。")
            )
        if len({choice.get("key") for choice in choices}) != len(choices):
            yield Fault("error", at, _("同じ記号名の選択肢が2つあります。片方の記号名を変えてください。"))
        if kind == "choice" and len(choices) == 1:
            yield Fault("warning", at, _("選択肢が1つだけです。ほかの答えを足すか、チェック1つに変えてください。"))
    for key in sorted(asked - set(questions)):
        yield Fault("error", "pages", _("質問「%(question)s」が作られていません。") % {"question": key})
    applicant = definition.get("applicant")
    if applicant and applicant not in questions:
        yield Fault("error", "", _("「申請者の氏名をきく質問」の%(question)sがありません。") % {"question": applicant})
    if not applicant and definition.get("assurance", "email") == "email":
        yield Fault("warning", "", _("メールだけで申請できる手続きです。「申請者の氏名をきく質問」を決めてください。"))


def _names(definition: Mapping[str, Any], known: Known) -> Iterator[Fault]:
    """Names that nobody in this ward knows."""
    if known.departments is not None and definition.get("department") not in known.departments:
        yield Fault(
            "error", "", _("担当課「%(name)s」は、この区にありません。") % {"name": definition.get("department")}
        )
    wanted = _wanted(definition)
    for key, question in (definition.get("questions") or {}).items():
        named = [*(question.get("facts") or []), *([question["fact"]] if question.get("fact") else [])]
        if question.get("kind") == "people" and question.get("from"):
            named.append(question["from"])
        for name in named if known.facts is not None else []:
            if name not in known.facts:
                yield Fault(
                    "error", f"questions/{key}", _("住民記録に「%(name)s」という項目はありません。") % {"name": name}
                )
        listed = question.get("from") if question.get("kind") in ("choice", "choices") else None
        if listed and known.options and not known.options(listed):
            yield Fault(
                "error", f"questions/{key}", _("「%(name)s」という選択肢の一覧はありません。") % {"name": listed}
            )
        yield from _looked_for(definition, key, wanted.get(key, []), known)
    decide = definition.get("decide") or {}
    for place, outcome in enumerate(decide.get("outcomes") or []):
        if (
            known.templates is not None
            and isinstance(outcome, Mapping)
            and outcome.get("message") not in known.templates
        ):
            yield Fault(
                "error",
                f"decide/outcomes/{place}",
                _("「%(name)s」というお知らせの文はありません。") % {"name": outcome.get("message")},
            )


def _looked_for(
    definition: Mapping[str, Any], key: str, wanted: list[tuple[int, Any]], known: Known
) -> Iterator[Fault]:
    """Answers that conditions look for (place of the page, value) and that the question does not offer."""
    question = definition["questions"][key]
    if question.get("kind") not in ("choice", "choices", "known"):
        return
    offered = {choice.get("key") for choice in question.get("choices") or []}
    if question.get("from"):
        if not known.options:
            return
        offered |= set(known.options(question["from"]))
    for place, value in wanted:
        if isinstance(value, str) and value not in offered:
            said_of = {"question": words.label(definition, key), "answer": value}
            yield Fault(
                "error",
                f"pages/{place}/when",
                _("条件の答え「%(answer)s」は、質問「%(question)s」の選択肢にありません。") % said_of,
            )


def _wanted(definition: Mapping[str, Any]) -> dict[str, list[tuple[int, Any]]]:
    """Question → every value that a condition looks for, with the place of the page."""
    found: dict[str, list[tuple[int, Any]]] = {}
    for place, _page, when in _conditions(definition):
        for key, wanted in _safe(when):
            found.setdefault(key, []).extend(
                (place, value) for value in (wanted if isinstance(wanted, list) else [wanted])
            )
    return found


def _safe(when: Any) -> list[tuple[str, Any]]:
    try:
        return list(literals(well_formed(when)))
    except (ValueError, RecursionError):
        return []


def _module(definition: Mapping[str, Any], known: Known) -> Iterator[Fault]:
    """What the module's own calculation or register reads, and would no longer find."""
    if not known.file:
        return
    questions = definition.get("questions") or {}
    for key, before in known.file["questions"].items():
        name = {"question": words.label(known.file, key)}
        if key not in questions:
            yield Fault(
                "error",
                "questions",
                _("質問「%(question)s」は、この手続きの計算や台帳が使います。消さずに残してください。") % name,
            )
        elif questions[key].get("kind") != before["kind"]:
            yield Fault(
                "error", f"questions/{key}", _("「答え方」は変えられません。この手続きの計算や台帳が使います。")
            )
        elif gone := _choice_keys(before) - _choice_keys(questions[key]):
            yield Fault(
                "error",
                f"questions/{key}",
                _("選択肢「%(keys)s」は、この手続きの計算や台帳が使います。残してください。")
                % {"keys": "、".join(sorted(gone))},
            )
    before, now = (
        {o.get("key") for o in (d.get("decide") or {}).get("outcomes") or []} for d in (known.file, definition)
    )
    if before - now:
        yield Fault(
            "error",
            "decide",
            _("結果「%(keys)s」は、この手続きの計算や台帳が使います。残してください。")
            % {"keys": "、".join(sorted(before - now))},
        )


def _choice_keys(question: Mapping) -> set[str]:
    return {choice["key"] for choice in question.get("choices") or [] if choice.get("key")}


# ---- words residents read ------------------------------------------------------------------------------------------------------


def texts(definition: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    """Every text that residents read: the address of its part, its field, and its languages."""
    yield from _texts(tree.part(definition, ""))


def _texts(part: tree.Part) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    for slot in tree.slots(part.model).values():
        value, at = part.value.get(slot.name), f"{part.at}/{slot.name}" if part.at else slot.name
        if not value or at in STAFF_ONLY:
            continue
        if slot.shape.kind == "words" and isinstance(value, Mapping):
            yield part.at, slot.name, value
        elif slot.shape.kind == "model" and isinstance(value, Mapping):
            yield from _texts(tree.Part(at, slot.shape.of, value))
        elif slot.shape.kind in ("items", "table"):
            steps = enumerate(value) if isinstance(value, list) else value.items()
            for step, inner in steps:
                if slot.shape.of is tree.Text and isinstance(inner, Mapping):
                    yield f"{at}/{step}", "", inner
                elif isinstance(inner, Mapping):
                    yield from _texts(tree.Part(f"{at}/{step}", slot.shape.of, inner))


def _translations(definition: Mapping[str, Any]) -> Iterator[Fault]:
    names, others = words.languages(), 0
    for at, name, said_in in texts(definition):
        lacking = [names[code] for code in NEEDED if not said_in.get(code)]
        if lacking:
            of_what = words.field(name) if name else words.guide(at.rpartition("/")[2])
            yield Fault(
                "warning",
                at,
                _("「%(field)s」に訳がありません：%(languages)s") % {"field": of_what, "languages": "、".join(lacking)},
            )
        others += any(not said_in.get(code) for code in names if code not in ("ja", *NEEDED))
    if others:
        yield Fault(
            "warning",
            "",
            _("ほかの5言語の訳がない文が%(n)s件あります。その言語の人には日本語か英語で出ます。") % {"n": others},
        )


def _labels(definition: Mapping[str, Any]) -> Iterator[Fault]:
    """Labels that somebody who hears the page, or reads slowly, can't use (WCAG 2.2, 2.4.6, 1.3.3)."""
    for place, page in enumerate(definition.get("pages") or []):
        heard: dict[str, str] = {}
        for key in page.get("ask") or []:
            label = words.label(definition, key)
            if label in heard:
                yield Fault(
                    "warning",
                    f"pages/{place}",
                    _("同じ文の質問が2つあります：「%(label)s」。耳で聞いて区別できるようにしてください。")
                    % {"label": label},
                )
            heard[label] = key
    for key, question in (definition.get("questions") or {}).items():
        yield from _label(f"questions/{key}", question.get("label"), question.get("hint"))
        said_before = set()
        for choice in question.get("choices") or []:
            label = (choice.get("label") or {}).get("ja", "")
            if label in said_before:
                yield Fault(
                    "warning", f"questions/{key}", _("同じ文の選択肢が2つあります：「%(label)s」") % {"label": label}
                )
            said_before.add(label)


def _label(at: str, label: Any, hint: Any) -> Iterator[Fault]:
    ja = label.get("ja", "") if isinstance(label, Mapping) else ""
    if not any(unicodedata.category(sign)[0] in "LN" for sign in ja):
        yield Fault("error", at, _("質問の文に言葉がありません。何をきくのかを書いてください。"))
    if len(ja) > LONGEST_LABEL:
        yield Fault(
            "warning",
            at,
            _("質問の文が長すぎます（%(most)s文字まで）。くわしいことは補足に書いてください。")
            % {"most": LONGEST_LABEL},
        )
    if _LOOKS.search(ja):
        yield Fault(
            "warning", at, _("色や位置、「こちら」だけにたよった文です。見えない人にもわかる言葉にしてください。")
        )
    if isinstance(hint, Mapping) and hint.get("ja") == ja:
        yield Fault("warning", at, _("補足が質問と同じ文です。消すか、例を書いてください。"))
