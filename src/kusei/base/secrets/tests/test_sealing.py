"""Sealed texts: open with their key at their place, and in no other way."""

import json
import os
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from kusei.base.secrets import keyring
from kusei.base.secrets.keyring import Keyring, NoKey, parse
from kusei.base.secrets.sealing import Broken, key_of, seal, unseal

PLACE = "table.column:1"


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    settings.SEALING_KEYS = None
    settings.KUSEI_HOME = tmp_path
    return tmp_path


def test_a_text_opens_at_its_place_and_reads_differently_each_time():
    first, second = seal("墨田 1234567", PLACE), seal("墨田 1234567", PLACE)
    assert first != second
    assert unseal(first, PLACE) == unseal(second, PLACE) == "墨田 1234567"
    assert "1234567" not in first


@given(st.text())
def test_whatever_is_sealed_comes_back(text):
    ring = Keyring("a", {"a": bytes(32)})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kusei.base.secrets.sealing.keyring", lambda: ring)
        assert unseal(seal(text, PLACE), PLACE) == text


def test_moved_to_another_row_it_does_not_open():
    with pytest.raises(Broken):
        unseal(seal("secret", PLACE), "table.column:2")


def test_any_altered_character_keeps_it_shut():
    sealed = seal("secret", PLACE)
    start = sealed.rindex(":") + 1
    for at in range(start, len(sealed) - 1):
        other = "A" if sealed[at] != "A" else "B"
        with pytest.raises(Broken):
            unseal(sealed[:at] + other + sealed[at + 1 :], PLACE)


@pytest.mark.parametrize("text", ["secret", "", "sealed:1:", "sealed:2:k1:AAAA", "sealed:1:k1:"])
def test_what_is_not_sealed_is_never_passed_on_as_if_it_were(text):
    with pytest.raises(Broken):
        unseal(text, PLACE)


def test_without_its_key_a_text_stays_shut(home):
    sealed = seal("secret", PLACE)
    (home / "secrets" / "keys.json").unlink()
    with pytest.raises(NoKey, match=key_of(sealed)):
        unseal(sealed, PLACE)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        '{"current": "a", "keys": {}}',
        '{"current": "a", "keys": {"a": "AAAA"}}',
        '{"current": "a", "keys": {"a": "not base 64!"}}',
        json.dumps({"current": "a:b", "keys": {"a:b": "A" * 43 + "="}}),
    ],
)
def test_a_keyring_that_cannot_be_used_seals_nothing(home, text):
    (home / "secrets").mkdir()
    (home / "secrets" / "keys.json").write_text(text)
    with pytest.raises(NoKey):
        seal("secret", PLACE)


def test_the_keyring_is_made_once_for_its_owner_alone(home):
    seal("secret", PLACE)
    path = home / "secrets" / "keys.json"
    before = path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    keyring.make(path)
    assert path.read_text() == before
    assert os.listdir(path.parent) == ["keys.json"]


def test_a_new_key_is_used_at_once_and_the_old_one_still_opens():
    old = seal("secret", PLACE)
    keyring.replace(keyring.keyring().with_new())
    new = seal("secret", PLACE)
    assert key_of(old) != key_of(new)
    assert unseal(old, PLACE) == unseal(new, PLACE) == "secret"


def test_the_current_key_cannot_be_removed():
    ring = keyring.keyring()
    with pytest.raises(NoKey):
        ring.without(ring.current)
    newer = ring.with_new()
    assert newer.without(ring.current).keys.keys() == {newer.current}


def test_the_variable_comes_before_the_file_and_is_not_written(settings, home):
    ring = Keyring("x", {"x": bytes(32)})
    settings.SEALING_KEYS = SecretStr(ring.text())
    assert key_of(seal("secret", PLACE)) == "x"
    assert parse(ring.text()) == ring
    with pytest.raises(NoKey, match="KUSEI_KEYS"):
        keyring.replace(replace(ring, current="x"))
    assert not (home / "secrets").exists()
