"""An official, a time, and the audit log as somebody else's connection sees it."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from django.db import connection

from kusei.base import audit
from kusei.base.kernel.actors import Actor

NOW = datetime(2026, 3, 31, 15, 30, 0, 123456, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    """Half past midnight on 1 April in Japan."""
    return NOW


@pytest.fixture
def clerk() -> Actor:
    return Actor(
        kind="staff", account_id=UUID(int=7), name="山田 花子", department="子育て支援課", post="主事",
        grants=frozenset({("decide.take", "kodomo/kosodate")}),
    )  # fmt: skip


@pytest.fixture
def anchors(settings, tmp_path) -> Path:
    """The anchors' file, in a home of its own."""
    settings.KUSEI_HOME = tmp_path
    return tmp_path / "audit" / "anchors.jsonl"


@pytest.fixture
def read(clerk, now) -> Callable[..., None]:
    """`read(17, 18)`: the clerk's page reads these people."""

    def read(*people: object) -> None:
        with audit.page_scope():
            audit.log(clerk, "read", "case.view", purpose="審査", now=now, subjects=people)

    return read


@pytest.fixture
def connect(transactional_db) -> Callable[[str], psycopg.Connection]:
    """`connect(role)`: another connection to the test database, acting as `role`, committing each statement."""
    parameters = connection.get_connection_params()
    known = {name: parameters[name] for name in ("dbname", "user", "password", "host", "port") if parameters.get(name)}
    opened = []

    def connect(role: str) -> psycopg.Connection:
        opened.append(psycopg.connect(**known, options=f"-c role={role}", autocommit=True))
        return opened[-1]

    yield connect
    for each in opened:
        each.close()


@pytest.fixture
def tamper(transactional_db) -> Callable[[str], None]:
    """`tamper(sql)`: what somebody with the owner's rights could do to the table, with the guard switched off."""

    def tamper(sql: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE audit_entry DISABLE TRIGGER audit_append_only;"
                + sql
                + ";ALTER TABLE audit_entry ENABLE TRIGGER audit_append_only"
            )

    return tamper
