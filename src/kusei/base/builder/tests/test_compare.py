"""The difference between two versions, as a chief reads it."""

import copy

from kusei.base.ask import catalogue
from kusei.base.builder.compare import differences
from kusei.base.builder.tests.conftest import CLAIM, chain


def told(before, after) -> list[tuple]:
    return [(d.kind, d.where, d.field, d.before, d.after) for d in differences(before, after)]


def test_the_same_is_no_difference():
    definition = catalogue.written(CLAIM).stored()
    assert differences(definition, copy.deepcopy(definition)) == []


def test_what_goes_without_saying_is_no_difference():
    before, after = chain(2), chain(2)
    after["questions"]["q0"] |= {"required": True, "most": 1, "facts": []}
    assert differences(before, after) == []


def test_added_removed_changed_moved_in_words():
    before, after = chain(3), chain(3)
    after["questions"]["q0"]["label"] = {"ja": "新しい質問", "en": "New"}
    after["questions"]["q9"] = {"kind": "phone", "label": {"ja": "電話"}}
    del after["questions"]["q2"]
    after["pages"] = [after["pages"][0], {"key": "p9", "ask": ["q9"]}, after["pages"][1]]
    after["pages"][2]["when"] = {"q0": {"is": "no"}}
    after["law"] = [{"text": "見本法 1条", "source": "令和1年法律第1号"}]
    after["guide"] = {"fee": {"ja": "無料"}}
    found = told(before, after)
    assert ("added", "根拠の法令「見本法 1条」", "", "", "") in found
    assert ("added", "案内「手数料」", "", "", "無料") in found
    assert ("changed", "質問「質問0ですか」", "文（日本語）", "質問0ですか", "新しい質問") in found
    assert ("changed", "質問「質問0ですか」", "文（English）", "なし", "New") in found
    assert ("removed", "質問「質問2ですか」", "", "質問2ですか", "") in found
    assert ("added", "質問「電話」", "", "", "電話") in found
    assert ("added", "画面「電話」", "", "", "") in found
    [when] = [each for each in found if each[2] == "表示の条件"]
    assert when[3:] == ("「質問0ですか」が「はい」", "「新しい質問」が「いいえ」")


def test_a_new_order_is_told_as_such():
    before, after = chain(3), chain(3)
    after["pages"][1], after["pages"][2] = after["pages"][2], after["pages"][1]
    assert [(d.kind, d.field) for d in differences(before, after)] == [("moved", "順番")]
