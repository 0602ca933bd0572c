"""The line: what crosses, crosses once and in order; what does not fit is refused and audited; what is lost on the way is sent again."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction
from django.test import Client, override_settings

from kusei.base.audit.models import AuditEntry
from kusei.base.kernel.errors import Refused
from kusei.base.line import actions, exchange, frames, keys, queries
from kusei.base.line.actions import UNDER_WAY
from kusei.base.line.frames import Unfit
from kusei.base.line.kinds import Kind
from kusei.base.line.models import Incoming, Outgoing
from kusei.base.line.tests.conftest import Said


def refusals() -> list[str]:
    """Why something was refused, by the audit log."""
    return [
        row.details["reason"] for row in AuditEntry.objects.filter(what="line.refused", act="refuse").order_by("seq")
    ]


def altered(frame: bytes, change, key: Ed25519PrivateKey | None = None, name: str = "") -> bytes:
    """The frame with `change` done to its messages' texts, its head naming them; signed anew where a key is given."""
    whole = json.loads(frame)
    for each in whole["messages"]:
        each["text"] = frames.written(change(json.loads(each["text"])))
        if key:
            each.update(frames.sign(each["text"], name, key).model_dump())
    head = json.loads(whole["head"]["text"])
    head["digests"] = [frames.Signed(**each).digest for each in whole["messages"]]
    whole["head"]["text"] = frames.written(head)
    if key:
        whole["head"] = frames.sign(whole["head"]["text"], name, key).model_dump()
    return json.dumps(whole).encode()


def own(town, side):
    name, key = keys.own(side, town.home / side).signing()
    return {"key": key, "name": name}


def test_where_both_are_one_installation_it_is_a_call(town):
    assert actions.send("test.asked", Said(word="here"), matter="m", now=town.now, known=town.kinds) == "HERE"
    assert town.heard == [("office", "here")]
    assert Outgoing.objects.count() == 0


def test_between_two_it_is_under_way_and_then_there_once(town):
    assert town.say("portal", "hello") is UNDER_WAY
    assert town.heard == []
    for _ in range(3):
        town.cross()
    assert town.heard == [("office", "hello")]
    assert town.waiting("portal") == 0
    assert Incoming.objects.get().body is None


def test_what_a_rolled_back_act_said_never_leaves(town):
    with transaction.atomic():
        town.say("portal", "never")
        transaction.set_rollback(True)
    town.cross()
    assert town.heard == []


def test_a_message_can_be_sent_only_to_the_other_side_and_only_of_a_known_kind(town):
    with town.at("office"), pytest.raises(ValueError, match="for the office"):
        actions.send("test.asked", Said(word="x"), matter="m", now=town.now, known=town.kinds)
    with pytest.raises(LookupError):
        actions.send("test.nothing", Said(word="x"), matter="m", now=town.now, known=town.kinds)


def test_said_once_under_a_name_it_is_not_said_again(town):
    town.say("portal", "one", once="k")
    town.say("portal", "two", once="k")
    town.cross()
    assert town.heard == [("office", "one")]


def test_order_is_that_of_writing_and_nothing_is_lost_when_answers_are(town):
    for n in range(5):
        town.say("portal", f"w{n}")
    town.take("office", town.frame("portal"))  # the answer to it is lost
    town.say("portal", "w5")
    town.later(hours=1)
    town.cross()
    town.cross()
    assert town.heard == [("office", f"w{n}") for n in range(6)]
    assert (town.waiting("portal"), town.line("office").refused) == (0, 0)


def test_after_an_hour_without_a_line_everything_crosses_and_health_had_said_so(town):
    town.say("portal", "first")
    town.cross()
    town.cross()
    for n in range(30):
        town.say("portal", f"a{n}", matter=f"m{n % 7}")
        town.say("office", f"b{n}", matter=f"m{n % 7}")
        with town.at("office"):
            exchange.failed("ConnectError", town.now)
        town.later(minutes=2)
    with town.at("portal"):
        found = queries.health(town.now)
    assert (found.backlog, found.age(town.now).total_seconds()) == (30, 3600)
    with town.at("office"):
        assert queries.health(town.now).failing_since is not None
    town.cross()
    town.cross()
    assert sorted(town.heard[1:]) == sorted(
        [("office", f"a{n}") for n in range(30)] + [("portal", f"b{n}") for n in range(30)]
    )
    with town.at("office"):
        assert queries.health(town.now).failing_since is None


def test_a_large_backlog_crosses_in_several_frames(town):
    for n in range(exchange.MOST + 20):
        town.say("portal", str(n))
    with town.at("portal"):
        frame, more = exchange.make(town.now, town.kinds)
    assert more
    assert len(json.loads(frame)["messages"]) == exchange.MOST
    town.take("office", frame.encode())
    town.cross()
    town.cross()
    assert [word for _, word in town.heard] == [str(n) for n in range(exchange.MOST + 20)]


# ---- what is refused -----------------------------------------------------------------------------------------------------------


def test_a_replayed_frame_is_refused_and_audited(town):
    town.say("portal", "pay once")
    frame = town.frame("portal")
    town.take("office", frame)
    with pytest.raises(Unfit, match="here before"):
        town.take("office", frame)
    town.apply()
    assert town.heard == [("office", "pay once")]
    assert refusals() == ["a frame that was here before, or came out of order"]
    assert town.line("office").refused == 1


def test_frames_in_the_wrong_order_are_refused(town):
    town.say("portal", "one")
    first, second = town.frame("portal"), town.frame("portal")
    assert town.take("office", second) == 1
    with pytest.raises(Unfit, match="out of order"):
        town.take("office", first)


def test_an_altered_message_is_refused_and_what_came_before_it_stays(town):
    town.say("portal", "good")
    town.take("office", town.frame("portal"))
    town.say("portal", "10 yen")
    frame = altered(town.frame("portal"), lambda letter: letter | {"body": {"word": "10000 yen", "number": 0}})
    with pytest.raises(Unfit, match="signature"):
        town.take("office", frame)
    town.apply()
    assert town.heard == [("office", "good")]
    town.cross()
    town.cross()
    assert town.heard == [("office", "good"), ("office", "10 yen")]


def test_messages_left_out_or_put_in_the_wrong_order_are_refused(town):
    town.say("portal", "one")
    town.say("portal", "two")
    whole = json.loads(town.frame("portal"))
    for messages in (whole["messages"][1:], whole["messages"][::-1]):
        with pytest.raises(Unfit, match="not those its head names"):
            town.take("office", json.dumps(whole | {"messages": messages}).encode())


def test_a_message_out_of_order_is_refused_even_where_the_sender_signs_it(town):
    town.say("portal", "one")
    frame = altered(town.frame("portal"), lambda letter: letter | {"number": 5}, **own(town, "portal"))
    with pytest.raises(Unfit, match="out of order"):
        town.take("office", frame)
    assert Incoming.objects.count() == 0


def test_another_message_under_a_number_that_was_used_is_refused(town):
    town.say("portal", "one")
    town.take("office", town.frame("portal"))
    changed = altered(town.frame("portal"), lambda letter: letter | {"body": {"word": "other"}}, **own(town, "portal"))
    with pytest.raises(Unfit, match="not the same"):
        town.take("office", changed)
    town.apply()
    assert town.heard == [("office", "one")]


def test_a_key_that_is_not_trusted_opens_nothing(town):
    town.say("portal", "one")
    stranger = {"key": Ed25519PrivateKey.generate(), "name": "portal-12345678"}
    with pytest.raises(Unfit, match="not trusted"):
        town.take("office", altered(town.frame("portal"), lambda letter: letter, **stranger))
    posing = stranger | {"name": own(town, "portal")["name"]}
    with pytest.raises(Unfit, match="does not fit"):
        town.take("office", altered(town.frame("portal"), lambda letter: letter, **posing))
    assert refusals() == ["signed with a key that is not trusted", "the signature does not fit"]


def test_our_own_frame_sent_back_to_us_is_refused(town):
    town.say("portal", "one")
    with pytest.raises(Unfit, match="not trusted"):
        town.take("portal", town.frame("portal"))


def test_a_frame_of_another_ward_is_refused(town):
    with override_settings(WARD="kita"):
        frame = town.frame("portal")
    with pytest.raises(Unfit, match="another ward"):
        town.take("office", frame)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"head": 1}',
        b"0" * 100,
        b'{"head":{"key":"a","signature":"!","text":"{}"},"messages":[]}',
    ],
)
def test_noise_is_refused(town, raw):
    with pytest.raises(Unfit):
        town.take("office", raw)
    assert refusals()


def test_what_is_too_large_neither_leaves_nor_comes(town):
    with pytest.raises(Unfit, match="too large"):
        town.take("office", b"x" * (frames.LARGEST_FRAME + 1))
    with pytest.raises(Unfit, match="too large"):
        frames.sign("x" * (frames.LARGEST_MESSAGE + 1), "a", Ed25519PrivateKey.generate())


def test_the_same_noise_again_does_not_flood_the_audit_log(town):
    for _ in range(50):
        with pytest.raises(Unfit):
            town.take("office", b"{}")
    assert len(refusals()) == 1
    assert town.line("office").refused == 50


def test_word_of_messages_that_were_never_sent_is_refused(town):
    frame = json.loads(town.frame("office"))
    head = json.loads(frame["head"]["text"]) | {"heard": 7}
    with town.at("portal"):
        exchange.make(town.now, town.kinds)
        head["heard_stream"] = str(town.line("portal").stream)
    frame["head"] = frames.sign(frames.written(head), **_named(own(town, "office"))).model_dump()
    with pytest.raises(Unfit, match="never sent"):
        town.take("portal", json.dumps(frame).encode())


def _named(pair):
    return {"name": pair["name"], "key": pair["key"]}


# ---- what is kept and can't be applied -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda letter: letter | {"version": 2}, "version 2 of a message"),
        (lambda letter: letter | {"kind": "test.future"}, "an unknown kind"),
        (lambda letter: letter | {"kind": "test.told"}, "not for this side"),
        (lambda letter: letter | {"body": {"word": "x", "secret": 1}}, "does not fit its schema: secret"),
        (lambda letter: letter | {"body": {"word": 5}}, "does not fit its schema: word"),
        (lambda letter: letter | {"body": {"word": "x" * 201}}, "does not fit its schema"),
        (lambda letter: letter | {"body": {"word": "a\u202eb"}}, "not clean"),
        (lambda letter: letter | {"body": {"word": "か\u3099"}}, "not clean"),
    ],
)
def test_what_can_not_be_applied_is_kept_refused_and_audited(town, change, why):
    town.say("portal", "one")
    town.take("office", altered(town.frame("portal"), change, **own(town, "portal")))
    problems = town.apply()
    assert len(problems) == 1
    assert why in problems[0]
    assert why in refusals()[0]
    assert Incoming.objects.filter(body__isnull=False).count() == 1
    assert town.heard == []


def test_what_an_older_installation_could_not_read_is_applied_after_its_upgrade_in_order(town):
    town.say("portal", "one")
    town.say("portal", "two")
    town.say("portal", "elsewhere", matter="other")
    frame = altered(
        town.frame("portal"),
        lambda letter: letter | ({"kind": "test.new"} if letter["number"] == 1 else {}),
        **own(town, "portal"),
    )
    town.take("office", frame)
    assert [problem.partition(":")[0] for problem in town.apply()] == ["Hopeless", "Later"]
    assert town.heard == [("office", "elsewhere")]
    town.kinds.register(Kind("test.new", "office", Said, town.receiver("office")))
    assert town.apply() == []
    assert town.heard[1:] == [("office", "one"), ("office", "two")]


def test_an_effect_and_its_mark_are_one_transaction(town):
    town.say("portal", "one")
    town.take("office", town.frame("portal"))
    town.fails = RuntimeError("a fault of ours")
    assert town.apply() == ["RuntimeError: a fault of ours"]
    assert Incoming.objects.get().applied_at is None
    town.fails = None
    assert town.apply() == []
    assert town.apply() == []
    assert town.heard == [("office", "one")]


def test_what_an_act_refuses_is_refused_for_good_and_audited(town):
    town.say("portal", "one")
    town.take("office", town.frame("portal"))
    town.fails = Refused("decide.not_tied")
    assert town.apply() == ["Hopeless: test.asked: Refused decide.not_tied"]
    assert refusals() == ["Refused decide.not_tied"]


# ---- keys, restores -------------------------------------------------------------------------------------------------------------


def test_a_key_is_replaced_without_a_break(town):
    town.say("portal", "with the old key")
    town.cross()
    home = town.home / "portal"
    old = keys.own("portal", home)
    with town.at("portal"):
        new = keys.keep(old, "portal", use=False)
    name = next(each for each in new.keys if each != old.current)
    town.say("portal", "still the old one")
    town.cross()
    with town.at("office"):
        keys.trust(name, new.public()[name])
    with town.at("portal"):
        keys.use(keys.own("portal"), name)
    town.say("portal", "with the new key")
    town.cross()
    with town.at("office"):
        keys.distrust(old.current)
    with town.at("portal"):
        keys.forget(keys.own("portal"), old.current)
    town.say("portal", "and on")
    town.cross()
    assert len(town.heard) == 4
    assert set(Incoming.objects.values_list("signed_with", flat=True)) == {old.current, name}


def test_keys_that_can_not_be_right_are_not_taken(town):
    with town.at("office"):
        name = next(iter(keys.trusted()))
        with pytest.raises(keys.NoLineKey, match="another key"):
            keys.trust(name, base64.b64encode(b"k" * 32).decode())
        with pytest.raises(keys.NoLineKey, match="no public key"):
            keys.trust("portal-1", "short")
        with pytest.raises(keys.NoLineKey, match="signs still"):
            keys.forget(keys.own("office"), keys.own("office").current)


def test_a_receiver_that_was_restored_is_told_again_what_it_forgot(town):
    for n in range(4):
        town.say("portal", f"w{n}")
    town.cross()
    town.cross()
    Incoming.objects.filter(number__gt=2).delete()
    line = town.line("office")
    line.heard, line.their_frame = 2, 1
    line.save()
    town.heard.clear()
    town.cross()
    town.cross()
    assert town.heard == [("office", "w2"), ("office", "w3")]


def test_a_sender_that_was_restored_begins_another_stream_and_repeats_itself_without_harm(town):
    for n in range(4):
        town.say("portal", f"w{n}")
    town.cross()
    Outgoing.objects.filter(number__gt=2).update(acked_at=None, number=None)  # as an hour ago
    line = town.line("portal")
    line.numbered, line.acked = 2, 2
    line.save()
    with town.at("portal"):
        actions.begin_anew(town.now)
    town.say("portal", "after")
    town.cross()
    town.cross()
    assert town.heard == [("office", f"w{n}") for n in range(4)] + [("office", "after")]
    assert town.line("office").refused == 0


def test_frames_of_a_stream_that_has_ended_are_refused(town):
    town.say("portal", "one")
    old = town.frame("portal")
    with town.at("portal"):
        actions.begin_anew(town.now)
    town.cross()
    with pytest.raises(Unfit, match="has ended"):
        town.take("office", old)


# ---- the door ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.urls("kusei.site.urls_portal")
def test_the_door_answers_a_frame_with_a_frame_and_refuses_the_rest(town):
    town.say("office", "published")
    town.say("portal", "asked")
    frame = town.frame("office")
    with town.at("portal"):
        answer = Client(enforce_csrf_checks=True).post("/line/exchange", frame, content_type="application/json")
        again = Client().post("/line/exchange", frame, content_type="application/json")
        noise = Client().post("/line/exchange", b"{}", content_type="application/json")
        got = Client().get("/line/exchange")
    assert answer.status_code == 200
    assert town.take("office", answer.content) == 1
    assert (again.status_code, noise.status_code, got.status_code) == (400, 400, 405)
    assert again.json() == {"error": "a frame that was here before, or came out of order"}
