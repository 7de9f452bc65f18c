"""The gateway as an ASGI application, made by a factory: settings, a way to write, and a clock in; routes out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from gateway.api_keys import Keys
from gateway.fact_writer import FactWriter, Write
from gateway.metrics import CountRequests, Metrics
from gateway.request_body import AdmissionControl
from gateway.responses import Refusal
from gateway.routes import Dependencies, facts, problem, refused, webhooks
from gateway.settings import GatewaySettings
from gateway.sources import sources_of
from gateway.status_pages import Trouble, status_pages
from schemas.inputs import FACT

log = structlog.get_logger(__name__)

_ABOUT = """Events in, facts out. A 2xx answer means that every fact is durable in Kafka; the same fact sent again has no second effect.

Refusals are JSON with `error`, a sentence, and `details`, each with `where`, a JSON path, and `why`."""


def build_app(settings: GatewaySettings, write: Write, clock: Callable[[], datetime], trouble: Trouble = lambda: None) -> FastAPI:
    """The application. `clock` gives the time, with a zone; `trouble` says why facts cannot be written now.

    Raises InvalidSource where the settings cannot be served: a source without a secret, an unknown system, a wrong setting of a translator.
    """
    admission = AdmissionControl(settings)
    metrics = Metrics(admission)
    deps = Dependencies(settings, sources_of(settings), Keys(settings), admission, FactWriter(write, metrics), metrics, clock)
    app = FastAPI(title="Makegood gateway", version="1", description=_ABOUT, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.add_middleware(CountRequests, metrics=metrics)
    for router in (facts(deps), webhooks(deps), status_pages(trouble, metrics)):
        app.include_router(router)
    app.add_exception_handler(Refusal, refused)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(Exception, _bug)
    _describe(app)
    return app


def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    said = {404: "there is nothing at this address: GET / says what there is", 405: "this address does not take this method"}
    return problem(error.status_code, said.get(error.status_code, str(error.detail)), error.headers)


def _not_valid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return problem(404, "there is no source of this name")  # nothing but the name in the address is read by FastAPI


def _bug(_: Request, error: Exception) -> JSONResponse:
    log.error("a request raised an error: this is a bug of ours", error=type(error).__name__)
    return problem(500, "this is a bug of ours, and it is in the log")


def _describe(app: FastAPI) -> None:
    """Let the OpenAPI document hold the language of facts."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = made()
            fact = FACT.json_schema(ref_template="#/components/schemas/{model}")
            document["components"]["schemas"] |= fact.pop("$defs") | {"Fact": fact}
        return app.openapi_schema or {}

    app.openapi = openapi  # type: ignore[method-assign]
