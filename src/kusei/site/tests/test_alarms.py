"""When the alarm is raised: by rates and ages, never by a single failure."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import OperationalError

from kusei.base.jobs.queries import Health
from kusei.base.papers import fonts
from kusei.site.alarms import Figures, Sample, alarms, failing, remember

NOW = datetime(2026, 4, 1, tzinfo=UTC)


def queue(**changes) -> Health:
    return Health(
        **{"name": "tasks", "waiting": 0, "late": 0, "given_up": 0, "done": 0, "failed": 0, "oldest": None, **changes}
    )


def judged(**changes) -> list[str]:
    """The alarms for a healthy installation with these changes."""
    well = {"failing": (1000, 0), "queues": [queue()], "workers": 1, "free": 0.5, "not_anchored": None}
    return list(alarms(Figures(**{**well, **changes})))


def at(minutes: int, requests: int, failures: int) -> Sample:
    return Sample((NOW + timedelta(minutes=minutes)).isoformat(), requests, failures)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"failing": (1000, 4)},  # few
        {"failing": (1000, 9)},  # below one in a hundred
        {"failing": (0, 0)},
        {"queues": [queue(done=40, failed=9)]},
        {"queues": [queue(done=1, failed=1)]},
        {"queues": [queue(waiting=500, given_up=3)]},
        {"not_anchored": timedelta(minutes=9)},
    ],
)
def test_what_is_ordinary_raises_no_alarm(changes):
    assert judged(**changes) == []


@pytest.mark.parametrize(
    ("changes", "about"),
    [
        ({"failing": (500, 5)}, "web: 5 of 500"),
        ({"failing": (5, 5)}, "web: 5 of 5"),
        ({"workers": 0}, "worker:"),
        ({"queues": [queue(late=1)]}, "queue tasks: 1 late"),
        ({"queues": [queue(done=40, failed=10)]}, "queue tasks: 0 late, 10 of 50"),
        ({"free": 0.09}, "disk: 9%"),
        ({"not_anchored": timedelta(minutes=11)}, "audit: rows of 11 minutes"),
    ],
)
def test_what_somebody_should_look_at_is_one_sentence(changes, about):
    (sentence,) = judged(**changes)
    assert sentence.startswith(about)


def test_the_rate_is_that_of_the_last_quarter_of_an_hour():
    samples = [at(-14, 900, 90), at(-5, 950, 90)]
    assert failing(samples, at(0, 1000, 91)) == (100, 1)
    assert failing([], at(0, 1000, 91)) == (1000, 91)


def test_counters_that_began_anew_count_from_zero():
    assert failing([at(-5, 950, 90)], at(0, 10, 1)) == (10, 1)


def test_samples_older_than_the_window_are_forgotten(tmp_path):
    file = tmp_path / "log" / "health.json"
    for minutes in (0, 10, 20):
        kept = remember(file, at(minutes, minutes, 0))
    assert [sample.requests for sample in kept] == [10]
    assert [each["requests"] for each in json.loads(file.read_text())] == [10, 20]


def test_a_torn_file_of_samples_is_begun_anew(tmp_path):
    file = tmp_path / "health.json"
    file.write_text('[{"at": "20')
    assert remember(file, at(0, 1, 0)) == []


@pytest.mark.django_db
def test_the_command_says_what_is_wrong_and_ends_with_1(settings, tmp_path):
    settings.KUSEI_HOME = tmp_path
    said = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("health", stdout=said)
    assert ended.value.code == 1
    assert "worker: none" in said.getvalue()


@pytest.mark.django_db
def test_the_command_says_all_well_where_all_is(settings, tmp_path, monkeypatch):
    settings.KUSEI_HOME = tmp_path
    monkeypatch.setattr("kusei.base.jobs.queries.workers", lambda: 1)
    monkeypatch.setattr("kusei.site.alarms.LEAST_FREE", 0)
    monkeypatch.setattr("kusei.site.metrics.answered", lambda: (10, 0))
    monkeypatch.setattr("kusei.base.papers.fonts.faces", lambda: (fonts._face(fonts.ipaex()),))
    said = StringIO()
    call_command("health", stdout=said)
    first, *notes = said.getvalue().splitlines()
    assert first == "All well."
    assert ["fonts-noto-cjk" in notes[0], "fonts-ipamj-mincho" in notes[1]] == [True, True]


def test_a_database_that_does_not_answer_ends_it_with_2(settings, tmp_path, monkeypatch):
    def gone(now):
        raise OperationalError

    settings.KUSEI_HOME = tmp_path
    monkeypatch.setattr("kusei.base.jobs.queries.health", gone)
    with pytest.raises(SystemExit) as ended:
        call_command("health", stdout=StringIO())
    assert ended.value.code == 2
