"""Canonical JSON (RFC 8785, JCS): one text for one value, so that a signature over it can be checked wherever it is made again. Pure.

Members in the order of their names' UTF-16 code units, no spaces, texts escaped only where JSON must. Numbers are whole and at most
2^53 − 1: what has a fraction is no answer of ours, and two programs print it in two ways.
"""

import json
from typing import Any

LARGEST = 2**53 - 1


class NotCanonical(ValueError):
    """A value that has no canonical form here: a fraction, a huge number, a name that is no text, half a character."""


def canonical(value: Any) -> bytes:
    """The value's canonical JSON in UTF-8. Raises `NotCanonical`."""
    try:
        return _text(value).encode("utf-8")
    except UnicodeEncodeError:
        raise NotCanonical("half a character (a lone surrogate)") from None


def _text(value: Any) -> str:
    match value:
        case None | True | False | str():
            return json.dumps(value, ensure_ascii=False)
        case int():
            if abs(value) > LARGEST:
                raise NotCanonical("a number beyond 2^53 - 1")
            return str(value)
        case list() | tuple():
            return f"[{','.join(map(_text, value))}]"
        case dict():
            if not all(isinstance(name, str) for name in value):
                raise NotCanonical("a name that is no text")
            members = sorted(value.items(), key=lambda member: member[0].encode("utf-16-be", "surrogatepass"))
            return "{" + ",".join(f"{_text(name)}:{_text(each)}" for name, each in members) + "}"
        case _:
            raise NotCanonical(f"a {type(value).__name__}")
