"""Sample data for the gallery of the kit: every component in every state, with names as long as names get."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.safestring import SafeString

from kusei.base.kernel.actors import Actor
from kusei.base.web import kit, navigation

LONG = "ウォルフェシュレーゲルシュタインハウゼンベルガードルフ アレクサンドリア マリア テレジア"
BEGAN = datetime(2026, 11, 2, 15, 30, tzinfo=UTC)
YES_NO = [("yes", "はい"), ("no", "いいえ")]
PENSIONS = [
    ("employee", "厚生年金", "会社などに勤めている方"),
    ("national", "国民年金", "自営業、学生、専業主婦・主夫の方など"),
    ("none", "加入していない"),
]
CHILDREN = [("1", "墨田 花子（3歳）"), ("2", "墨田 太郎（生後2か月）"), ("3", LONG)]
PROBLEM = "半角の数字7けたで入力してください。例：1234567"


def fields() -> list[SafeString]:
    """Every kind of field, plain, filled, wrong and disabled."""
    return [*written(), *chosen(), *given(), *fixed()]


def written() -> list[SafeString]:
    """Fields to write in."""
    field = kit.field
    return [
        field(
            "text",
            "name",
            "氏名",
            required=True,
            autocomplete="name",
            hint="戸籍または住民票のとおりに入力してください。",
        ),
        field("text", "long_name", "とても長い名前が入った欄", value=LONG),
        field("kana", "kana", "氏名のふりがな", required=True, error="ふりがなを入力してください。"),
        field("number", "account", "口座番号", width="8", required=True, value="12345", error=PROBLEM, maxlength=7),
        field("money", "rent", "家賃（月額）", value="82000"),
        field("email", "email", "メールアドレス", required=True, hint="結果をお知らせします。"),
        field("tel", "phone", "電話番号", hint="昼間につながる番号", value="090-0000-0000"),
        field("code", "code", "確認の番号", maxlength=6, hint="メールで届いた6けたの番号"),
        field("password", "password", "パスワード（職員用）"),
        field("textarea", "reason", "理由", hint="500文字まで", maxlength=500, rows=4),
    ]


def chosen() -> list[SafeString]:
    """Fields to choose in."""
    field = kit.field
    return [
        field(
            "select",
            "bank",
            "銀行",
            choices=[("", "選んでください"), ("0001", "みずほ銀行"), ("9900", "ゆうちょ銀行")],
            required=True,
        ),
        field("date", "birthday", "生年月日", required=True, autocomplete="bday", hint="例：1990年（平成2年）4月1日"),
        field(
            "date",
            "moved",
            "転入した日",
            era=True,
            value={"era": "令和", "year": "8", "month": "13", "day": "1"},
            error="月は1から12までで書いてください。",
            error_parts=["month"],
        ),
        field("radios", "apart", "お子さんと一緒に住んでいますか。", choices=YES_NO, required=True, value="yes"),
        field("radios", "pension", "加入している年金", choices=PENSIONS, required=True, error="一つ選んでください。"),
        field(
            "checkboxes",
            "children",
            "請求するお子さん",
            choices=CHILDREN,
            value=["1", "3"],
            hint="あてはまる方をすべて選んでください。",
        ),
        field("checkbox", "agree", "記載した内容は事実に相違ありません。", required=True),
    ]


def given() -> list[SafeString]:
    """A file, and an address by its parts."""
    field = kit.field
    return [
        field(
            "file",
            "bankbook",
            "通帳またはキャッシュカードの写真",
            required=True,
            capture="environment",
            hint="口座番号と名義が見えるように。JPEG、PNG、PDF で10MBまで。",
            files=[("通帳.jpg（1.2MB）", "#remove")],
        ),
        field(
            "address",
            "address",
            "住所",
            required=True,
            value={"postal": "130-8640", "block": "23番20号"},
            towns=[("1", "吾妻橋一丁目"), ("2", "押上二丁目")],
        ),
    ]


def fixed() -> list[SafeString]:
    """Fields that nobody fills in."""
    field = kit.field
    return [
        field("text", "fixed", "変えられない欄", value="墨田区", readonly=True),
        field("text", "off", "使えない欄", value="使えません", disabled=True),
    ]


def answers() -> list[dict[str, Any]]:
    """Rows of a check-your-answers list."""
    return [
        {"label": "氏名", "value": LONG, "change": "#name"},
        {"label": "生年月日", "value": date(1990, 4, 1), "change": "#birthday"},
        {"label": "請求するお子さん", "value": ["墨田 花子（3歳）", "墨田 太郎（生後2か月）"], "change": "#children"},
        {"label": "建物名", "value": "", "change": "#building"},
        {"label": "登録されている住所", "value": "墨田区吾妻橋一丁目23番20号"},
    ]


def entries() -> list[dict[str, Any]]:
    """A timeline."""
    return [
        {"at": BEGAN, "title": "申請を受け付けました", "tone": "info", "who": "受付番号 SM-2026-0000123"},
        {"at": BEGAN + timedelta(days=1), "title": "担当者が確認をはじめました", "who": "子育て支援課"},
        {
            "at": BEGAN + timedelta(days=2),
            "title": "直していただきたいところがあります",
            "tone": "warning",
            "body": "口座番号の写真が読み取れませんでした。もう一度お送りください。",
            "url": "#correct",
        },
        {"at": BEGAN + timedelta(days=9), "title": "決定しました", "tone": "success", "who": "子育て支援課長"},
    ]


COLUMNS = [
    ("number", "受付番号", "main"),
    ("title", "手続き"),
    ("who", "申請者"),
    ("due", "期限", "date"),
    ("days", "残り日数", "number"),
    ("state", "状態", "chip"),
]
STATES = [("info", "受付"), ("neutral", "確認中"), ("warning", "補正中"), ("success", "決定"), ("danger", "期限超過")]


def cases(count: int) -> list[dict[str, Any]]:
    """Rows of a queue."""
    return [
        {
            "number": (f"SM-2026-{n:07}", f"#case-{n}"),
            "title": "児童手当 認定請求",
            "who": LONG if n % 7 == 3 else "墨田 花子",
            "due": date(2026, 12, 1) + timedelta(days=n % 30),
            "days": n % 30 - 3,
            "state": STATES[n % 5],
        }
        for n in range(1, count + 1)
    ]


ICONS = """
search check info warning error close menu arrow-right arrow-left chevron-down person people home document
clock calendar mail file camera download print external copy child edit plus filter building map bell lock
logout book health care work yen leaf flower chart eye
"""


def samples(rows: int) -> dict[str, Any]:
    """The context of the gallery; its long table has so many rows."""
    return {
        "fields": fields(),
        "answers": answers(),
        "entries": entries(),
        "columns": COLUMNS,
        "few": cases(6),
        "empty_rows": [],
        "many": cases(rows),
        "errors": [
            ("kana", "ふりがなを入力してください。"),
            ("account", PROBLEM),
            ("", "いま、この手続きは受け付けていません。"),
        ],
        "crumbs": [("トップページ", "/"), ("手続き", "#"), ("児童手当 認定請求", "")],
        "tabs": [("わたしの担当", "#", True, 12), ("課のすべて", "#", False, 148), ("終わったもの", "#", False)],
        "cards": [
            {
                "title": "児童手当",
                "text": "お子さんが生まれた、引っ越してきたときの請求",
                "url": "#",
                "icon": "child",
                "chip": ("success", "受付中"),
            },
            {
                "title": "通知書が本物か確かめる",
                "text": "紙に書かれた確認コードで調べます。",
                "url": "#",
                "icon": "document",
                "meta": "だれでも使えます",
            },
            {"title": LONG, "url": "#", "icon": "person"},
        ],
        "facts": [{"label": "担当", "value": "子育て支援課"}, {"label": "期限", "value": date(2026, 12, 1)}],
        "tones": [("neutral", "下書き"), *STATES, ("outline", "任意")],
        "icons": ICONS.split(),
        "moment_now": BEGAN,
        "amount": 15000,
    }


def console_samples(rows: int) -> dict[str, Any]:
    """The same, as a member of staff would see it."""
    clerk = Actor("staff", account_id=UUID(int=0), name="佐藤 一郎", department="子育て支援課", post="主事")
    return {**samples(rows), "actor": clerk, "console_nav": navigation.links(navigation.CONSOLE)}
