"""What is wrong with a file, in words that say what to do instead."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MEGABYTE = 1024 * 1024
LARGEST = 10 * MEGABYTE

PROBLEMS: dict[str, Promise] = {
    "empty": _("ファイルの中身がありません。もう一度選んでください。"),
    "too_large": _("ファイルが大きすぎます（10MBまで）。写真なら、画質を下げるか撮り直してください。"),
    "wrong_kind": _("この種類のファイルは受け取れません。JPEG・PNG・WebPの写真か、PDFにしてください。"),
    "heic": _(
        "HEIC形式の写真は受け取れません。スマートフォンの設定で「互換性優先」（JPEG）にして撮り直すか、画面を写したスクリーンショットを選んでください。"
    ),
    "office": _("WordやExcelのファイル、圧縮ファイルは受け取れません。PDFで保存し直したものを選んでください。"),
    "unreadable": _("ファイルが壊れていて開けません。撮り直すか、保存し直したものを選んでください。"),
    "encrypted": _("パスワードのかかったPDFは受け取れません。パスワードを外して保存したものを選んでください。"),
    "too_many_pixels": _("画像が大きすぎます（5000万画素まで）。小さくして選び直してください。"),
    "too_many_pages": _("PDFのページが多すぎます（100ページまで）。分けて選んでください。"),
    "too_complex": _("ファイルのつくりが複雑すぎて、安全に開けません。印刷したものを写真に撮って選んでください。"),
    "infected": _("ファイルから不審なプログラムが見つかりました。ほかの機器で作り直したものを選んでください。"),
    "not_allowed": _("この質問では、この種類のファイルは受け取れません。"),
}
