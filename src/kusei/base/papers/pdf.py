"""Papers set as PDF by typst: PDF/A-2a, tagged, and byte for byte the same for the same content.

A layout is a file `layouts/<name>.typ` in its module's folder and is named `<module>/<name>`. What is printed reaches it as JSON
(`sys.inputs.paper`), never as source, so no text can be taken for an instruction.
"""

import json
import threading
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import segno
import typst
from django.apps import apps
from django.conf import settings
from django.utils.translation import gettext as _

from kusei.base.kernel.errors import NotNow
from kusei.base.papers import fonts
from kusei.base.papers.envelopes import ENVELOPES, NAGA3

ROOT = Path(__file__).resolve().parents[2]
_busy = threading.Lock()


class Unprintable(NotNow):
    """The content has characters that can't be printed; `characters` names them, `str(error)` says what to do."""

    def __init__(self, characters: list[str]):
        shown = "、".join(f"{c}（{'+'.join(f'U+{ord(each):04X}' for each in c)}）" for c in characters[:5])
        super().__init__(
            _(
                "印刷できない文字があります：%(shown)s。まだ何も交付していません。"
                "文字が正しいか台帳で確かめ、正しければ、この字のあるフォントの追加を情報システム担当に依頼してください。"
            )
            % {"shown": shown}
        )
        self.characters = characters


def layout_file(layout: str) -> Path:
    """The file of a layout. Raises LookupError for one that isn't there, or a name that isn't one."""
    module, _slash, name = layout.partition("/")
    path = Path(apps.get_app_config(module).path) / "layouts" / f"{name}.typ"
    if not name.replace("_", "").isalnum() or not path.is_file():
        raise LookupError(f"no layout {layout!r}")
    return path


@cache
def _compiler() -> typst.Compiler:
    # A fresh compiler reads every font (54 ms); a kept one sets a page in about one.
    faces = fonts.faces()
    folders = typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=sorted({face.path.parent for face in faces}),
    )
    return typst.Compiler(root=ROOT, font_paths=folders, ignore_system_fonts=True)


def texts(content: object) -> str:
    """Every text in the content, a line each."""
    if isinstance(content, dict):
        return "\n".join(texts(value) for value in content.values())
    if isinstance(content, list | tuple):
        return "\n".join(texts(value) for value in content)
    return content if isinstance(content, str) else ""


def missing(content: dict) -> list[str]:
    """The characters of the content that can't be printed here, such as a name's that no font has (外字)."""
    return fonts.missing(texts(content))


def render(layout: str, content: dict, *, issued_at: datetime | None = None) -> bytes:
    """The PDF of a layout filled with content (plain JSON). `issued_at` becomes the document's date.

    Raises Unprintable where a character would come out as a blank box, LookupError for an unknown layout, and typst's own error for a
    layout that can't be set.
    """
    found = fonts.set_in(texts(content))
    if found.lacking:
        raise Unprintable(found.lacking)
    moment = issued_at or datetime(2000, 1, 1, tzinfo=UTC)
    paper = {
        **content,
        "families": [face.family for face in fonts.faces()],
        "forms": found.forms,
        "window": asdict(ENVELOPES[content.get("envelope", NAGA3)]),
        "seal": seal(),
        "qr": _qr(content.get("check_code", "")),
    }
    with _busy:  # one compiler, one page at a time
        return _compiler().compile(
            input=layout_file(layout),
            sys_inputs={"paper": json.dumps(paper, ensure_ascii=False)},
            format="pdf",
            pdf_standards=["a-2a"],
            timestamp=int(moment.timestamp()),
        )


def seal() -> str:
    """The picture of the mayor's seal (電子公印) as SVG, which KUSEI_SEAL names; empty where the ward prints none."""
    return settings.SEAL.read_text("utf-8") if settings.SEAL else ""


def _qr(code: str) -> str:
    address = f"{settings.ADDRESS}/check?code={code}" if code else settings.ADDRESS
    return segno.make(address, error="m", micro=False).svg_inline(border=0, omitsize=True)
