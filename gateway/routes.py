"""The routes that take facts in: the JSON API, and webhooks. They answer 2xx only when every fact is durable in Kafka."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, NamedTuple

import structlog
from fastapi import APIRouter, Path, Request, Response, Security
from fastapi.responses import JSONResponse
from fastapi.security import APIKeyHeader, HTTPBearer

from gateway import records
from gateway.api_keys import Caller, Keys
from gateway.fact_writer import FactWriter
from gateway.metrics import Metrics
from gateway.request_body import AdmissionControl, content_type
from gateway.responses import Accepted, BatchResult, Detail, Ignored, Problem, Received, RecordResult, Refusal, responses, strangers
from gateway.settings import GatewaySettings
from gateway.sources import Source
from gateway.translate.signature import WHY_REFUSED, Verification
from gateway.translate.signature import Request as Signed
from gateway.translate.translation import BadPayload, Translation
from schemas.facts import AnyFact

log = structlog.get_logger(__name__)

_KEYED = [
    Security(HTTPBearer(auto_error=False, scheme_name="bearer", description="An API key")),
    Security(APIKeyHeader(name="X-API-Key", auto_error=False, scheme_name="key", description="The same")),
]
_Name = Annotated[str, Path(description="The name of a source that is set up: [gateway.sources.NAME]", max_length=64)]
_MANY = 207
_FACT = {"$ref": "#/components/schemas/Fact"}
_EVENT = {"type": "object", "required": ["data"], "properties": {"data": {"type": "object"}}}


class Dependencies(NamedTuple):
    """What the routes are given."""

    settings: GatewaySettings
    sources: Mapping[str, Source]
    keys: Keys
    admission: AdmissionControl
    writer: FactWriter
    metrics: Metrics
    clock: Callable[[], datetime]


def _takes(**schemas: Any) -> dict[str, Any]:
    content = {kind: {"schema": schema} for kind, schema in schemas.items()}
    return {"requestBody": {"required": True, "content": content}}


# -- the JSON API -------------------------------------------------------------------------------------------------------------------


def facts(deps: Dependencies) -> APIRouter:
    """POST /v1/facts and /v1/facts/batch."""
    router = APIRouter(prefix="/v1", tags=["facts"], dependencies=_KEYED)
    takes_one = _takes(**{records.JSON: _FACT, records.CLOUD_EVENT: _EVENT})
    array = {"type": "array", "minItems": 1, "items": {}}
    takes_many = _takes(**{records.JSON: array, records.LINES[0]: {"type": "string"}, records.CLOUD_EVENTS: array})

    @router.post("/facts", responses=responses(400, 401, 403, 408, 413, 415, 422, 503), openapi_extra=takes_one)
    async def write_a_fact(request: Request) -> Accepted:
        """Write one fact. Sent again, with the same source, object and version, it has no second effect."""
        caller, kind = deps.keys.caller(request), content_type(request, records.JSON, records.CLOUD_EVENT)
        async with deps.admission.body(request) as raw:
            record = records.single(raw, kind, request.headers)
            fact = records.checked(record, caller, deps.clock(), deps.settings.most_ahead_h)
            accepted = (await deps.writer.all([fact]))[0]
            return accepted.model_copy(update={"not_understood": strangers(fact, record)})

    some_refused: dict[int | str, dict[str, Any]] = {
        _MANY: {"model": BatchResult, "description": "Some records were refused; each result says why"}
    }

    @router.post("/facts/batch", responses=some_refused | responses(400, 401, 408, 413, 415, 503), openapi_extra=takes_many)
    async def write_facts(request: Request, response: Response) -> BatchResult:
        """Write many facts: a JSON array, or one object a line (application/x-ndjson). Each is answered on its own.

        200: all are durable. 207: see each. 503: none could be written.
        """
        caller, kind = deps.keys.caller(request), content_type(request, records.JSON, *records.LINES, records.CLOUD_EVENTS)
        async with deps.admission.body(request) as raw:
            found = records.many(raw, kind, deps.settings.largest_batch)
            result, again = await _batch(deps, found, [_checked(deps, caller, record) for record in found])
        if again is not None and not result.accepted:
            raise again
        response.status_code = _MANY if result.refused else 200
        return result

    return router


def _checked(deps: Dependencies, caller: Caller, record: Any) -> AnyFact | Refusal:
    try:
        return records.checked(record, caller, deps.clock(), deps.settings.most_ahead_h)
    except Refusal as refusal:
        return refusal


async def _batch(deps: Dependencies, sent: list[Any], found: list[AnyFact | Refusal]) -> tuple[BatchResult, Refusal | None]:
    """The result, and the reason where facts could not be written. `sent` are the records of which `found` was made."""
    written = iter(await deps.writer.each([fact for fact in found if not isinstance(fact, Refusal)]))
    outcomes = [one if isinstance(one, Refusal) else next(written) for one in found]
    results = [_result(index, *one) for index, one in enumerate(zip(sent, found, outcomes, strict=True))]
    accepted = sum(isinstance(outcome, Accepted) for outcome in outcomes)
    again = next((outcome for outcome in outcomes if isinstance(outcome, Refusal) and outcome.headers.get("Retry-After")), None)
    return BatchResult(accepted=accepted, refused=len(results) - accepted, results=results), again


def _result(index: int, sent: Any, found: AnyFact | Refusal, outcome: Accepted | Refusal) -> RecordResult:
    if isinstance(outcome, Accepted):
        unknown = [] if isinstance(found, Refusal) else strangers(found, sent)
        return RecordResult(index=index, status=200, id=outcome.id, topic=outcome.topic, not_understood=unknown)
    named = None if isinstance(found, Refusal) else found.id
    return RecordResult(index=index, status=outcome.status, id=named, error=outcome.error, details=outcome.details)


# -- webhooks -----------------------------------------------------------------------------------------------------------------------


def webhooks(deps: Dependencies) -> APIRouter:
    """POST /v1/webhooks/{source}."""
    router = APIRouter(prefix="/v1", tags=["webhooks"])
    takes = _takes(**{records.JSON: {"type": "object"}})

    @router.post("/webhooks/{source}", responses=responses(400, 401, 404, 408, 413, 415, 422, 503), openapi_extra=takes)
    async def receive_a_webhook(request: Request, source: _Name) -> Received:
        """Take a delivery of a vendor, signed as that vendor signs. A delivery that comes twice has no second effect."""
        known = deps.sources.get(source)
        if known is None:
            raise Refusal(404, "there is no source of this name: set up [gateway.sources.NAME]")
        try:
            content_type(request, known.system.content_type)
            async with deps.admission.body(request) as raw:
                return await _deliver(deps, known, request, raw)
        except Refusal as refusal:
            deps.metrics.refused.labels(known.name, str(refusal.status)).inc()
            log.warning("delivery refused", source=known.name, status=refusal.status, reason=refusal.error)
            raise

    return router


async def _deliver(deps: Dependencies, source: Source, request: Request, raw: bytes) -> Received:
    now = deps.clock()
    verification = source.verify(Signed(raw, request.headers, request.method, str(request.url)), now)
    if verification is not Verification.GENUINE:
        raise Refusal(401, WHY_REFUSED[verification], headers={"WWW-Authenticate": f'Signature realm="{source.system.name}"'})
    deps.metrics.last.labels(source.name).set(now.timestamp())
    said = _understood(source, raw, request.headers, now)
    for fact in said.facts:
        records.not_too_far_ahead(fact, now, deps.settings.most_ahead_h)
    written = await deps.writer.all(said.facts)
    deps.metrics.ignored.labels(source.name).inc(len(said.ignored))
    log.info("delivery taken", source=source.name, facts=[fact.type for fact in said.facts], ignored=[one.what for one in said.ignored])
    return Received(facts=written, ignored=[Ignored(what=one.what, why=one.why) for one in said.ignored])


def _understood(source: Source, raw: bytes, headers: Mapping[str, str], now: datetime) -> Translation:
    try:
        return source.understand(raw, headers, now)
    except BadPayload as bad:
        status = 400 if bad.where == "$" else 422
        raise Refusal(status, f"{bad.where}: {bad.why}", [Detail(where=bad.where, why=bad.why)]) from None


def refused(_: Request, refusal: Exception) -> JSONResponse:
    """Every Refusal is answered here."""
    assert isinstance(refusal, Refusal)
    return refusal.response()


def problem(status: int, error: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Any other refusal, in the same shape."""
    return JSONResponse(Problem(error=error).model_dump(), status, headers)
