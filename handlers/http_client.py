"""One HTTP post: bounded in time and size, redirects not followed, every failure said in a sentence without the address."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import httpx

from handlers.responses import SendResult, from_http
from schemas.deliveries import Outcome
from schemas.failures import said

_MOST_READ = 2048
"""Bytes of an answer that are looked at; nobody can fill our memory."""


def open_client(timeout_s: float) -> httpx.AsyncClient:
    """The HTTP client of all destinations. Addresses may be secrets: the client's own log lines, which show them, are to be silenced."""
    return httpx.AsyncClient(timeout=timeout_s, follow_redirects=False, headers={"user-agent": "Makegood/1 (+notices)"})


async def post(client: httpx.AsyncClient, url: str, body: str, headers: Mapping[str, str], now: datetime) -> SendResult:
    """Post JSON once and say what came of it."""
    content = {"content-type": "application/json", **headers}
    try:
        async with client.stream("POST", url, content=body.encode(), headers=content) as response:
            return from_http(response.status_code, response.headers, await _beginning(response), now)
    except httpx.TimeoutException:
        return SendResult(Outcome.FAILED, "did not answer in time")
    except httpx.ConnectError as error:
        return SendResult(Outcome.FAILED, f"cannot be reached: {said(error)}")
    except httpx.TransportError as error:
        return SendResult(Outcome.FAILED, f"the connection broke: {said(error)}")


async def _beginning(response: httpx.Response) -> str:
    found = b""
    async for part in response.aiter_raw(_MOST_READ):
        found += part
        if len(found) >= _MOST_READ:
            break
    return found[:_MOST_READ].decode("utf-8", "replace")
