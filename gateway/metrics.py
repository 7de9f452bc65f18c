"""What the gateway counts, for Prometheus; and the layer that counts every request."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.process_collector import ProcessCollector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.request_body import AdmissionControl


class Metrics:
    """The catalogue: each is declared here once, with what it means."""

    def __init__(self, admission: AdmissionControl) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter("makegood_gateway_requests", "Requests answered", ["route", "status"], registry=self.registry)
        self.facts = Counter("makegood_gateway_facts", "Facts durable in Kafka", ["source", "type"], registry=self.registry)
        self.ignored = Counter("makegood_gateway_ignored", "Parts of deliveries that became no fact", ["source"], registry=self.registry)
        self.refused = Counter("makegood_gateway_refused", "Deliveries refused", ["source", "why"], registry=self.registry)
        self.last = Gauge(
            "makegood_gateway_last_delivery_seconds", "When a source last delivered, since 1970", ["source"], registry=self.registry
        )
        buckets = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
        self.write_seconds = Histogram(
            "makegood_gateway_write_seconds", "Time until facts were durable", buckets=buckets, registry=self.registry
        )
        held = Gauge("makegood_gateway_held_bytes", "Bytes of bodies that are held now", registry=self.registry)
        held.set_function(lambda: admission.bytes)
        ProcessCollector(registry=self.registry)

    def exposition(self) -> bytes:
        """The text that Prometheus reads."""
        return generate_latest(self.registry)


class CountRequests:
    """Counts each request by the route that it came to and the status that it was answered."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Any ASGI event; only HTTP is counted."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def counting(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._metrics.requests.labels(_route(scope), message["status"]).inc()
            await send(message)

        await self._app(scope, receive, counting)


def _route(scope: Scope) -> str:
    return str(getattr(scope.get("route"), "path", "(none)"))
