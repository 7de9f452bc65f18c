"""How the made-up systems send: to the gateway, signed or with a key, again when it is away; rubbish goes straight to Kafka."""

from __future__ import annotations

from types import TracebackType
from typing import Self

import httpx
import structlog

from makegood import kafka
from makegood.config.settings import Settings
from makegood.kafka import KafkaUnavailable
from makegood.local.simulator.scenarios import Sent
from makegood.local.simulator.vendors import signed
from schemas.failures import said

log = structlog.get_logger(__name__)

ANSWER_S = 15.0


class GatewayClient:
    """One connection to the gateway. `key` is an API key, `secrets` those that the vendors sign with."""

    def __init__(self, gateway: str, key: str, secrets: dict[str, str], settings: Settings) -> None:
        self._client = httpx.AsyncClient(base_url=gateway, timeout=ANSWER_S, headers={"Authorization": f"Bearer {key}"})
        self._secrets, self._settings = secrets, settings
        self.taken = self.refused = 0

    async def send(self, what: Sent, now: float) -> bool:
        """Send it; returns whether it need not be sent again. What the gateway refuses for good is logged."""
        if what.to == "rubbish":
            return await self._throw(what.body)
        try:
            answer = await self._post(what, now)
        except httpx.TransportError as error:
            log.warning("the gateway is away", error=said(error))
            return False
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR or answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
            return False
        self.taken += answer.is_success
        if not answer.is_success:
            self.refused += 1
            log.error("the gateway refuses", to=what.to, status=answer.status_code, answer=answer.text[:300])
        return True

    async def _post(self, what: Sent, now: float) -> httpx.Response:
        if what.to == "facts":
            return await self._client.post("/v1/facts/batch", json=what.body)
        raw, headers = signed(what.to, self._secrets[what.to], what.body, now)
        return await self._client.post(f"/v1/webhooks/{what.to}", content=raw, headers=headers | {"Content-Type": "application/json"})

    async def _throw(self, raw: bytes) -> bool:
        try:
            async with kafka.producer(self._settings.connection) as producer:
                await producer.send_and_wait(self._settings.prefix + "interactions", value=raw, key=b"legacy-pos")
        except (KafkaUnavailable, TimeoutError):
            return False
        return True

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._client.aclose()
