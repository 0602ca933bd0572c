"""A foreign client (schemathesis) looks for faults: no answer 500, none that differs from the description.

A deep run: `KUSEI_DEEP=500 ./kusei test src/kusei/base/api/tests/test_foreign_client.py` (so many examples of each operation).
"""

import os
from datetime import timedelta

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from kusei.base.accounts import throttle
from kusei.base.api.tests.conftest import Program

pytestmark = pytest.mark.django_db
EXAMPLES = int(os.environ.get("KUSEI_DEEP", "4"))
# Schemas can't say all that answers must hold (a day that exists, an address of somebody else's): what fits may still be refused, with 422.
LEFT_OUT = [positive_data_acceptance]


MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


@pytest.mark.parametrize(("mode", "real"), [(MODES[0], True), (MODES[0], False), (MODES[1], False)])
def test_nothing_breaks_and_everything_is_as_described(mode, real, opened, token, monkeypatch):
    for who in ("account", "address"):
        monkeypatch.setitem(throttle.LIMITS["api"], who, (throttle.Limit(10**9, timedelta(minutes=15)),))
    # Requests share the test's connection, and so its transaction.
    monkeypatch.setattr(connection, "close_if_unusable_or_obsolete", lambda: None)
    bearer, tried = token(), 0
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", get_wsgi_application())
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy(generation_mode=mode))
        def call(case):
            nonlocal tried
            tried += 1
            own = {"Authorization": f"Bearer {bearer}"}
            if mode is GenerationMode.NEGATIVE and "Authorization" in (case.headers or {}):
                own = {}  # what is wrong about it is the header
            elif real and "id" in (case.path_parameters or {}) and "drafts" in case.path:
                draft = Program(bearer)("POST", "/api/procedures/lost_property/claim/drafts", {}).json()
                case.path_parameters["id"] = draft["id"]
            case.call_and_validate(headers=own, excluded_checks=LEFT_OUT)

        try:
            call()
        except Unsatisfiable:  # nothing can be wrong about a request without parameters
            assert mode is GenerationMode.NEGATIVE
    assert tried > 20
