"""What the parts of a procedure are called, in the active language, and conditions told as sentences."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from kusei.base.kernel.i18n import text


def languages() -> dict[str, str]:
    """The languages of a text by their keys in YAML."""
    return {
        "ja": "日本語", "ja-easy": "やさしい日本語", "en": "English", "zh-hans": "简体中文", "ko": "한국어", "tl": "Tagalog",
        "ne": "नेपाली", "vi": "Tiếng Việt",
    }  # fmt: skip


def kinds() -> dict[str, str]:
    """The kinds of questions; one that is not listed is called by its own name."""
    return {
        "text": _("1行の文"),
        "textarea": _("長い文"),
        "date": _("日付"),
        "number": _("数"),
        "choice": _("1つを選ぶ"),
        "choices": _("いくつでも選ぶ"),
        "phone": _("電話番号"),
        "people": _("世帯の人を選ぶ"),
        "bank": _("振込先の口座"),
        "file": _("写真・ファイル"),
        "known": _("登録内容の確認"),
        "tick": _("チェック1つ"),
    }


def fields() -> dict[str, tuple[str, str]]:
    """What the fields of the schema are called, and a hint; a field that is not listed is called by its own name."""
    return {
        "title": (_("名前"), ""),
        "summary": (_("ひとことでいうと"), _("一覧と案内のはじめに出ます。")),
        "keywords": (_("検索の言葉"), _("1行に1つ。住民が使う言い方も入れます。")),
        "category": (_("分類"), ""),
        "department": (_("担当課"), ""),
        "assurance": (
            _("本人の確かめ方"),
            _("email：メールだけ、tied：住民登録と結びつけた人、card：マイナンバーカード"),
        ),
        "signature": (_("カードの署名"), ""),
        "applicant": (_("申請者の氏名をきく質問"), _("質問の記号名。本人の確認がemailのときに要ります。")),
        "purpose": (_("個人情報の利用目的"), ""),
        "law": (_("根拠の法令"), ""),
        "guide": (_("案内"), ""),
        "pages": (_("画面"), ""),
        "questions": (_("質問"), ""),
        "decide": (_("審査と決定"), ""),
        "messages": (_("お知らせの文の名前"), ""),
        "key": (_("記号名"), _("半角の英小文字・数字・_・-。住民には見えません。")),
        "kind": (_("答え方"), ""),
        "label": (_("文"), _("住民に見える言葉")),
        "hint": (_("補足"), ""),
        "required": (_("必ず答えてもらう"), ""),
        "choices": (_("選択肢"), ""),
        "fact": (_("住民記録から入れておく項目"), _("例：name、address、phone")),
        "facts": (_("見せて確かめる住民記録の項目"), _("1行に1つ")),
        "from": (_("選択肢のもと"), _("システムが用意した一覧の名前。自分で選択肢を書くときは空のまま。")),
        "max": (_("最大（数・文字数）"), ""),
        "min": (_("最小"), ""),
        "max_age": (_("年齢の上限"), ""),
        "suffix": (_("単位"), ""),
        "camera": (_("カメラで撮れるようにする"), ""),
        "most": (_("ファイルの数の上限"), ""),
        "all_of_them": (_("すべてにチェックを求める"), ""),
        "past": (_("きょうまでの日だけ"), ""),
        "holder_is": (_("口座名義の確かめ方"), ""),
        "stop": (_("ここで止める文"), _("書くと、この画面は質問をせず、理由を伝えて終わります。")),
        "when": (_("表示の条件"), ""),
        "ask": (_("この画面の質問"), ""),
        "text": (_("条文"), _("例：児童手当法 7条")),
        "source": (_("法令の番号"), _("例：昭和46年法律第73号")),
        "url": (_("読める場所（URL）"), ""),
        "within": (_("標準処理期間（開庁日）"), ""),
        "checks": (_("審査で確かめること"), ""),
        "outcomes": (_("結果"), ""),
        "route": (_("決裁ルート"), ""),
        "message": (_("送るお知らせ"), ""),
        "paper": (_("作る通知書"), ""),
        "needs_reason": (_("理由を書く"), ""),
        "gravity": (_("重さ"), ""),
        "permission": (_("権限"), ""),
        "post": (_("職"), ""),
        "together": (_("前の段と同時"), ""),
        "matter": (_("専決の種類"), ""),
        "who": (_("対象の方"), ""),
        "when_": (_("いつまでに"), ""),
        "bring": (_("用意するもの"), ""),
        "fee": (_("手数料"), ""),
        "how_long": (_("かかる日数"), ""),
        "where": (_("窓口"), ""),
    }


def field(name: str) -> str:
    """What a field is called."""
    return fields().get(name, (name, ""))[0]


def hint(name: str) -> str:
    """What helps to fill it in."""
    return fields().get(name, ("", ""))[1]


def guide(name: str) -> str:
    """What a part of the guide is called (`when` is a condition everywhere else)."""
    return field("when_" if name == "when" else name)


def kind(name: str) -> str:
    """What a kind of question is called."""
    return kinds().get(name, name)


def label(definition: Mapping[str, Any], key: str) -> str:
    """A question's own words, or its key where it has none."""
    question = (definition.get("questions") or {}).get(key)
    said = question.get("label") if isinstance(question, Mapping) else None
    return (text(said) if isinstance(said, Mapping) and said.get("ja") else "") or key


def page_name(definition: Mapping[str, Any], place: int) -> str:
    """What a page is called: its title, the words of its first question, or that it stops."""
    page = definition["pages"][place]
    if isinstance(page.get("title"), Mapping):
        return text(page["title"])
    if page.get("stop"):
        return _("ここで止める")
    asked = page.get("ask") or []
    return label(definition, asked[0]) if asked else page.get("key", str(place + 1))


def answer(definition: Mapping[str, Any], key: str, value: Any) -> str:
    """A value that a condition looks for, as the resident reads it."""
    question = (definition.get("questions") or {}).get(key) or {}
    for choice in question.get("choices") or []:
        if isinstance(choice, Mapping) and choice.get("key") == value and isinstance(choice.get("label"), Mapping):
            return text(choice["label"])
    if value in (True, False):
        return _("はい") if value else _("いいえ")
    return str(value)


def condition(definition: Mapping[str, Any], tree: Any) -> str:
    """A condition as a sentence; what isn't well formed is shown as it is."""
    if not tree:
        return _("いつも表示")
    try:
        return _told(definition, tree)
    except (AttributeError, TypeError, ValueError, KeyError):
        return str(tree)


def _told(definition: Mapping[str, Any], tree: Mapping) -> str:
    ((key, value),) = tree.items()
    if key in ("all", "any"):
        joint = _("、かつ、") if key == "all" else _("、または、")
        told = [_told(definition, part) for part in value]
        return told[0] if len(told) == 1 else _("（%(parts)s）") % {"parts": joint.join(told)}
    if key == "not":
        return _("「%(condition)s」ではない") % {"condition": _told(definition, value)}
    ((test, wanted),) = value.items()
    listed = wanted if isinstance(wanted, list) else [wanted]
    words = {
        "question": label(definition, key),
        "answer": "・".join(answer(definition, key, each) for each in listed),
    }
    return sentences(test, wanted) % words


def sentences(test: str, wanted: Any = None) -> str:
    """How a test is said of a question and an answer."""
    if test == "answered":
        return _("「%(question)s」に答えた") if wanted else _("「%(question)s」に答えていない")
    return {
        "is": _("「%(question)s」が「%(answer)s」"),
        "in": _("「%(question)s」が「%(answer)s」のどれか"),
        "has": _("「%(question)s」に「%(answer)s」をふくむ"),
        "at_least": _("「%(question)s」が%(answer)s以上"),
        "at_most": _("「%(question)s」が%(answer)s以下"),
    }[test]


def tests() -> dict[str, str]:
    """The tests of a condition, to choose from."""
    return {
        "is": _("次の答えと同じ"),
        "in": _("次のどれか（読点でくぎる）"),
        "has": _("次をふくむ（いくつでも選ぶ質問）"),
        "at_least": _("次以上（数・日・人数）"),
        "at_most": _("次以下（数・日・人数）"),
        "answered": _("答えた"),
        "unanswered": _("答えていない"),
    }
