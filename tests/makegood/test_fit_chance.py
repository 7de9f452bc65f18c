"""`makegood fit chance`: weights that made a history are found in it again, and a user is told how good they are, or why there are none."""

from __future__ import annotations

import json
import math
import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from makegood.config import policy_file
from makegood.errors import UserError
from makegood.fit.chance import LEAST_OF_EACH, LEAST_SEEN, auc, fit, judged, learnt, newton, solved
from makegood.fit.moments import Moment, labels_of, moments
from makegood.kafka.input_records import of_fact
from schemas.facts import AliasLinked, ErasureRequested, Fact, PurchaseMade
from tests.patience import PATIENT_S

START = datetime(2025, 1, 1, tzinfo=UTC)
BASE, WEIGHTS = -2.5, {"leave_phrase": 4.0, "silence": 2.0, "payment_failed": 0.0}


def made_up(many: int, seed: int = 3, weights: dict[str, float] = WEIGHTS) -> list[Moment]:
    """Moments of customers who live by a logistic law."""
    chance, found = random.Random(seed), []
    for number in range(many):
        strengths = {name: chance.random() for name in weights if chance.random() < 0.3}
        odds = BASE + sum(weights[name] * strength for name, strength in strengths.items())
        noisy = 1 - 0.97 * math.prod(1 - strength for strength in strengths.values())
        found.append(Moment(f"c{number}", strengths, noisy, chance.random() < 1 / (1 + math.exp(-odds))))
    return found


# -- the fit ----------------------------------------------------------------------------------------------------------------------------


def test_the_weights_that_made_a_history_are_found_in_it_again():
    found = fit(made_up(6_000))
    assert found.leak == pytest.approx(1 / (1 + math.exp(2.5)), abs=0.02)
    for name, weight in WEIGHTS.items():
        assert found.weights[name] == pytest.approx(weight, abs=0.5)
    assert found.logistic.worst < 0.05 < found.noisy_or.worst
    assert found.logistic.auc > found.noisy_or.auc


def test_a_sign_that_speaks_for_staying_weighs_nothing_and_is_named():
    found = fit(made_up(4_000, weights={**WEIGHTS, "payment_failed": -3.0}))
    assert found.weights["payment_failed"] == 0
    assert found.clipped == ["payment_failed"]
    assert all(weight >= 0 for weight in found.weights.values())


def test_a_sign_that_was_hardly_seen_is_not_learnt():
    many = made_up(2_000)
    rare = [Moment(f"r{n}", {"undelivered": 1.0}, 0.5, left=True) for n in range(LEAST_SEEN - 1)]
    found = fit([*many, *rare])
    assert "undelivered" not in found.weights
    assert found.rare == ["undelivered"]


def test_the_order_of_moments_does_not_matter():
    many = made_up(1_000)
    assert learnt(many)[1] == pytest.approx(learnt(many[::-1])[1], rel=1e-3)


def test_signs_that_part_both_kinds_without_a_fault_have_a_finite_weight():
    rows = [([1.0], True)] * 200 + [([0.0], False)] * 200
    base, weight = newton(rows)
    assert base < 0 < weight < 20


def test_too_few_who_left_teach_nothing():
    few = [moment._replace(left=False) for moment in made_up(500)]
    few[:LEAST_OF_EACH] = [moment._replace(left=True) for moment in few[:LEAST_OF_EACH]]
    with pytest.raises(UserError, match=f"at least {LEAST_OF_EACH} after which they left"):
        fit(few)


def test_a_history_without_signs_teaches_nothing():
    with pytest.raises(UserError, match="there is nothing to learn from"):
        fit([moment._replace(strengths={}) for moment in made_up(2_000)])


def test_equations_are_solved():
    assert solved([[4.0, 1.0], [1.0, 3.0]], [1.0, 2.0]) == pytest.approx([1 / 11, 7 / 11])


def test_equal_chances_count_half():
    assert auc([(0.1, False), (0.5, False), (0.5, True), (0.9, True)]) == pytest.approx(3.5 / 4)


def test_equal_chances_stand_in_one_fifth_whatever_the_order_in_which_they_came():
    assert judged([0.5] * 10, [True] * 3 + [False] * 7).fifths == [(0.5, 0.3)]
    half = judged([0.1, *[0.5] * 6, 0.8, 0.9, 0.9], [False] * 7 + [True] * 3)
    assert half.fifths == [(0.1, 0.0), (0.5, 0.0), (0.8, 1.0), (0.9, 1.0)]


def test_chances_that_differ_stand_in_fifths():
    chances = [number / 100 for number in range(100)]
    assert [stated for stated, _ in judged(chances, [True, False] * 50).fifths] == pytest.approx([0.095, 0.295, 0.495, 0.695, 0.895])


# -- moments ----------------------------------------------------------------------------------------------------------------------------


def bought(who: str, day: float, amount: float = 20.0, **customer: object) -> PurchaseMade:
    name = f"{who}-{day}"
    return PurchaseMade(
        id=name, source="shop", object=name, occurred_at=START + timedelta(days=day), customer=customer or {"id": who}, amount=amount
    )


def in_order(*facts: Fact):
    return [of_fact(fact) for fact in sorted(facts, key=lambda fact: fact.occurred_at)]


def history(**days: list[float]):
    return in_order(*(bought(who, day) for who, known in days.items() for day in known))


def outcomes(records, who: str) -> list[bool]:
    """Whether the customer left after each moment that is known of them, by silence."""
    return [moment.left for moment in moments(records, policy_file.built_in(), None, lambda _: None) if moment.customer == who]


WEEKLY = [7.0 * week for week in range(60)]
"""For over a year."""


def at(day: float) -> float:
    return (START + timedelta(days=day)).timestamp()


def test_who_goes_silent_against_their_own_rhythm_has_left_and_who_buys_has_not():
    seen = moments(history(stays=WEEKLY, leaves=WEEKLY[:20]), policy_file.built_in(), None, lambda _: None)
    assert not any(moment.left for moment in seen if moment.customer == "stays")
    left = [moment.left for moment in seen if moment.customer == "leaves"]
    assert left == sorted(left)
    assert (left[0], left[-1]) == (False, True)
    assert "silence" in next(moment for moment in reversed(seen) if moment.customer == "leaves").strengths


def test_purchases_under_an_alias_are_those_of_the_customer_whose_it_is():
    linked = AliasLinked(id="link", source="shop", object="link", occurred_at=START, customer={"id": "ann"}, alias="email:ann@example.com")
    by_alias = [bought("ann", day + 0.5, aliases=["email:ann@example.com"]) for day in WEEKLY[:30]]
    assert outcomes(in_order(linked, *by_alias), "ann") == [False] * 2


@pytest.mark.parametrize(
    ("last", "left"),
    [
        ([60.6], False),  # after the look, on its day, and nothing else
        ([60.2, 60.6], False),  # both before and after
        ([60.2], True),
        ([60.2, 119.9], False),
        ([60.2, 120.6], True),  # when the horizon was over
    ],
)
def test_only_what_is_bought_after_the_look_and_within_the_horizon_counts_to_the_minute(last, left):
    ann = [0.5 + day for day in range(0, 36, 3)]
    assert outcomes(history(clock=[0.4, 130.0], ann=[*ann, *last]), "ann")[0] is left


def test_a_purchase_from_before_the_look_that_is_amended_or_returned_after_it_is_no_new_one():
    clock, ann = (bought("clock", day) for day in (0.4, 130.0)), [bought("ann", 0.5 + day) for day in range(0, 36, 3)]
    amended = bought("ann", 70.0, 15.0).model_copy(update={"object": ann[-1].object, "version": 2})
    assert outcomes(in_order(*clock, *ann, amended, bought("ann", 60.6, -5.0)), "ann")[0] is True


def test_who_was_erased_within_the_horizon_is_not_called_gone():
    clock, ann = (bought("clock", day) for day in (0.0, 130.0)), [bought("ann", day) for day in WEEKLY[:12]]
    erased = ErasureRequested(id="e", source="shop", object="e", occurred_at=START + timedelta(days=118), customer={"id": "ann"})
    assert outcomes(in_order(*clock, *ann, erased), "ann") == []


def test_labels_say_when_and_who_has_left_is_no_moment_any_more():
    labels = {"leaves": at(150)}
    seen = moments(history(stays=WEEKLY, leaves=WEEKLY[:20]), policy_file.built_in(), labels, lambda _: None)
    left = [moment.left for moment in seen if moment.customer == "leaves"]
    assert left == [False, True]  # after 60 and 120 days: the horizon of the latter holds day 150
    assert [moment.left for moment in seen if moment.customer == "stays"] == [False] * 5


def test_labels_of_whom_nobody_is_in_the_history_are_refused_with_what_to_do():
    said = list[str]()
    with pytest.raises(UserError, match=r"of 2 customer ids in the labels none is in the history, where one is 'stays': .*`customer\.id`"):
        moments(history(stays=WEEKLY[:15]), policy_file.built_in(), {"Stays": at(50), "s-2": at(60)}, lambda _: None, said.append)
    assert said == []


def test_how_many_of_the_labels_are_in_the_history_is_said():
    said = list[str]()
    moments(history(stays=WEEKLY[:15]), policy_file.built_in(), {"stays": at(50), "s-2": at(60)}, lambda _: None, said.append)
    assert said == ["of 2 customer ids in the labels, 1 in the history"]


def test_nothing_is_counted_whose_horizon_is_not_over():
    seen = moments(history(stays=WEEKLY[:15]), policy_file.built_in(), {}, lambda _: None)
    assert seen == []


def test_a_record_of_a_wrong_year_is_left_out_and_said():
    said = list[str]()
    wrong = moments(history(stays=[*WEEKLY, 3_650.0]), policy_file.built_in(), None, lambda _: None, said.append)
    assert said == ["1 record dated ahead left out"]
    assert wrong == moments(history(stays=WEEKLY), policy_file.built_in(), None, lambda _: None)


def test_labels_are_read_as_spreadsheets_write_them(tmp_path):
    (tmp_path / "left.csv").write_bytes("\ufeffcustomer_id,left_at\r\n a ,2025-03-01 \r\n,2025-03-01\r\n".encode())
    assert labels_of(tmp_path / "left.csv") == {"a": at(59)}


def test_labels_are_read_as_utc_and_a_file_that_is_none_is_said(tmp_path):
    (tmp_path / "left.csv").write_text("customer_id,left_at\na,2025-03-01\nb,2025-03-01T01:00:00+01:00\nc,\n")
    assert labels_of(tmp_path / "left.csv") == {"a": at(59), "b": at(59)}
    (tmp_path / "other.csv").write_text("who,when\na,2025-03-01\n")
    (tmp_path / "wrong.csv").write_text("customer_id,left_at\na,soon\n")
    for name, words in (
        ("other.csv", "has no column"),
        ("wrong.csv", "cannot be read as labels"),
        ("nowhere.csv", "cannot be read as labels"),
    ):
        with pytest.raises(UserError, match=words):
            labels_of(tmp_path / name)


# -- the command ------------------------------------------------------------------------------------------------------------------------


def makegood(*words: object, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "makegood.cli", "fit", "chance", *map(str, words)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENT_S)


def written(path: Path, customers: int) -> Path:
    chance, facts = random.Random(5), []
    for number in range(customers):
        until = 420 if number % 3 else chance.uniform(60, 300)
        day = chance.uniform(0, 30)
        while day < until:
            facts.append(bought(f"c{number}", round(day, 3)))
            day += chance.expovariate(1 / 12)
    facts.sort(key=lambda fact: fact.occurred_at)
    path.write_text("".join(f"{json.dumps(json.loads(fact.model_dump_json(exclude_none=True)))}\n" for fact in facts))
    return path


def test_what_is_learnt_is_a_policy_that_can_be_applied_and_stands_beside_the_noisy_or(tmp_path):
    written(tmp_path / "shop.jsonl", 240)
    ended = makegood("shop.jsonl", "--out", "weights.toml", folder=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert "of customers held out" in ended.stderr
    assert "logistic: " in ended.stderr
    assert "noisy-or: " in ended.stderr
    policy = policy_file.load(tmp_path / "weights.toml")
    assert policy.churn.logistic.weights["silence"] > 0
    assert policy.churn.silence.horizon_days == 60
    again = makegood("shop.jsonl", "--out", "weights.toml", folder=tmp_path)
    assert (again.returncode, "there already" in again.stderr) == (1, True)


def test_too_small_a_history_is_said_in_one_sentence(tmp_path):
    written(tmp_path / "small.jsonl", 10)
    ended = makegood("small.jsonl", folder=tmp_path)
    assert ended.returncode == 1
    assert "the noisy-or serves until then" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_labels_of_other_ids_are_told_from_too_few_who_left(tmp_path):
    written(tmp_path / "small.jsonl", 3)
    (tmp_path / "crm.csv").write_text("customer_id,left_at\nCRM-1,2025-03-01\n")
    (tmp_path / "left.csv").write_text("customer_id,left_at\nCRM-1,2025-03-01\nc1,2025-03-01\n")
    strange = makegood("small.jsonl", "--labels", "crm.csv", folder=tmp_path)
    assert (strange.returncode, "of 1 customer id in the labels none is in the history" in strange.stderr) == (1, True)
    assert "Traceback" not in strange.stderr
    few = makegood("small.jsonl", "--labels", "left.csv", folder=tmp_path)
    assert few.returncode == 1
    assert "of 2 customer ids in the labels, 1 in the history\n" in few.stderr
