"""What the gateway answers: models that the OpenAPI document is made of, and one shape for every refusal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Annotated, Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, SerializerFunctionWrapHandler, ValidationError, model_serializer

from schemas.message import Message
from schemas.tolerant_reader import not_understood

TRY_AGAIN_S = 5


class Detail(BaseModel):
    """One thing that is wrong, and where: a JSON path into the body, or a header."""

    where: str
    why: str


class Problem(BaseModel):
    """Why a request was not taken, in a sentence that says what to do."""

    error: str
    details: list[Detail] = []


class Understood(BaseModel):
    """`not_understood` names the fields that were sent and that no such fact has: nothing was made of them. Absent where there are none."""

    not_understood: list[Detail] = []

    @model_serializer(mode="wrap")
    def _without_nothing(self, write: SerializerFunctionWrapHandler) -> Any:
        said = write(self)
        if not self.not_understood:
            said.pop("not_understood", None)
        return said


class Accepted(Understood):
    """The fact is durable in Kafka."""

    id: str
    topic: str


class RecordResult(Understood):
    """What became of one record of a batch, `index` from 0 on. `status` is what the record alone would have been answered."""

    index: int
    status: Annotated[int, Field(ge=200, le=599)]
    id: str | None = None
    topic: str | None = None
    error: str | None = None
    details: list[Detail] = []


class BatchResult(BaseModel):
    """Every record on its own, in the order in which they came."""

    accepted: int
    refused: int
    results: list[RecordResult]


class Ignored(BaseModel):
    """A part of a delivery that became no fact, and why."""

    what: str
    why: str


class Received(BaseModel):
    """The facts of a delivery are durable in Kafka; what became no fact is explained."""

    facts: list[Accepted]
    ignored: list[Ignored]


class Refusal(Exception):
    """A request that is not taken: raised anywhere, answered in one place."""

    def __init__(self, status: int, error: str, details: Sequence[Detail] = (), headers: Mapping[str, str] | None = None) -> None:
        super().__init__(error)
        self.status, self.error, self.details, self.headers = status, error, list(details), dict(headers or {})

    def response(self) -> JSONResponse:
        """As HTTP has it."""
        return JSONResponse(Problem(error=self.error, details=self.details).model_dump(), self.status, self.headers)


def try_again(error: str, after_s: int = TRY_AGAIN_S) -> Refusal:
    """Nothing was wrong with the request."""
    return Refusal(503, error, headers={"Retry-After": str(after_s)})


def details_of(error: ValidationError, skip: frozenset[str] = frozenset()) -> list[Detail]:
    """What a validation found, each with its JSON path, without the values. `skip` are parts of places that no JSON has (a union's tags)."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return [Detail(where=_path(part for part in e["loc"] if part not in skip), why=e["msg"]) for e in found[:20]]


def strangers(fact: Message, value: Any) -> list[Detail]:
    """The fields of a record that its fact has not, each with the name that may have been meant."""
    return [
        Detail(where=where, why=f"a fact has no such field: is it {nearest}?" if nearest else "a fact has no such field")
        for where, nearest in islice(not_understood(fact, value), 20)
    ]


def _path(parts: Any) -> str:
    return "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)


DESCRIBED: dict[int, str] = {
    400: "The body is not what its type says: no JSON, an empty body, too many records",
    401: "The API key, or the signature, is missing or wrong",
    403: "This key may not write facts of that source, or of that kind: the error says which line gives it the permission",
    404: "There is no source of this name",
    408: "The body did not come in time",
    413: "The body is too large",
    415: "The body is of a type that is not understood here",
    422: "The body is well formed, but it is no fact, or not what the system sends; `details` say where",
    503: "Kafka does not take it now, or too much comes at once: nothing is lost if you send it again after `Retry-After` seconds",
}


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The refusals of a route, for its OpenAPI document."""
    documented: dict[int | str, dict[str, Any]] = {status: {"model": Problem, "description": DESCRIBED[status]} for status in statuses}
    if 503 in statuses:  # noqa: PLR2004
        documented[503]["headers"] = {"Retry-After": {"description": "Seconds", "schema": {"type": "integer"}, "required": True}}
    if 401 in statuses:  # noqa: PLR2004
        documented[401]["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}, "required": True}}
    return documented
