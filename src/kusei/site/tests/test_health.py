"""The health endpoint."""

import pytest
from django.db import OperationalError, connection


@pytest.mark.django_db
def test_a_well_site_says_ok(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert "no-store" in answer["Cache-Control"]


def test_a_site_whose_database_is_gone_says_so_without_details(client, monkeypatch):
    def gone():
        raise OperationalError("connection to /secret/place failed")

    monkeypatch.setattr(connection, "cursor", gone)
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert b"secret" not in answer.content
