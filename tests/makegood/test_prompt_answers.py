"""Answers leave at once: no server of ours lets the kernel hold back the second half of an answer until the first is acknowledged."""

from __future__ import annotations

import http.client
import time

import pytest

pytestmark = pytest.mark.broker
DELAYED_ACK_S = 0.040
"""What Linux waits before it acknowledges without being asked: no answer of a connection without TCP_NODELAY comes sooner."""
WARM_UP, COUNTED = 30, 30
"""A young connection is acknowledged at once, which would hide the fault."""
SERVED = {"gateway": "/v1/facts", "console": "/api/login", "worker": "/livez", "handlers": "/livez"}


@pytest.mark.parametrize("part", SERVED)
def test_an_answer_does_not_wait_for_the_acknowledgement_of_its_own_head(installation, part):
    installation.start(part)
    fastest = min(_answer_times(installation.ports[part], SERVED[part])[WARM_UP:])
    assert fastest < DELAYED_ACK_S, f"the fastest of {COUNTED} answers took {fastest * 1000:.0f} ms"


def _answer_times(port: int, path: str) -> list[float]:
    """Seconds of each request on one connection that stays open."""
    connection, took = http.client.HTTPConnection("127.0.0.1", port, timeout=10), []
    for _ in range(WARM_UP + COUNTED):
        begun = time.perf_counter()
        connection.request("POST" if path.startswith(("/v1", "/api")) else "GET", path, b"{}", {"Content-Type": "application/json"})
        connection.getresponse().read()
        took.append(time.perf_counter() - begun)
    connection.close()
    return took
