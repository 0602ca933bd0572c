"""The text of an application that a resident signs with their card: canonical JSON of everything that is submitted.

    {"format": "kusei-answers/1", "about": id, "number": 1, "procedure": "…", "version": digest of the procedure's text,
     "answers": {question: answer}, "files": {id of a file among the answers: SHA-256}, "shown": [[question as asked, [line of the answer …]] …]}

`shown` is what the check page says in Japanese, so that who signs can read what they sign. `about` and `number` make the text of one draft
or correction the text of no other: a corrected application needs a signature of its own.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from kusei.base.ask import catalogue
from kusei.base.ask.answers import readable
from kusei.base.ask.handover import files_in
from kusei.base.ask.models import Snapshot
from kusei.base.ask.schema import Procedure
from kusei.base.files.models import StoredFile
from kusei.base.signing.canonical import canonical

FORMAT = "kusei-answers/1"


def text_to_sign(
    snapshot: Snapshot, procedure: Procedure, answers: Mapping[str, Any], given: Mapping, *, about: UUID, number: int
) -> bytes:
    """The text for these answers, which must be those that will be submitted (`rules.relevant`)."""
    ids = [file["file_id"] for file in files_in(catalogue.definition_of(snapshot.id), answers)]
    files = StoredFile.objects.filter(id__in=ids).values_list("id", "sha256")
    shown = [[row.label, row.said] for section in readable(procedure, answers, "ja", given) for row in section.rows]
    return canonical({
        "format": FORMAT, "about": str(about), "number": number, "procedure": snapshot.procedure, "version": snapshot.digest,
        "answers": dict(answers), "files": {str(id): digest for id, digest in files}, "shown": shown,
    })  # fmt: skip
