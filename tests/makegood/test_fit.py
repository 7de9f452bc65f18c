"""`makegood fit silence`: what made a history is found in it again, and a user is told what to do with it, or why there is nothing."""

from __future__ import annotations

import json
import math
import random
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from makegood import kafka
from makegood.config import policy_file
from makegood.config.settings import Settings
from makegood.errors import UserError
from makegood.fit.history import from_topics, take
from makegood.fit.maximum import maximum
from makegood.fit.purchase_days import MOST_GROUPS, Group, PurchaseDays
from makegood.fit.silence import LEAST_REPEATS, corrected, fit, likelihood
from streams.decide.rhythm import Bought, Population, alive
from tests.patience import PATIENT_S

TRUE = Population(2, 1.2, 10.0, 0.6, 2.0)
END = 400
START = datetime(2025, 1, 1, tzinfo=UTC)


def made_up(many: int, seed: int = 5, population: Population = TRUE) -> PurchaseDays:
    """Customers who come in the first 200 of `END` days and live by the model; gaps are whole days, a day at least."""
    chance, days = random.Random(seed), PurchaseDays()
    for number in range(many):
        day, rate = float(chance.randrange(200)), chance.gammavariate(population.r, 1 / population.alpha)
        leaves = chance.betavariate(population.a, population.b)
        while day < END:
            days.add(str(number), int(day))
            if chance.random() < leaves or rate < 1e-9:
                break
            day = max(int(day) + 1, day + chance.gammavariate(population.k, 1 / rate))
    return days


def written(path: Path, days: PurchaseDays) -> Path:
    """The history as facts, a line each."""
    facts = [
        {
            "type": "purchase.made",
            "id": f"{who}-{day}",
            "source": "shop",
            "object": f"{who}-{day}",
            "occurred_at": (START + timedelta(days=day, hours=9)).isoformat(),
            "customer": {"id": who},
            "amount": 20.0,
        }
        for who, known in days.by_customer.items()
        for day in known
    ]
    path.write_text("".join(f"{json.dumps(fact)}\n" for fact in sorted(facts, key=lambda fact: fact["occurred_at"])))
    return path


def makegood(*words: object, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "makegood.cli", "fit", "silence", *map(str, words)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENT_S,
    )


# -- the fit ----------------------------------------------------------------------------------------------------------------------------


def test_the_population_that_made_a_history_is_found_in_it_again():
    days = made_up(800)
    found = fit(days, END, 30)
    assert found.population.k == TRUE.k
    assert likelihood(found.population, days.groups(END), days.log_gaps()) >= likelihood(TRUE, days.groups(END), days.log_gaps()) - 1
    known = [(Bought(4, 80.0), 100.0), (Bought(4, 80.0), 160.0), (Bought(10, 120.0), 150.0)]
    pure = found.population._replace(back=0.0, odds=1.0)
    assert [alive(pure, *one) for one in known] == pytest.approx([alive(TRUE, *one) for one in known], abs=0.08)


def test_purchases_by_chance_alone_are_not_regular():
    assert fit(made_up(300, population=Population(1, 1.2, 12.0, 0.6, 2.0)), END, 30).population.k == 1


def test_a_history_in_groups_is_as_likely_as_customer_by_customer():
    days = made_up(400)
    singly = [Group(len(known) - 1, max(known) - min(known), END - min(known), 1) for known in days.by_customer.values()]
    groups = days.groups(END)
    assert sum(group.customers for group in groups) == len(singly)
    assert likelihood(TRUE, groups, days.log_gaps()) == pytest.approx(likelihood(TRUE, singly, days.log_gaps()))


def test_however_many_customers_there_are_the_groups_stay_few():
    days = PurchaseDays()
    for number in range(8_000):
        days.add(str(number), number % 300)
        days.add(str(number), number % 300 + 1 + number % 97)
    groups = days.groups(500)
    assert len(groups) <= MOST_GROUPS
    assert sum(group.customers for group in groups) == 8_000


def test_the_search_finds_a_known_top():
    value, point = maximum(lambda p: -((p[0] - 3) ** 2) - 10 * (p[1] + p[0] ** 2 / 9) ** 2, (0.0, 0.0))
    assert value == pytest.approx(0, abs=1e-6)
    assert point == pytest.approx((3, -1), abs=1e-2)


def test_chances_that_were_stated_too_high_are_lowered_and_none_is_raised():
    days = made_up(600)
    outcomes = list(days.outcomes(END - 40, 30, 3))
    hopeful = [one._replace(nothing=one.nothing and number % 2 == 0) for number, one in enumerate(outcomes)]
    gloomy = [one._replace(nothing=one.nothing or number % 2 == 0) for number, one in enumerate(outcomes)]
    assert corrected(TRUE, [hopeful], 30).odds < 0.8
    assert corrected(TRUE, [gloomy], 30).odds <= 1


def test_the_likelihood_without_regularity_is_that_of_the_mbg_nbd():
    likeliest = Population(1, 0.525, 6.183, 0.891, 1.614)
    groups = [Group(2, 30.43, 38.86, 1), Group(0, 0.0, 38.86, 1)]
    direct = sum(math.log(_likelihood_by_hand(likeliest, group.x, group.recency, group.age)) for group in groups)
    assert likelihood(likeliest, groups, 0.0) == pytest.approx(direct)


def _likelihood_by_hand(p: Population, x: int, recency: float, age: float) -> float:
    """As Batislam, Denizel and Filiztekin 2007 write it."""

    def beta(a: float, b: float) -> float:
        return math.gamma(a) * math.gamma(b) / math.gamma(a + b)

    rate = math.gamma(p.r + x) * p.alpha**p.r / math.gamma(p.r)
    stays = beta(p.a, p.b + x + 1) / beta(p.a, p.b) / (p.alpha + age) ** (p.r + x)
    leaves = beta(p.a + 1, p.b + x) / beta(p.a, p.b) / (p.alpha + recency) ** (p.r + x)
    return rate * (stays + leaves)


def test_too_few_customers_who_came_again_are_no_population():
    days = PurchaseDays()
    for number in range(500):
        days.add(str(number), number % 9)
    for number in range(LEAST_REPEATS - 1):
        days.add(str(number), 20)
    with pytest.raises(UserError, match=f"only {LEAST_REPEATS - 1} customers bought on more than one day"):
        fit(days, 30, 30)


# -- what counts as a purchase ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"{ not json purchase.made",
        b'{"type":"purchase.made"}',
        b'{"type":"purchase.made","customer":{"aliases":[]},"occurred_at":"2025-01-02T00:00:00Z","amount":5}',
        b'{"type":"purchase.made","customer":{"id":"a"},"occurred_at":"2025-01-02T00:00:00Z","amount":-5}',
        b'{"type":"survey.sent","customer":{"id":"a"},"occurred_at":"2025-01-02T00:00:00Z","object":"purchase.made","amount":5}',
    ],
)
def test_what_is_no_purchase_is_passed_over(value):
    days = PurchaseDays()
    take(days, value)
    assert not days.by_customer


def test_who_has_no_id_counts_by_the_first_alias():
    days = PurchaseDays()
    take(days, b'{"type":"purchase.made","customer":{"aliases":["email:a@b.c"]},"occurred_at":"1970-01-03T23:00:00Z","amount":5}')
    assert days.by_customer == {"email:a@b.c": {2}}


@pytest.mark.broker
async def test_what_the_topics_hold_is_read_to_their_end(bootstrap, applied):
    days = made_up(60)
    async with kafka.producer(kafka.Connection(bootstrap)) as producer:
        for who, known in days.by_customer.items():
            for day in known:
                at = (START + timedelta(days=day)).isoformat()
                fact = {"type": "purchase.made", "occurred_at": at, "customer": {"id": who}, "amount": 5.0}
                await producer.send(f"{applied}commerce", json.dumps(fact).encode(), key=who.encode())
        await producer.flush()
    found = await from_topics(Settings(kafka=bootstrap, prefix=applied), lambda _: None)
    shift = (START - datetime(1970, 1, 1, tzinfo=UTC)).days
    assert found.by_customer == {who: {day + shift for day in known} for who, known in days.by_customer.items()}


# -- the command ------------------------------------------------------------------------------------------------------------------------


def test_what_is_fitted_is_a_policy_that_can_be_applied(tmp_path):
    written(tmp_path / "shop.jsonl", made_up(200))
    ended = makegood("shop.jsonl", "--horizon", 45, "--out", "rhythm.toml", folder=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert "regularity 1: log-likelihood" in ended.stderr
    policy = policy_file.load(tmp_path / "rhythm.toml")
    assert policy.churn.silence.horizon_days == 45
    assert policy.churn.silence.rhythm != policy_file.built_in().churn.silence.rhythm
    assert policy.churn.raise_at == policy_file.built_in().churn.raise_at
    again = makegood("shop.jsonl", "--out", "rhythm.toml", folder=tmp_path)
    assert (again.returncode, "there already" in again.stderr) == (1, True)


def test_what_is_fitted_is_printed_with_what_it_rests_on(tmp_path):
    written(tmp_path / "shop.jsonl", made_up(200))
    ended = makegood("shop.jsonl", "--until", "2025-10-01", folder=tmp_path)
    assert re.search(r"# Fitted to \d+ customers, of whom \d+ bought on several days, 2025-01-0. to 2025-09-30", ended.stdout)
    assert "[churn.silence.rhythm]" in ended.stdout


def test_too_small_a_history_and_a_missing_file_are_said_in_one_sentence(tmp_path):
    written(tmp_path / "small.jsonl", made_up(20))
    small, missing = makegood("small.jsonl", folder=tmp_path), makegood("nowhere.jsonl", folder=tmp_path)
    assert (small.returncode, missing.returncode) == (1, 1)
    assert "at least 50 are needed to fit their rhythm" in small.stderr
    assert "there is no file nowhere.jsonl" in missing.stderr
    assert "Traceback" not in small.stderr + missing.stderr
