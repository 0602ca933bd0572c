"""Every route of the URLconf: its name, its pattern, its view, and what the view's `@page` says."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from django.urls import URLPattern, URLResolver, get_resolver

DECORATORS = {"require_POST": {"POST"}, "require_GET": {"GET"}, "require_safe": {"GET", "HEAD"}}


@dataclass(frozen=True)
class Route:
    """One route. `name` has its namespace (`decide:case`); `parameters` map each part of the address to its converter (`uuid`)."""

    name: str
    pattern: str
    view: Callable
    parameters: tuple[tuple[str, str], ...]

    @property
    def page(self) -> dict | None:
        """What `@page` declares, None where the view has none."""
        return getattr(self.view, "page", None)

    @cached_property
    def source(self) -> ast.FunctionDef:
        """The view's own code, decorators included."""
        return ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(self.view)))).body[0]

    @cached_property
    def methods(self) -> set[str]:
        """The methods its decorators let through; empty where none says."""
        allowed: set[str] = set()
        for decorator in self.source.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            name = called.attr if isinstance(called, ast.Attribute) else called.id
            if name == "require_http_methods":
                allowed |= set(ast.literal_eval(decorator.args[0]))
            allowed |= DECORATORS.get(name, set())
        return allowed

    @property
    def looks_at_the_method(self) -> bool:
        """Whether the view asks in its own words which method it was called with."""
        return any(isinstance(node, ast.Attribute) and node.attr == "method" for node in ast.walk(self.source))


def routes() -> list[Route]:
    """Every route of this installation."""
    return list(_walk(get_resolver().url_patterns))


def _walk(patterns, namespace: str = "", prefix: str = "") -> Iterator[Route]:
    for each in patterns:
        if isinstance(each, URLResolver):
            inside = f"{namespace}{each.namespace}:" if each.namespace else namespace
            yield from _walk(each.url_patterns, inside, prefix + str(each.pattern))
        elif isinstance(each, URLPattern):
            kinds = tuple(
                (key, type(kind).__name__.removesuffix("Converter").lower())
                for key, kind in each.pattern.converters.items()
            )
            yield Route(f"{namespace}{each.name}", prefix + str(each.pattern), each.callback, kinds)
