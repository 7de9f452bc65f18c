"""Checking names and passwords: a guess counts as it enters, the line is short, and no address keeps another one waiting."""

from __future__ import annotations

import asyncio
import math
import unicodedata
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from ipaddress import IPv6Address, ip_address, ip_network
from weakref import WeakValueDictionary

import structlog
from fastapi import HTTPException, Request
from pydantic import SecretStr

from console.accounts import Accounts, SignedIn
from console.database import storable
from console.settings import ConsoleSettings

log = structlog.get_logger(__name__)

WITHIN_S = 300.0
ATTEMPTS = {"pair": 8, "name": 40, "address": 40}
"""Attempts within five minutes that failed or are not decided yet: of one name from one address, of one name, from one address.
So nobody can lock out another soon."""
MOST_REMEMBERED = 30_000
"""Names, addresses and pairs: about as many as can be tried in five minutes at the pace of hashing. Beyond it the oldest is forgotten."""
MOST_IN_LINE = 64
MOST_IN_LINE_OF_ADDRESS = 12

Key = tuple[str, ...]


class TooManyAttempts(Exception):
    """No try is left."""

    def __init__(self, wait_s: float) -> None:
        super().__init__()
        self.wait_s = wait_s


class LoginRateLimiter:
    """When names and passwords were tried, by name and by address."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._at: OrderedDict[Key, list[float]] = OrderedDict()

    def enter(self, keys: Sequence[Key]) -> float:
        """Count a try before it is looked at, and return its time. Raises TooManyAttempts; then it is not counted, so that a wait has an end."""
        now = self._clock()
        if (wait_s := max(self._wait_s(key, now) for key in keys)) > 0:
            raise TooManyAttempts(wait_s)
        for key in keys:
            self._at.setdefault(key, []).append(now)
            self._at.move_to_end(key)
        while len(self._at) > MOST_REMEMBERED:
            self._at.popitem(last=False)
        return now

    def refund(self, keys: Sequence[Key], entered: float) -> None:
        """Forget a try that was no guess. Those beside it still count: whoever has one account may not wipe out guesses at another."""
        for key in keys:
            counted = self._at.get(key, [])
            if entered in counted:
                counted.remove(entered)
            if not counted:
                self._at.pop(key, None)

    def _wait_s(self, key: Key, now: float) -> float:
        counted = self._at.get(key, [])
        counted[:] = [at for at in counted if at > now - WITHIN_S]
        return counted[0] + WITHIN_S - now if len(counted) >= ATTEMPTS[key[0]] else 0.0


class HashingQueue:
    """Who waits for a password to be hashed. Whatever comes from one address waits for itself first, and so does each name there."""

    def __init__(self) -> None:
        self._waiting: Counter[str] = Counter()
        self._turns: WeakValueDictionary[Key, asyncio.Lock] = WeakValueDictionary()

    def is_full(self, address: str) -> bool:
        """Whether one more would be too many."""
        return self._waiting[address] >= MOST_IN_LINE_OF_ADDRESS or self._waiting.total() >= MOST_IN_LINE

    @asynccontextmanager
    async def turn(self, address: str, *keys: Key) -> AsyncIterator[None]:
        """Wait for each of the keys in order, and hold them."""
        self._waiting[address] += 1
        try:
            async with AsyncExitStack() as held:
                for key in keys:
                    await held.enter_async_context(self._turns.setdefault(key, asyncio.Lock()))
                yield
        finally:
            self._waiting[address] -= 1
            if not self._waiting[address]:
                del self._waiting[address]


class LoginService:
    """Checks names and passwords."""

    def __init__(self, accounts: Accounts, settings: ConsoleSettings, clock: Callable[[], float]) -> None:
        self._accounts, self._limiter, self._line = accounts, LoginRateLimiter(clock), HashingQueue()
        self._warned = bool(settings.proxies)

    async def check(self, name: str, password: SecretStr, request: Request) -> SignedIn:
        """Who has this name and password. Raises HTTPException, also where too many have been tried."""
        self._warn_of_a_proxy(request)
        address, spelled = address_of(request), _spelled(name)
        keys: tuple[Key, ...] = (("pair", spelled, address), ("name", spelled), ("address", address))
        entered = self._enter(keys, address)
        try:
            async with self._line.turn(address, keys[0], keys[2]):
                known = await self._accounts.check(name, password.get_secret_value())
        except Exception:
            self._limiter.refund(keys, entered)  # nothing was learnt from it: the database was away
            raise
        if known is None:
            raise HTTPException(401, "that name and password do not fit together")
        self._limiter.refund(keys, entered)
        return known

    def _warn_of_a_proxy(self, request: Request) -> None:
        """Once. Who wrote that header is not known, so it is not believed; then all who come through a proxy share its tries."""
        if not self._warned and "x-forwarded-for" in request.headers:
            self._warned = True
            log.warning("X-Forwarded-For is not believed", do="if a server of yours stands in front, name it: proxies in [console]")

    def _enter(self, keys: Sequence[Key], address: str) -> float:
        if self._line.is_full(address):
            raise HTTPException(429, "too many people sign in at this moment: try again in a second", {"Retry-After": "1"})
        try:
            return self._limiter.enter(keys)
        except TooManyAttempts as many:
            minutes = math.ceil(many.wait_s / 60)
            wait = f"{minutes} minute{'s' if minutes > 1 else ''}"
            raise HTTPException(429, f"too many failed tries: wait {wait}", {"Retry-After": str(math.ceil(many.wait_s))}) from None


def address_of(request: Request) -> str:
    """Where a request comes from. Of IPv6 it is the network of 64 bits: one customer of a provider has all its addresses."""
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or ip_network(f"{address}/64", strict=False))
    return str(address)


def _spelled(name: str) -> str:
    """All spellings that a person, or a database, may take for one name are counted as one."""
    return unicodedata.normalize("NFKC", "".join(unicodedata.normalize("NFKC", storable(name)).casefold().split()))
