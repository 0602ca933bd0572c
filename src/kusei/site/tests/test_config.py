"""What the environment may say, and what is answered when it says something else."""

import os
import threading

import pytest
from pydantic import ValidationError

from kusei.site.config import Config, Ward, database_from_url, kept_secret
from kusei.site.errors import ConfigError


@pytest.fixture
def environment(monkeypatch, tmp_path):
    """Set variables in an environment without any of ours."""
    for name in [name for name in os.environ if name.startswith(("KUSEI_", "DATABASE_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("KUSEI_HOME", str(tmp_path))

    def load(**variables: str) -> Config:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return Config.load()

    return load


def test_with_nothing_set_it_is_sumida_on_port_8000_with_a_database_of_its_own(environment):
    config = environment()
    assert (config.ward, config.port, config.embedded, config.mail, config.demo, config.debug) == (
        Ward.SUMIDA,
        8000,
        True,
        "mailbox",
        False,
        False,
    )
    assert config.database("app")["USER"] == "kusei_app"
    assert config.database("owner")["USER"] == "kusei_owner"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KUSEI_WARD", "minato"),
        ("KUSEI_PORT", "http"),
        ("KUSEI_PORT", "70000"),
        ("KUSEI_DEBUG", "perhaps"),
        ("KUSEI_MAIL", "mail.example.jp"),
        ("KUSEI_SCANNER", "clamav"),
        ("KUSEI_SECRET_KEY", "hunter2"),
        ("KUSEI_DATA", "/nowhere/to/be/found"),
        ("KUSEI_WEB_PROCESSES", "0"),
        ("KUSEI_DATABASE_ROLE", "root"),
        ("DATABASE_URL", "sqlite:///hunter2.db"),
        ("DATABASE_URL", "postgresql://kusei:hunter2@db"),
        ("DATABASE_URL", "postgresql://kusei:hunter2@db/kusei?sslmod=require"),
        ("DATABASE_APP_URL", "postgresql://kusei:hunter2@db/kusei"),
    ],
)
def test_an_unusable_value_is_refused_by_the_variables_name_without_the_value(environment, name, value):
    with pytest.raises(ConfigError, match=rf"^{name}: ") as refused:
        environment(**{name: value})
    assert "hunter2" not in str(refused.value)
    assert refused.value.__suppress_context__  # a traceback would print the value


def test_all_unusable_variables_are_named_at_once(environment):
    with pytest.raises(ConfigError, match=r"(?s)KUSEI_PORT.*KUSEI_WARD"):
        environment(KUSEI_WARD="minato", KUSEI_PORT="0")


def test_an_empty_variable_counts_as_unset(environment):
    assert environment(KUSEI_PORT="", DATABASE_URL="").port == 8000


def test_configuration_cannot_be_changed_later(environment):
    with pytest.raises(ValidationError):
        environment().port = 1


def test_secrets_do_not_show_when_the_configuration_is_printed(environment):
    config = environment(DATABASE_URL="postgresql://kusei:hunter2@db/kusei", KUSEI_SECRET_KEY="hunter2" * 10)
    assert "hunter2" not in f"{config!r} {config}"


def test_a_database_address_is_taken_apart(environment):
    config = environment(DATABASE_URL="postgresql://own%40er:p%3Aw@db.example:6432/ward?sslmode=require")
    assert config.database("owner") == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "ward",
        "USER": "own@er",
        "PASSWORD": "p:w",
        "HOST": "db.example",
        "PORT": "6432",
        "OPTIONS": {"sslmode": "require"},
    }
    assert config.database("app") == config.database("owner")
    assert not config.embedded


def test_the_application_may_have_an_address_of_its_own(environment):
    owner, app = "postgresql://boss:x@db/ward", "postgresql://kusei_app:y@db/ward"
    config = environment(DATABASE_URL=owner, DATABASE_APP_URL=app)
    assert [config.database(role)["USER"] for role in ("owner", "app")] == ["boss", "kusei_app"]


def test_a_socket_folder_is_a_host(environment):
    assert database_from_url("postgresql:///ward?host=/run/postgresql")["HOST"] == "/run/postgresql"


def test_a_home_that_was_filled_keeps_its_ward_unless_another_is_named(environment, tmp_path):
    (tmp_path / "ward").write_text("kita")
    assert environment().ward == Ward.KITA
    assert environment(KUSEI_WARD="ota").ward == Ward.OTA


def test_a_secret_is_made_once_for_all_who_ask_and_only_its_owner_can_read_it(tmp_path):
    path, answers = tmp_path / "home" / "secrets" / "django", []
    threads = [threading.Thread(target=lambda: answers.append(kept_secret(path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8
    assert len(set(answers)) == 1
    assert len(answers[0]) >= 50
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
