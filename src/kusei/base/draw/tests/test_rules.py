"""The lot itself: as docs/draws.md describes it, fair, and the same whoever runs it."""

import hashlib
import json
import random
import subprocess
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kusei.base.draw import rules
from kusei.base.draw.rules import Entry, Terms, Unsound

SECRET = "00112233445566778899aabbccddeeff" * 2
SOURCE = "令和8年12月1日の日経平均株価（終値）"
TERMS = Terms(2, ("A",))
ENTRIES = [
    Entry(1),
    Entry(2, 3),
    Entry(3, 1, "A", "T1"),
    Entry(4, 1, "A", "T1"),
    Entry(5, 1, "", "T2"),
    Entry(6, 1, "", "T2"),
]

KNOWN = {
    "list_sha256": "b43f10a4613e2474b24f66b54429894fb56d92ac9165cd2e5386aea22f5d4ced",
    "commitment": "36279dd399f44f1e8c878898a3986a51ac7389f48f2f6f02fd907aed94f53d9d",
    "seed": "8d427788b6465379f08c62ce6b1f6501eea7bbe087358c2ef5d95b984f7968e1",
    "results": [(2, False, 1), (3, False, 2), (1, True, 0), (1, True, 0), (4, False, 3), (4, False, 3)],
}


def file_of(terms=TERMS, entries=ENTRIES, value="38,915.87", secret=SECRET) -> dict:
    digest = rules.list_digest(terms, entries)
    committed = rules.commitment(digest, SOURCE, secret)
    results = rules.draw(terms, entries, rules.seed(committed, secret, value))
    return {
        "format": rules.FORMAT, "places": terms.places, "groups": list(terms.groups), "list_sha256": digest, "source": SOURCE,
        "commitment": committed, "entries": [asdict(entry) for entry in entries], "secret": secret, "value": value,
        "results": [asdict(result) for result in results],
    }  # fmt: skip


def by_the_book(file: dict) -> list[dict]:
    """The draw written anew from docs/draws.md alone, line by line, in another way than `rules` does it."""
    sha = lambda text: hashlib.sha256(text.encode("utf-8"))  # noqa: E731
    lines = ["kusei-draw-1", f"places,{file['places']}", ",".join(["groups"] + file["groups"])]
    entries = sorted(file["entries"], key=lambda e: e["number"])
    lines += ["%d,%d,%s,%s" % (e["number"], e["weight"], e["group"], e["tie"]) for e in entries]  # noqa: UP031
    digest = sha("\n".join(lines) + "\n").hexdigest()
    committed = sha("\n".join(["kusei-draw-1", digest, rules.plain(file["source"]), file["secret"], ""])).hexdigest()
    seed = sha("\n".join(["kusei-draw-1", committed, file["secret"], file["value"], ""])).digest()
    seen, units = set(), []
    for entry in entries:
        if entry["number"] in seen:
            continue
        unit = [e for e in entries if e is entry or (e["tie"] and e["tie"] == entry["tie"])]
        seen |= {e["number"] for e in unit}
        tickets = [
            hashlib.sha256(seed + b"%d/%d" % (entry["number"], t + 1)).hexdigest() for t in range(entry["weight"])
        ]
        order = file["groups"].index(entry["group"]) if entry["group"] else len(file["groups"])
        units.append((order, sorted(tickets)[0], entry["number"], unit))
    left, waiting, found = file["places"], 0, []
    for rank, (_order, _ticket, _first, unit) in enumerate(sorted(units, key=lambda u: u[:3]), 1):
        fits = len(unit) <= left
        if fits:
            left -= len(unit)
        else:
            waiting += 1
        found += [{"number": e["number"], "rank": rank, "won": fits, "waiting": 0 if fits else waiting} for e in unit]
    return sorted(found, key=lambda e: e["number"])


def test_every_byte_is_as_documented():
    """Known answers: whoever writes the lot in another language compares with these (docs/draws.md)."""
    assert (
        rules.written(TERMS, ENTRIES)
        == b"kusei-draw-1\nplaces,2\ngroups,A\n1,1,,\n2,3,,\n3,1,A,T1\n4,1,A,T1\n5,1,,T2\n6,1,,T2\n"
    )
    file = file_of()
    assert file["list_sha256"] == KNOWN["list_sha256"]
    assert file["commitment"] == KNOWN["commitment"]
    assert rules.seed(file["commitment"], SECRET, "38,915.87").hex() == KNOWN["seed"]
    assert file["results"] == by_the_book(file)
    assert [(r["rank"], r["won"], r["waiting"]) for r in file["results"]] == KNOWN["results"]


entries_of = st.integers(1, 40).flatmap(
    lambda size: st.tuples(
        *[
            st.builds(
                lambda number, group, tie: Entry(number, 2 if tie else 1 + number % 3, "A" if tie else group, tie),
                st.just(number), st.sampled_from(["", "A", "B"]), st.sampled_from(["", "", "T1", "T2", "T3"]),
            )
            for number in range(1, size + 1)
        ]
    )
)  # fmt: skip


@given(
    entries=entries_of, places=st.integers(1, 50), seed=st.integers(0, 10**9), shuffle=st.randoms(use_true_random=False)
)
def test_the_order_in_which_entries_come_makes_no_difference_and_the_rules_hold(entries, places, seed, shuffle):
    terms, lot = Terms(places, ("A", "B")), hashlib.sha256(str(seed).encode()).digest()
    results = rules.draw(terms, entries, lot)
    shuffled = list(entries)
    shuffle.shuffle(shuffled)
    assert rules.draw(terms, shuffled, lot) == results
    assert rules.written(terms, shuffled) == rules.written(terms, entries)
    assert sum(result.won for result in results) <= places
    assert [result.number for result in results] == list(range(1, len(entries) + 1))
    by_tie = {}
    for entry, result in zip(sorted(entries, key=lambda e: e.number), results, strict=True):
        if entry.tie:
            by_tie.setdefault(entry.tie, set()).add((result.rank, result.won, result.waiting))
    assert all(len(fates) == 1 for fates in by_tie.values())
    turns = sorted({result.waiting for result in results if not result.won})
    assert turns == list(range(1, len(turns) + 1))


@given(entries=entries_of, places=st.integers(1, 50), value=st.text(max_size=20))
def test_a_file_drawn_is_sound_and_the_book_draws_the_same(entries, places, value):
    file = file_of(Terms(places, ("A", "B")), entries, rules.plain(value))
    assert len(rules.verify(json.loads(json.dumps(file)))) == 3
    assert by_the_book(file) == file["results"]


def test_places_left_over_by_a_tie_that_does_not_fit_go_to_the_next_that_does():
    for n in range(200):
        results = {
            r.number: r
            for r in rules.draw(Terms(1), [Entry(1, 1, "", "T1"), Entry(2, 1, "", "T1"), Entry(3)], bytes([n] * 32))
        }
        assert results[3].won
        assert not results[1].won
        assert results[1].waiting == results[2].waiting == 1


def test_a_priority_group_comes_first_whatever_the_lot():
    for n in range(100):
        results = rules.draw(
            Terms(2, ("A", "B")), [Entry(1), Entry(2, 100), Entry(3, 1, "B"), Entry(4, 1, "A")], bytes([n] * 32)
        )
        assert [r.rank for r in results if r.number in (4, 3)] == [2, 1]
        assert [r.won for r in results] == [False, False, True, True]


def chi_square(observed: Counter, expected: dict) -> float:
    return sum((observed[key] - wanted) ** 2 / wanted for key, wanted in expected.items())


def test_every_entry_has_the_same_chance():
    """10 entries, 3 places, 20,000 draws with seeds counted up: 9 degrees of freedom, 27.9 is passed by chance once in a thousand."""
    won: Counter = Counter()
    for n in range(20_000):
        won.update(
            r.number for r in rules.draw(Terms(3), [Entry(k) for k in range(1, 11)], n.to_bytes(32, "big")) if r.won
        )
    assert chi_square(won, dict.fromkeys(range(1, 11), 6_000)) < 27.9


def test_a_weight_is_so_many_lots():
    """Weights 1, 2, 3 and 4, one place: won in those proportions; 3 degrees of freedom, 16.3 once in a thousand."""
    won: Counter = Counter()
    for n in range(20_000):
        won.update(
            r.number for r in rules.draw(Terms(1), [Entry(k, k) for k in range(1, 5)], n.to_bytes(32, "big")) if r.won
        )
    assert chi_square(won, {k: 20_000 * k / 10 for k in range(1, 5)}) < 16.3


def test_the_second_place_goes_by_weight_among_those_left():
    """Drawing without putting back: with weights 1, 1 and 2 the pairs come 1/6 (1 and 2) and 5/12 (each of them with 3)."""
    pairs: Counter = Counter()
    for n in range(12_000):
        results = rules.draw(Terms(2), [Entry(1), Entry(2), Entry(3, 2)], n.to_bytes(32, "big"))
        pairs[tuple(r.number for r in results if r.won)] += 1
    assert chi_square(pairs, {(1, 2): 2_000, (1, 3): 5_000, (2, 3): 5_000}) < 13.8


def test_every_order_of_three_is_as_likely():
    orders: Counter = Counter()
    for n in range(12_000):
        results = rules.draw(Terms(1), [Entry(1), Entry(2), Entry(3)], n.to_bytes(32, "big"))
        orders[tuple(r.rank for r in results)] += 1
    assert len(orders) == 6
    assert chi_square(orders, dict.fromkeys(orders, 2_000)) < 20.5


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("places", 3), ("groups", []), ("source", "別の値であるもの"), ("secret", "f" * 64), ("value", "38,915.88"), ("commitment", "0" * 64),
        ("list_sha256", "0" * 64), ("format", "kusei-draw-2"), ("entries", []), ("results", []), ("places", "many"),
    ],
)  # fmt: skip
def test_whatever_is_changed_afterwards_is_found(part, value):
    with pytest.raises(Unsound):
        rules.verify(file_of() | {part: value})


def test_results_swapped_between_two_are_found():
    file = file_of()
    first, second = file["results"][0], file["results"][-1]
    first["won"], second["won"] = not first["won"], not second["won"]
    with pytest.raises(Unsound, match="drawn again"):
        rules.verify(file)


@pytest.mark.parametrize(
    ("terms", "entries"),
    [
        (Terms(0), [Entry(1)]), (Terms(1), []), (Terms(1), [Entry(2)]), (Terms(1), [Entry(1), Entry(1)]), (Terms(1), [Entry(1, 0)]),
        (Terms(1), [Entry(1, 101)]), (Terms(1), [Entry(1, 1, "A")]), (Terms(1, ("A", "A")), [Entry(1)]), (Terms(1, ("",)), [Entry(1)]),
        (Terms(1), [Entry(1, 1, "", "a,b")]), (Terms(1), [Entry(1, 1, "", "a\n2,1,,")]),
        (Terms(1), [Entry(1, 1, "", "T"), Entry(2, 2, "", "T")]),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused(terms, entries):
    with pytest.raises(Unsound):
        rules.draw(terms, entries, bytes(32))


def test_the_published_program_runs_by_itself(tmp_path):
    """The file alone, away from Kusei, on the standard library (python -I -S: no packages at all)."""
    program, good, bad = tmp_path / "check_draw.py", tmp_path / "draw.json", tmp_path / "bad.json"
    program.write_bytes(Path(rules.__file__).read_bytes())
    good.write_text(json.dumps(file_of(), ensure_ascii=False))
    bad.write_text(json.dumps(file_of() | {"places": 3}, ensure_ascii=False))

    def run(*arguments):
        return subprocess.run([sys.executable, "-I", "-S", program, *arguments], capture_output=True, text=True)

    assert (run(good).returncode, "The draw is sound." in run(good).stdout) == (0, True)
    assert (run(bad).returncode, "NOT SOUND" in run(bad).stderr) == (1, True)
    assert run(tmp_path / "none").returncode == run().returncode == 2


def test_ten_thousand_entries_are_drawn():
    shuffle = random.Random(1)
    entries = [Entry(n, shuffle.randint(1, 5)) for n in range(1, 10_001)]
    assert sum(r.won for r in rules.draw(Terms(400), entries, bytes(32))) == 400
