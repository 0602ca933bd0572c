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
