"""The house as its files show it: which floor a file is on, and every way other than an import in which it names another wing."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.apps import apps

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "kusei"
WINGS = ("counter", "family", "safety", "city", "office")
READ = {".py", ".html", ".txt", ".typ", ".sql", ".js", ".css"}
LONGEST_FILE = 500
LONGEST_FUNCTION = 55


@dataclass(frozen=True)
class Names:
    """What a module can be named by: its app's label, and its tables."""

    wing: str
    label: str
    tables: frozenset[str]


def modules_of_wings() -> list[Names]:
    """Every module of this installation that lives in a wing."""
    found = []
    for config in apps.get_app_configs():
        top, _dot, rest = config.name.partition(".")
        floor = rest.partition(".")[0]
        if top == "kusei" and floor in WINGS:
            tables = {model._meta.db_table for model in config.get_models(include_auto_created=True)}
            found.append(Names(floor, config.label, frozenset(tables)))
    return found


def texts(path: Path, content: str) -> Iterator[str]:
    """The texts in which something could be named: in Python every string, docstrings left out; in other files every line."""
    if path.suffix != ".py":
        yield from content.splitlines()
        return
    tree = ast.parse(content)
    told = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value


def crossings(path: Path, content: str, floor: str, modules: list[Names]) -> list[str]:
    """The texts of a file on `floor` (base or a wing) that name a module of (another) wing: a model `app.Model`, a URL name
    `app:page`, a template or layout `app/page`, a table, a dotted path, or the bare label as in a migration's dependencies."""
    found = []
    for module in modules:
        if module.wing == floor:
            continue
        label = re.escape(module.label)
        tables = "|".join(map(re.escape, sorted(module.tables))) or "(?!)"
        naming = re.compile(rf"(?<![\w/.-]){label}[.:/]\w|^{label}$|\b({tables})\b|\bkusei\.{module.wing}\b")
        found += [f"{module.label}: {text.strip()[:100]}" for text in texts(path, content) if naming.search(text)]
    return found


def files(folder: Path, suffixes: set[str] = frozenset(READ)) -> Iterator[Path]:
    """The files of a folder that people wrote, its tests left out."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in suffixes and not {"tests", "__pycache__"} & set(path.parts):
            yield path


def long_functions(content: str, most: int = LONGEST_FUNCTION) -> list[str]:
    """Functions of more than `most` lines. One that does nothing but give back a table is a table."""
    found = []
    for node in ast.walk(ast.parse(content)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.end_lineno - node.lineno < most:
            continue
        *before, last = node.body
        plain = all(isinstance(each, ast.Expr | ast.Assign) for each in before) and isinstance(last, ast.Return)
        if not (plain and isinstance(last.value, ast.List | ast.Dict | ast.Tuple)):
            found.append(f"{node.name} ({node.end_lineno - node.lineno + 1} lines)")
    return found


def own_packages() -> Mapping[str, Path]:
    """Every Django app of ours, and where it is."""
    return {config.name: Path(config.path) for config in apps.get_app_configs() if config.name.startswith("kusei.")}
