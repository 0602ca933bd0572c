"""The software bill of materials (SBOM): what the ward runs, from the locked requirements, as CycloneDX 1.6 JSON."""

import re
from importlib.metadata import PackageNotFoundError, metadata
from typing import Any

from kusei.site import bundle
from kusei.site.config import ROOT

PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)((?:\s*\\\n\s*--hash=sha256:[0-9a-f]{64})*)", re.M)
HASH = re.compile(r"sha256:([0-9a-f]{64})")
LISTS = ("base", "fonts")
"""The lists of what a running ward needs; the tests' packages are no part of it."""


def pinned(text: str) -> list[tuple[str, str, list[str]]]:
    """Each package of a locked list: name, version, SHA-256 of the files it may come from."""
    return [(name, version, HASH.findall(hashes)) for name, version, hashes in PINNED.findall(text)]


def component(name: str, version: str, hashes: list[str]) -> dict[str, Any]:
    """One package as CycloneDX describes it; the license as the installed package states it."""
    purl = f"pkg:pypi/{re.sub(r'[-_.]+', '-', name).lower()}@{version}"
    found: dict[str, Any] = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
    if len(hashes) == 1:  # of several files only the installation knows which one it took
        found["hashes"] = [{"alg": "SHA-256", "content": hashes[0]}]
    if words := license_of(name):
        found["licenses"] = [{"license": {"name": words}}]
    return found


def license_of(name: str) -> str:
    """What the installed package says of its license, "" where it says nothing or isn't installed."""
    try:
        found = metadata(name)
    except PackageNotFoundError:
        return ""
    classifiers = [
        each.rsplit(" :: ", 1)[-1] for each in found.get_all("Classifier", []) if each.startswith("License ::")
    ]
    stated = found.get("License-Expression") or ", ".join(classifiers) or found.get("License") or ""
    return stated.splitlines()[0][:100] if stated else ""


def sbom() -> dict[str, Any]:
    """The whole bill."""
    lists = [(ROOT / "requirements" / f"{name}.txt").read_text("utf-8") for name in LISTS]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "kusei", "version": bundle.version()}},
        "components": [component(*each) for text in lists for each in pinned(text)],
    }
