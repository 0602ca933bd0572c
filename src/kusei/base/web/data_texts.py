"""Texts that are data, found where they are written: language mappings in the wards' YAML files and in the source.

A mapping with `ja` and one other language of those all authors write is such a text. It is known by its Japanese; the languages that authors
don't write are in the catalogues, in the context `kernel.i18n.DATA`.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from kusei.base.kernel.i18n import WRITTEN
from kusei.base.web.audience import STAFF_FILES, data_for_residents

OTHERS = frozenset(WRITTEN) - {"ja"}


def in_yaml(root: Path, base: Path) -> Iterator[tuple[str, str]]:
    """(file below `base`, text) of every text of residents' in the YAML files below root."""
    for path in sorted(root.rglob("*.yaml")):
        file = str(path.relative_to(base))
        for place, text in mappings(yaml.safe_load(path.read_text("utf-8"))):
            if data_for_residents(file, place):
                yield file, text


def mappings(node: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """(dotted place, Japanese text) of every language mapping in a YAML document. Lists add nothing to the place."""
    if isinstance(node, list):
        for part in node:
            yield from mappings(part, place)
    elif isinstance(node, dict):
        if isinstance(node.get("ja"), str) and OTHERS & set(node):
            yield place, node["ja"].strip()
            return
        for key, part in node.items():
            yield from mappings(part, f"{place}.{key}" if place else str(key))


def in_python(source: str, file: str) -> Iterator[tuple[str, str]]:
    """(file, text) of every language mapping written as a literal in Python."""
    if file.startswith(STAFF_FILES) or not data_for_residents(file, ""):
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Dict):
            said = {
                key.value: value.value
                for key, value in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant) and isinstance(value, ast.Constant)
            }
            if isinstance(said.get("ja"), str) and OTHERS & set(said):
                yield file, said["ja"].strip()
