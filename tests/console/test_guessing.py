"""Guessing passwords: three hundred at once get what three hundred in a row get, and keep nobody else out."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest

from console.door import PATIENCE
from tests.console.serving import console, first_password, peak_mb, signed_in
from tests.house import House

pytestmark = [pytest.mark.broker, pytest.mark.faults, pytest.mark.timeout(300)]

AT_ONCE = 300
MOST_HASHING_MB = 64 * 3
TIMES, MORE_S = 10, 3
"""So much longer than alone, and so much more, may it take to sign in beside three hundred guesses: without a line it takes minutes."""
_numbers = itertools.count(2)


@pytest.fixture(scope="module")
def house(kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A console with the accounts admin and lead."""
    with console(kafka, "guessing.", tmp_path_factory.mktemp("guessing")) as house:
        add(house, "lead")
        yield house


@pytest.fixture
def twin(house: House) -> str:
    """An account at which nobody has guessed yet."""
    return add(house, f"twin{next(_numbers)}")


@pytest.fixture
def here() -> str:
    """An address from which nobody has guessed yet."""
    return f"127.0.0.{next(_numbers)}"


@pytest.fixture
def there() -> str:
    """Another one."""
    return f"127.0.0.{next(_numbers)}"


def add(house: House, name: str) -> str:
    with closing(signed_in(house, "admin", first_password(house))) as admin:
        made = admin.post("/api/users", json={"name": name, "role": "lead", "password": f"{name}-password-1"})
        assert made.status_code == 201, made.text
    return name


class Crowd:
    """Many clients of one address, all at the same moment."""

    def __init__(self, house: House, address: str, **headers: str) -> None:
        limits = httpx.Limits(max_connections=None)
        transport = httpx.AsyncHTTPTransport(local_address=address, limits=limits)
        self.http = httpx.AsyncClient(transport=transport, base_url=house.address("console"), timeout=60, headers=headers)

    async def guess(self, *names: str) -> list[httpx.Response]:
        return await asyncio.gather(*(self.sign_in(name, "a wrong password") for name in names))

    async def sign_in(self, name: str, password: str) -> httpx.Response:
        return await self.http.post("/api/login", json={"name": name, "password": password})


def statuses(answers: list[httpx.Response]) -> dict[int, int]:
    return dict(Counter(answer.status_code for answer in answers))


async def honest(house: House, address: str) -> float:
    """Seconds that somebody waits who signs in with the right password."""
    crowd, began = Crowd(house, address), time.monotonic()
    answer = await crowd.sign_in("lead", "lead-password-1")
    assert answer.status_code == 200, answer.text
    return time.monotonic() - began


async def test_three_hundred_at_once_get_the_number_of_tries_of_one_after_the_other(house, twin, here, there):
    answers = await Crowd(house, here).guess(*[twin] * AT_ONCE)
    assert statuses(answers) == {401: PATIENCE["pair"], 429: AT_ONCE - PATIENCE["pair"]}
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.json()["detail"] == "too many failed tries: wait 5 minutes"
    assert 200 < int(refused.headers["Retry-After"]) <= 300
    assert (await Crowd(house, here).sign_in(twin, f"{twin}-password-1")).status_code == 429
    assert (await Crowd(house, there).sign_in(twin, f"{twin}-password-1")).status_code == 200, "nobody else is locked out"


@pytest.mark.parametrize("same", [True, False], ids=["same address", "another address"])
async def test_an_honest_person_signs_in_beside_them(house, twin, here, there, same):
    alone = await honest(house, there)
    guessing = asyncio.create_task(Crowd(house, here).guess(*[twin] * AT_ONCE))
    await asyncio.sleep(0.1)
    assert await honest(house, here if same else there) < TIMES * alone + MORE_S
    await guessing


async def test_an_honest_person_signs_in_beside_guesses_at_three_hundred_names(house, here, there):
    before, alone = peak_mb(house), await honest(house, there)
    guessing = asyncio.create_task(Crowd(house, here).guess(*(f"name{number}" for number in range(AT_ONCE))))
    await asyncio.sleep(0.1)
    assert await honest(house, there) < TIMES * alone + MORE_S
    found = statuses(await guessing)
    assert found[401] <= PATIENCE["address"]
    assert found[429] >= AT_ONCE - PATIENCE["address"]
    assert peak_mb(house) - before < MOST_HASHING_MB


async def test_names_are_counted_whether_there_is_such_a_user_or_not(house, twin, here, there):
    known, unknown = await Crowd(house, here).guess(*[twin] * 20), await Crowd(house, there).guess(*["nobody"] * 20)
    assert statuses(known) == statuses(unknown) == {401: PATIENCE["pair"], 429: 20 - PATIENCE["pair"]}
    assert {answer.text for answer in known} == {answer.text for answer in unknown}


async def test_spellings_of_a_name_are_counted_as_one(house, twin, here):
    number = twin.removeprefix("twin")
    spelled = ["twin", "TWIN", " twin", "t\u200awin", "\uff54win", "Twin", "twin\u00a0"]
    answers = await Crowd(house, here).guess(*(spelling + number for spelling in spelled * 3))
    assert statuses(answers) == {401: PATIENCE["pair"], 429: len(spelled) * 3 - PATIENCE["pair"]}


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "CF-Connecting-IP"])
async def test_nobody_takes_another_address_by_saying_so(house, twin, here, header):
    answers = []
    for number in range(12):
        answers += await Crowd(house, here, **{header: f"192.0.2.{number}"}).guess(twin)
    assert statuses(answers) == {401: PATIENCE["pair"], 429: 12 - PATIENCE["pair"]}


async def test_a_server_in_front_that_is_named_is_believed(kafka, prefix, tmp_path):
    with console(kafka, prefix, tmp_path, MAKEGOOD_CONSOLE__PROXIES='["127.0.0.1"]') as house:
        for number in range(12):
            assert statuses(await Crowd(house, "127.0.0.1", **{"X-Forwarded-For": f"192.0.2.{number}"}).guess("x")) == {401: 1}
        spoofed = []
        for number in range(12):
            spoofed += await Crowd(house, "127.0.0.1", **{"X-Forwarded-For": f"192.0.2.{number}, 198.51.100.7"}).guess("y")
        assert statuses(spoofed) == {401: PATIENCE["pair"], 429: 12 - PATIENCE["pair"]}


async def test_one_account_of_ones_own_wipes_out_no_guesses_at_another(house, twin, here):
    crowd, found = Crowd(house, here), []
    for number in range(PATIENCE["address"]):
        found += await crowd.guess(f"other{number}")
        if not number % 10:
            found.append(await crowd.sign_in("lead", "lead-password-1"))
    assert statuses(found) == {401: PATIENCE["address"], 200: 4}
    assert statuses(await crowd.guess("another")) == {429: 1}


async def test_who_signs_in_takes_back_no_guess_but_the_own(house, twin, here):
    crowd = Crowd(house, here)
    for _ in range(PATIENCE["pair"] - 1):
        await crowd.guess(twin)
    assert (await crowd.sign_in(twin, f"{twin}-password-1")).status_code == 200
    assert statuses(await crowd.guess(twin, twin)) == {401: 1, 429: 1}


async def test_guesses_at_the_old_password_count_too_and_all_hashing_waits_in_line(house, twin, here):
    before, own = peak_mb(house), signed_in(house, twin, f"{twin}-password-1")
    async with httpx.AsyncClient(base_url=own.base_url, headers=own.headers, cookies=own.cookies, timeout=60) as http:
        change = {"old": "a wrong password", "new": "a much better one"}
        answers = await asyncio.gather(*(http.post("/api/me/password", json=change) for _ in range(60)))
        assert statuses(answers) == {401: PATIENCE["pair"], 429: 60 - PATIENCE["pair"]}
        assert (await http.get("/api/me")).status_code == 200
    own.close()
    with closing(signed_in(house, "admin", first_password(house))) as admin:
        async with httpx.AsyncClient(base_url=admin.base_url, headers=admin.headers, cookies=admin.cookies, timeout=60) as http:
            many = [http.post("/api/users", json={"name": f"{twin}-{n}", "role": "agent", "password": "x" * 12}) for n in range(20)]
            assert statuses(await asyncio.gather(*many)) == {201: 20}
    assert peak_mb(house) - before < MOST_HASHING_MB
