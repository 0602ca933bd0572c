"""A module's offers from its `offers.yaml` (texts and columns) and its code (functions): what one names the other must have."""

from collections.abc import Callable, Mapping
from datetime import time
from pathlib import Path
from typing import Any

import yaml

from kusei.base.kernel.offers import Card, Daily, Dataset, Form, Indicator, Layer, Offers, Option, Register, Resource

BOUND = ("registers", "datasets", "layers", "jobs", "indicators")


def described(file: str, **code: Any) -> Offers:
    """The offers of the module whose `offers.py` is `file`. Keywords bind code to the names in the YAML: datasets, layers, jobs and
    indicators a function each, registers a mapping of `model`, `visible`, and where it has them `enter`, `acts`, `choices`.
    All other keywords are those of `Offers`. Its daily jobs are the office's. Raises ValueError where a name is in one but not in the other."""
    home = Path(file).parent
    texts = yaml.safe_load((home / "offers.yaml").read_text("utf-8"))
    for kind in BOUND:
        _agree(f"{home.name}: {kind}", texts.get(kind, {}), code.get(kind, {}))
    made = {
        "registers": [
            _register(name, parts, code["registers"][name]) for name, parts in texts.pop("registers", {}).items()
        ],
        "datasets": [
            Dataset(name=name, rows=code["datasets"][name], **parts | {"columns": list(parts["columns"].items())})
            for name, parts in texts.pop("datasets", {}).items()
        ],
        "layers": [Layer(name=name, features=code["layers"][name], **p) for name, p in texts.pop("layers", {}).items()],
        "jobs": [
            Daily(n, time.fromisoformat(at), code["jobs"][n], side="office") for n, at in texts.pop("jobs", {}).items()
        ],
        "indicators": [
            Indicator(name=name, value=code["indicators"][name], **p) for name, p in texts.pop("indicators", {}).items()
        ],
        "choices": {
            name: [Option(key, label) for key, label in options.items()]
            for name, options in texts.pop("choices", {}).items()
        }
        | code.pop("choices", {}),
        "resources": [Resource(name=name, **parts) for name, parts in texts.pop("resources", {}).items()],
        "cards": [Card(**parts) for parts in texts.pop("cards", [])],
    }
    if texts:
        raise ValueError(f"{home.name}: offers.yaml has {sorted(texts)}, which nothing is made of")
    return Offers(module=home.name, **made, **{key: value for key, value in code.items() if key not in BOUND})


def _register(name: str, parts: dict[str, Any], code: Mapping[str, Any]) -> Register:
    parts, code = dict(parts), dict(code)
    acts, enter = parts.pop("acts", {}), parts.pop("enter", None)
    runs, choices = code.pop("acts", {}), code.pop("choices", {})
    _agree(f"{name}: acts", acts, runs)

    if "chips" in parts:
        parts.setdefault("state", "state")

    def form(key: str, words: dict[str, Any], run: Callable) -> Form:
        return Form(name=key, run=run, choices=choices, **words)

    return Register(
        name=name,
        columns=list(parts.pop("columns").items()),
        more=list(parts.pop("more", {}).items()),
        acts=[form(key, words, runs[key]) for key, words in acts.items()],
        enter=form("enter", enter, code.pop("enter")) if enter else None,
        **parts,
        **code,
    )


def _agree(what: str, texts: Mapping, code: Mapping) -> None:
    if missing := set(texts) ^ set(code):
        raise ValueError(f"{what}: {sorted(missing)} stand in offers.yaml or in offers.py, not in both")
