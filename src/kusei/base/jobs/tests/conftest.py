"""Fixtures: a worker process on the test's database, and files where it looks for them."""

from kusei.base.jobs.tests.process import files_of_worker, start_worker

__all__ = ["files_of_worker", "start_worker"]
