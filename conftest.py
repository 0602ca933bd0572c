"""Rules for every test."""

from collections.abc import Iterator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """A test on real input (marked `real_input`) may be skipped only where the published data is absent: elsewhere its skip is a failure."""
    report = yield
    if report.skipped and item.get_closest_marker("real_input"):
        from kusei.site.config import CONFIG

        if CONFIG.data_dir:
            report.outcome = "failed"
            report.longrepr = (
                f"{item.nodeid} was skipped although the published data is in {CONFIG.data_dir}: {report.longrepr}"
            )
    return report


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker) -> Iterator[None]:
    """The test database, dropped at the end even where a process that a test started has not quite let go of it."""
    yield
    from django.db import connection

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
