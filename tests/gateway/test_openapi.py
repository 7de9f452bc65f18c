"""Promises of the OpenAPI document: what it says is what happens, whatever schemathesis tries."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from schemas.facts import AnyFact
from schemas.inputs import FACT
from tests.gateway.sending import KEY, Written, app_of

schema = schemathesis.openapi.from_asgi("/openapi.json", app_of(Written()))
SEMANTIC = [positive_data_acceptance]
"""That a score lies on its scale, or that somebody is named, JSON Schema cannot say: such facts are refused although they fit it."""


def _promises_of(path: str) -> type:
    """A class of tests for each operation: what schemathesis parametrizes has one id for all of them, and pytest-xdist would run one."""
    operation = schema.include(path=path)

    class Promises:
        @operation.parametrize()
        @settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
        def test_every_answer_is_one_that_the_document_promises(self, case):
            case.call_and_validate(headers={"X-API-Key": KEY}, excluded_checks=SEMANTIC)

        @operation.parametrize()
        @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
        def test_without_a_key_every_answer_is_promised_too(self, case):
            case.call_and_validate(excluded_checks=SEMANTIC)

    return Promises


PATHS = ("/v1/facts", "/v1/facts/batch", "/v1/webhooks/{source}", "/livez", "/readyz", "/metrics")
TestFact, TestBatch, TestWebhook, TestLive, TestReady, TestMetrics = map(_promises_of, PATHS)


def test_every_operation_of_the_document_is_tried():
    operations = app_of(Written()).openapi()["paths"]
    assert set(operations) == set(PATHS)
    assert all(len(methods) == 1 for methods in operations.values())


def test_the_document_holds_the_whole_language_of_facts():
    document = app_of(Written()).openapi()
    assert {variant.__name__ for variant in AnyFact.__args__} <= document["components"]["schemas"].keys()
    assert document["components"]["schemas"]["Fact"]["discriminator"]["propertyName"] == "type"
    assert FACT.json_schema()["discriminator"]["propertyName"] == "type"


@pytest.mark.parametrize("status", ["400", "401", "413", "415", "503"])
@pytest.mark.parametrize("path", ["/v1/facts", "/v1/facts/batch", "/v1/webhooks/{source}"])
def test_refusals_are_documented(path, status):
    assert status in app_of(Written()).openapi()["paths"][path]["post"]["responses"]
