"""What procedures share (共通部品): pages of questions, outcomes, laws and phrases of the guide, written once in `shared.yaml`.

A procedure says `{use: applicant}` among its pages, `accepted` among its outcomes, `住民基本台帳法 22条` among its laws, `fee: free` in its guide.
A ward's own `shared.yaml` is laid over the common one, part by part.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

NAME = "shared.yaml"
OVER = "over"
"""The key by which a ward's procedure says that it changes the common one only in parts: `over: _common`."""


class UnknownPart(ValueError):
    """A procedure uses a shared part that nobody wrote."""


def laid_over(below: Any, above: Any) -> Any:
    """Mappings are merged key by key; anything else above replaces what is below."""
    if not isinstance(below, Mapping) or not isinstance(above, Mapping):
        return above
    return {**below, **{key: laid_over(below[key], value) if key in below else value for key, value in above.items()}}


def parts() -> dict:
    """The shared parts of this ward: `pages`, `outcomes`, `laws`, `guide`."""
    found: dict = {}
    for folder in ("_common", settings.WARD):
        path = Path(settings.WARDS_FOLDER) / folder / NAME
        if path.exists():
            found = laid_over(found, yaml.safe_load(path.read_text("utf-8")) or {})
    return found


def expanded(definition: dict) -> dict:
    """The definition with every shared part it names put in its place. Raises UnknownPart."""
    if not _names_any(definition):
        return definition
    shared = parts()
    result = dict(definition)
    result["pages"] = [_page(page, shared, result) for page in definition.get("pages") or []]
    result["guide"] = {key: _part(shared, "guide", value) for key, value in (definition.get("guide") or {}).items()}
    result["law"] = [_law(each, shared) for each in definition.get("law") or []]
    decide = definition.get("decide") or {}
    result["decide"] = decide | {"outcomes": [_outcome(each, shared) for each in decide.get("outcomes") or []]}
    return result


def _names_any(definition: Mapping) -> bool:
    named = [*(definition.get("guide") or {}).values(), *(definition.get("law") or [])]
    outcomes = (definition.get("decide") or {}).get("outcomes") or []
    return (
        any(isinstance(each, str) for each in [*named, *outcomes])
        or any("use" in page for page in definition.get("pages") or [])
        or any("use" in each for each in outcomes)
    )


def _part(shared: Mapping, kind: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return shared[kind][value]
    except KeyError:
        raise UnknownPart(f"{kind}: there is no shared {value!r} in {NAME}") from None


def _page(page: Mapping, shared: Mapping, definition: dict) -> dict:
    """A page that uses a shared one: its questions join those of the procedure, which may change any of them."""
    if "use" not in page:
        return dict(page)
    name = page["use"]
    group = _part(shared, "pages", name)
    own = definition.get("questions") or {}
    definition["questions"] = {
        **own,
        **{key: laid_over(question, own.get(key, {})) for key, question in group["questions"].items()},
    }
    rest = {key: value for key, value in page.items() if key != "use"}
    ask = [*group["questions"], *rest.pop("ask", [])]
    return {"key": name, **{k: v for k, v in group.items() if k != "questions"}, **rest, "ask": ask}


def _law(law: Any, shared: Mapping) -> Any:
    if not isinstance(law, str):
        return law
    name = law.split(" ")[0]
    return {"text": law} | _part(shared, "laws", name)


def _outcome(outcome: Any, shared: Mapping) -> Any:
    if isinstance(outcome, str):
        return _part(shared, "outcomes", outcome)
    if "use" in outcome:
        return laid_over(
            _part(shared, "outcomes", outcome["use"]), {key: value for key, value in outcome.items() if key != "use"}
        )
    return outcome
