"""Guessing passwords: three hundred at once get what three hundred in a row get, and keep nobody else out."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, closing
from typing import Self

import httpx
import pytest

from console.login_service import ATTEMPTS
from tests.console.serving import console, first_password, peak_mb, signed_in
from tests.installation import Installation

pytestmark = [pytest.mark.broker, pytest.mark.faults, pytest.mark.timeout(600)]

AT_ONCE = 300
MOST_HASHING_MB = 64 * 3
TIMES, MORE_S = 30, 30
"""So much longer than alone, and so much more, may it take to sign in beside three hundred guesses: without a line it takes minutes."""
_numbers = itertools.count(2)


@pytest.fixture(scope="module")
def installation(bootstrap: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A console with the accounts admin and lead."""
    with console(bootstrap, "guessing.", tmp_path_factory.mktemp("guessing")) as installation:
        add(installation, "lead")
        yield installation


@pytest.fixture
def twin(installation: Installation) -> str:
    """An account at which nobody has guessed yet."""
    return add(installation, f"twin{next(_numbers)}")


@pytest.fixture
def here() -> str:
    """An address from which nobody has guessed yet."""
    return f"127.0.0.{next(_numbers)}"


@pytest.fixture
def there() -> str:
    """Another one."""
    return f"127.0.0.{next(_numbers)}"


def add(installation: Installation, name: str) -> str:
    with closing(signed_in(installation, "admin", first_password(installation))) as admin:
        made = admin.post("/api/users", json={"name": name, "role": "lead", "password": f"{name}-password-1"})
        assert made.status_code == 201, made.text
    return name


class Crowd:
    """Many clients of one address, all at the same moment."""

    def __init__(self, installation: Installation, address: str, **headers: str) -> None:
        limits = httpx.Limits(max_connections=None)
        transport = httpx.AsyncHTTPTransport(local_address=address, limits=limits)
        self.http = httpx.AsyncClient(transport=transport, base_url=installation.address("console"), timeout=60, headers=headers)
        self.answered = asyncio.Event()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def guess(self, *names: str) -> list[httpx.Response]:
        return await asyncio.gather(*(self.sign_in(name, "a wrong password") for name in names))

    async def sign_in(self, name: str, password: str) -> httpx.Response:
        answer = await self.http.post("/api/login", json={"name": name, "password": password})
        self.answered.set()
        return answer


@pytest.fixture
async def crowd(installation: Installation) -> AsyncIterator[Callable[..., Crowd]]:
    """Makes crowds, and closes their connections at the end."""
    async with AsyncExitStack() as stack:

        def make(address: str, at: Installation = installation, **headers: str) -> Crowd:
            made = Crowd(at, address, **headers)
            stack.push_async_exit(made)
            return made

        yield make


def statuses(answers: list[httpx.Response]) -> dict[int, int]:
    return dict(Counter(answer.status_code for answer in answers))


async def honest(person: Crowd) -> float:
    """Seconds that somebody waits who signs in with the right password."""
    began = time.monotonic()
    answer = await person.sign_in("lead", "lead-password-1")
    assert answer.status_code == 200, answer.text
    return time.monotonic() - began


async def test_three_hundred_at_once_get_the_number_of_tries_of_one_after_the_other(crowd, twin, here, there):
    answers = await crowd(here).guess(*[twin] * AT_ONCE)
    assert statuses(answers) == {401: ATTEMPTS["pair"], 429: AT_ONCE - ATTEMPTS["pair"]}
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.json()["detail"] == "too many failed tries: wait 5 minutes"
    assert 200 < int(refused.headers["Retry-After"]) <= 300
    assert (await crowd(here).sign_in(twin, f"{twin}-password-1")).status_code == 429
    assert (await crowd(there).sign_in(twin, f"{twin}-password-1")).status_code == 200, "nobody else is locked out"


@pytest.mark.parametrize("same", [True, False], ids=["same address", "another address"])
async def test_an_honest_person_signs_in_beside_them(crowd, twin, here, there, same):
    alone, many = await honest(crowd(there)), crowd(here)
    guessing = asyncio.create_task(many.guess(*[twin] * AT_ONCE))
    await many.answered.wait()
    assert await honest(crowd(here if same else there)) < TIMES * alone + MORE_S
    await guessing


async def test_an_honest_person_signs_in_beside_guesses_at_three_hundred_names(installation, crowd, here, there):
    before, alone, many = peak_mb(installation), await honest(crowd(there)), crowd(here)
    guessing = asyncio.create_task(many.guess(*(f"name{number}" for number in range(AT_ONCE))))
    await many.answered.wait()
    assert await honest(crowd(there)) < TIMES * alone + MORE_S
    found = statuses(await guessing)
    assert found[401] <= ATTEMPTS["address"]
    assert found[429] >= AT_ONCE - ATTEMPTS["address"]
    assert peak_mb(installation) - before < MOST_HASHING_MB


async def test_names_are_counted_whether_there_is_such_a_user_or_not(crowd, twin, here, there):
    known, unknown = await crowd(here).guess(*[twin] * 20), await crowd(there).guess(*["nobody"] * 20)
    assert statuses(known) == statuses(unknown) == {401: ATTEMPTS["pair"], 429: 20 - ATTEMPTS["pair"]}
    assert {answer.text for answer in known} == {answer.text for answer in unknown}


async def test_spellings_of_a_name_are_counted_as_one(crowd, twin, here):
    number = twin.removeprefix("twin")
    spelled = ["twin", "TWIN", " twin", "t\u200awin", "\uff54win", "Twin", "twin\u00a0"]
    answers = await crowd(here).guess(*(spelling + number for spelling in spelled * 3))
    assert statuses(answers) == {401: ATTEMPTS["pair"], 429: len(spelled) * 3 - ATTEMPTS["pair"]}


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "CF-Connecting-IP"])
async def test_nobody_takes_another_address_by_saying_so(crowd, twin, here, header):
    answers = []
    for number in range(12):
        answers += await crowd(here, **{header: f"192.0.2.{number}"}).guess(twin)
    assert statuses(answers) == {401: ATTEMPTS["pair"], 429: 12 - ATTEMPTS["pair"]}


async def test_a_server_in_front_that_is_named_is_believed(crowd, bootstrap, prefix, tmp_path):
    with console(bootstrap, prefix, tmp_path, MAKEGOOD_CONSOLE__PROXIES='["127.0.0.1"]') as behind:
        for number in range(12):
            assert statuses(await crowd("127.0.0.1", behind, **{"X-Forwarded-For": f"192.0.2.{number}"}).guess("x")) == {401: 1}
        spoofed = []
        for number in range(12):
            spoofed += await crowd("127.0.0.1", behind, **{"X-Forwarded-For": f"192.0.2.{number}, 198.51.100.7"}).guess("y")
        assert statuses(spoofed) == {401: ATTEMPTS["pair"], 429: 12 - ATTEMPTS["pair"]}


async def test_one_account_of_ones_own_wipes_out_no_guesses_at_another(crowd, twin, here):
    many, found = crowd(here), []
    for number in range(ATTEMPTS["address"]):
        found += await many.guess(f"other{number}")
        if not number % 10:
            found.append(await many.sign_in("lead", "lead-password-1"))
    assert statuses(found) == {401: ATTEMPTS["address"], 200: 4}
    assert statuses(await many.guess("another")) == {429: 1}


async def test_who_signs_in_takes_back_no_guess_but_the_own(crowd, twin, here):
    many = crowd(here)
    for _ in range(ATTEMPTS["pair"] - 1):
        await many.guess(twin)
    assert (await many.sign_in(twin, f"{twin}-password-1")).status_code == 200
    assert statuses(await many.guess(twin, twin)) == {401: 1, 429: 1}


async def test_guesses_at_the_old_password_count_too_and_all_hashing_waits_in_line(installation, twin, here):
    before, own = peak_mb(installation), signed_in(installation, twin, f"{twin}-password-1")
    async with httpx.AsyncClient(base_url=own.base_url, headers=own.headers, cookies=own.cookies, timeout=60) as http:
        change = {"old": "a wrong password", "new": "a much better one"}
        answers = await asyncio.gather(*(http.post("/api/me/password", json=change) for _ in range(60)))
        assert statuses(answers) == {401: ATTEMPTS["pair"], 429: 60 - ATTEMPTS["pair"]}
        assert (await http.get("/api/me")).status_code == 200
    own.close()
    with closing(signed_in(installation, "admin", first_password(installation))) as admin:
        async with httpx.AsyncClient(base_url=admin.base_url, headers=admin.headers, cookies=admin.cookies, timeout=60) as http:
            many = [http.post("/api/users", json={"name": f"{twin}-{n}", "role": "agent", "password": "x" * 12}) for n in range(20)]
            assert statuses(await asyncio.gather(*many)) == {201: 20}
    assert peak_mb(installation) - before < MOST_HASHING_MB
