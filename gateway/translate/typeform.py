"""Typeform: an answered form becomes an answered survey: one score, what was written, and whom it is from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, model_validator

from gateway.translate import aliases
from gateway.translate.payload import Node, microseconds
from gateway.translate.signature import Hmac
from gateway.translate.translation import Delivery, Ignored, SystemSettings, Translation, nothing
from schemas.customers import Reference
from schemas.facts import SurveyAnswered
from schemas.message import Name
from schemas.scores import SCALES, Metric, Score

SIGNATURE = Hmac(header="typeform-signature", given=r"^sha256=(\S+)")

_EVENTS = {"form_response": False, "form_response_partial": True}
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
_SCORED = ("nps", "opinion_scale", "rating")
"""Types of questions that are scores by themselves, the most telling first."""
_POSSIBLE_STEPS = range(2, 101)
_NPS_STEPS = 11
_NO_SCALE = (
    "the form does not say on which scale this is, and none is guessed; the setting scores says it, for example "
    'scores = [{{ field = "{field}", metric = "csat", worst = 1, best = 5 }}]'
)


_HIDDEN = {"customer_id": "id", "user_id": "id", "email": "email", "phone": "phone", "language": "language"}


class ScoreFrom(SystemSettings):
    """Which answer is the score. `field` is the ref or id of a question, or `calculated.score`, `variables.KEY`, `hidden.NAME`.

    The scale is the metric's usual one where it is not given. `values` gives choices their worth: { "Very unhappy" = 1 }.
    """

    field: Name
    form: Name | None = None
    metric: Metric = Metric.NPS
    worst: float | None = None
    best: float | None = None
    values: dict[str, float] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _whole_scale(self) -> ScoreFrom:
        if (self.worst is None) != (self.best is None) or (self.worst is not None and self.worst == self.best):
            raise ValueError("a scale has two different ends: give both worst and best, or neither")
        return self


class TypeformSettings(SystemSettings):
    """How the forms of a source are read."""

    hidden: dict[str, Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.-]*$")]] = Field(default=_HIDDEN)
    """Hidden field -> `id` (the customer's id, as your other systems know it), `language`, or the kind of an alias."""
    trusted_hidden_fields: tuple[str, ...] = ()
    """Which of these are believed when they say who it is. Whoever has the link of a form can write anything into them: so none, as it is."""
    scores: tuple[ScoreFrom, ...] = ()
    """The first that a response has counts; without any, a question of the type nps, opinion scale or rating."""
    comments: tuple[Name, ...] = ()
    """Refs or ids of the questions that are comments; without any, all long texts."""
    language: Name | None = None
    anonymous: Literal["ignore", "wait"] = "ignore"
    """A response that names nobody is ignored, or waits in sight under the alias typeform:<token> until somebody links it.

    One that names somebody in a way that is not believed waits in any case.
    """

    @model_validator(mode="after")
    def _trusted_means_something(self) -> TypeformSettings:
        known = {_bare(name) for name in self.hidden}
        for name in self.trusted_hidden_fields:
            if _bare(name) not in known:
                raise ValueError(f"trusted_hidden_fields names {name}, which is not in hidden: say there what it means")
        return self

    def trusts(self, field: str) -> bool:
        """Whether what a hidden field says about who it is, is believed."""
        return _bare(field) in {_bare(name) for name in self.trusted_hidden_fields}


class _Answer(NamedTuple):
    """An answer with its question: refs, type, and the definition where the payload has it."""

    node: Node
    names: frozenset[str]
    type: str
    definition: Node


def translate(delivery: Delivery, settings: TypeformSettings) -> Translation:
    """One survey.answered, or nothing. Its object is the response's token, its version the time it was sent off."""
    body = Node(delivery.body)
    event = body.need(Node.record, "an object").at("event_type").need(Node.name, "the type of the event")
    if event not in _EVENTS:
        return nothing(event, "Makegood does not know this type of event")
    response = body.at("form_response").need(Node.record, "an object")
    token = response.at("token").need(Node.identifier, "the token of the response")
    partial = _EVENTS[event]
    answers = list(_answers(response))
    at = response.first("submitted_at", "updated_at", "landed_at").need(Node.instant, "a time such as 2026-01-31T09:30:00Z")
    ignored: list[Ignored] = []
    hidden = _hidden(response, settings, ignored)
    waits = settings.anonymous == "wait" or _names_somebody(response, settings)
    customer = _customer(answers, hidden, token if waits else None)
    if customer is None:
        return nothing("$.form_response", _NOBODY)
    fact = SurveyAnswered(
        id=f"{token[:200]}-{_version(at, answers, partial)}",
        source=delivery.source,
        object=token,
        version=_version(at, answers, partial),
        occurred_at=at,
        customer=customer,
        survey=response.first("definition.title", "form_id").name(),
        score=_score(response, answers, settings, ignored),
        comment=_comment(answers, settings),
        language=hidden.get("language") or settings.language,
        partial=partial,
    )
    return Translation((fact,), tuple(ignored))


_NOBODY = (
    "it names no customer: pass a hidden field customer_id and set trusted_hidden_fields, or ask for the e-mail address; "
    'with the setting anonymous = "wait" such responses wait in sight instead'
)


def _version(at: datetime, answers: Sequence[_Answer], partial: bool) -> int:
    """A partial response keeps its time and grows: how many answers it has orders what is sent of it."""
    return microseconds(at) + (len(answers) if partial else 0)


def _answers(response: Node) -> Iterator[_Answer]:
    fields = {key: field for field in response.at("definition", "fields").members() for key in _names(field)}
    for node in response.at("answers").members():
        names = _names(node.at("field"))
        definition = next((fields[name] for name in names if name in fields), Node(None))
        kind = node.at("field", "type").word() or definition.at("type").word() or ""
        yield _Answer(node, frozenset(names), kind, definition)


def _names(field: Node) -> list[str]:
    return [name for name in (field.at("ref").identifier(), field.at("id").identifier()) if name]


# -- whom it is from ----------------------------------------------------------------------------------------------------------------


def _hidden(response: Node, settings: TypeformSettings, ignored: list[Ignored]) -> dict[str, str]:
    """What hidden fields say, by what they mean. The first of several that say who it is counts, in the order of the settings."""
    found: dict[str, str] = {}
    for name, meaning, node, value in _said(response, settings):
        known = _meant(meaning, value)
        if known is None:
            ignored.append(Ignored(node.path, f"it is no usable {meaning}: a placeholder, masked, or not in its usual form"))
        elif meaning != "language" and not settings.trusts(name):
            ignored.append(Ignored(node.path, _not_believed(name, settings)))
        elif found.setdefault(meaning, known) != known:
            ignored.append(Ignored(node.path, f"another hidden field before it says the {meaning}"))
    return found


def _names_somebody(response: Node, settings: TypeformSettings) -> bool:
    """Whether a hidden field says who it is, believed or not: such a response is kept for people to see."""
    return any(meaning != "language" and not aliases.is_placeholder(value) for _, meaning, _, value in _said(response, settings))


def _said(response: Node, settings: TypeformSettings) -> Iterator[tuple[str, str, Node, str]]:
    """(name in the settings, meaning, node, value) of each hidden field that holds something, in the order of the settings."""
    given = {_bare(name): node for name, node in response.at("hidden").entries()}
    for name, meaning in settings.hidden.items():
        node = given.get(_bare(name))
        value = node.identifier() if node else None
        if node is not None and value is not None:
            yield name, meaning, node, value


def _not_believed(name: str, settings: TypeformSettings) -> str:
    line = json.dumps([*settings.trusted_hidden_fields, name])
    return f"whoever has the link can write anything here, so it is not believed; the setting trusted_hidden_fields = {line} changes that"


def _bare(name: str) -> str:
    return re.sub(r"[\W_]", "", name).casefold()


def _meant(meaning: str, value: str) -> str | None:
    if meaning == "id":
        return aliases.customer_id(value)
    if meaning == "language":
        return value if _LANGUAGE.fullmatch(value) else None
    return aliases.alias_of(meaning, value)


def _customer(answers: Sequence[_Answer], hidden: dict[str, str], token: str | None) -> Reference | None:
    """Hidden fields were set by whoever sent the invitation, answers were typed: so the former come first. Else it waits by its token."""
    named = [known for meaning, known in hidden.items() if meaning not in {"id", "language"}]
    typed = [aliases.email(answer.node.at("email").name()) for answer in answers]
    typed += [aliases.phone(answer.node.at("phone_number").name()) for answer in answers]
    return aliases.reference(hidden.get("id"), [*named, *typed]) or aliases.reference(None, [aliases.alias("typeform", token)])


# -- what it says -------------------------------------------------------------------------------------------------------------------


def _comment(answers: Sequence[_Answer], settings: TypeformSettings) -> str | None:
    wanted = frozenset(settings.comments)
    chosen = [answer for answer in answers if (answer.names & wanted if wanted else answer.type == "long_text")]
    texts = [text for answer in chosen if (text := answer.node.at("text").text())]
    return Node("\n\n".join(texts)).text() if texts else None


def _score(response: Node, answers: Sequence[_Answer], settings: TypeformSettings, ignored: list[Ignored]) -> Score | None:
    form = response.at("form_id").identifier()
    for rule in settings.scores:
        if rule.form in {None, form} and (node := _ruled(response, answers, rule)) is not None:
            return _by_rule(node, rule, ignored)
    scored = sorted(
        (a for a in answers if a.type in _SCORED and a.node.at("number").value is not None), key=lambda a: _SCORED.index(a.type)
    )
    ignored += [Ignored(other.node.path, "another answer is the score; the setting scores can name this one") for other in scored[1:]]
    return _by_type(scored[0], ignored) if scored else None


def _ruled(response: Node, answers: Sequence[_Answer], rule: ScoreFrom) -> Node | None:
    """The value that a rule names, or None where this response has none."""
    place, _, name = rule.field.partition(".")
    if rule.field == "calculated.score":
        node = response.at("calculated", "score")
    elif place == "hidden" and name:
        node = response.at("hidden", name)
    elif place == "variables" and name:
        node = next((v.first("number", "text") for v in response.at("variables").members() if v.at("key").value == name), Node(None))
    else:
        answer = next((answer for answer in answers if rule.field in answer.names), None)
        node = answer.node.first("number", "choice.label", "boolean", "text") if answer else Node(None)
    return None if node.value is None else node


def _by_rule(node: Node, rule: ScoreFrom, ignored: list[Ignored]) -> Score | None:
    label = str(node.value).lower() if isinstance(node.value, bool) else node.name()
    raw = rule.values.get(label or "", _numeric(node))
    if raw is None:
        ignored.append(Ignored(node.path, "it is no number, and the values of the setting scores do not name it"))
        return None
    worst, best = (rule.worst, rule.best) if rule.worst is not None and rule.best is not None else SCALES[rule.metric]
    return _on_scale(node, rule.metric, raw, worst, best, ignored)


def _numeric(node: Node) -> float | None:
    """A number, also one written as text: hidden fields are always text."""
    if isinstance(node.value, str) and re.fullmatch(r"-?\d{1,6}(\.\d{1,6})?", node.value.strip()):
        return float(node.value)
    return node.number()


def _by_type(answer: _Answer, ignored: list[Ignored]) -> Score | None:
    """The scale of a question is in its definition, or nowhere: none is guessed. Eleven steps from 0 are how likely one recommends."""
    node, properties = answer.node.at("number"), answer.definition.at("properties")
    raw = node.need(Node.number, "a number")
    if answer.type == "nps":
        return _on_scale(node, Metric.NPS, raw, 0, 10, ignored)
    steps = int(properties.at("steps").number() or 0)
    if steps not in _POSSIBLE_STEPS:
        ignored.append(Ignored(node.path, _NO_SCALE.format(field=min(answer.names, default="REF"))))
        return None
    if answer.type == "rating":
        return _on_scale(node, Metric.STARS, raw, 1, steps, ignored)
    lowest = 1 if properties.at("start_at_one").value is True else 0
    metric = Metric.NPS if (lowest, steps) == (0, _NPS_STEPS) else Metric.CSAT
    return _on_scale(node, metric, raw, lowest, lowest + steps - 1, ignored)


def _on_scale(node: Node, metric: Metric, raw: float, worst: float, best: float, ignored: list[Ignored]) -> Score | None:
    if worst == best or not min(worst, best) <= raw <= max(worst, best):
        ignored.append(Ignored(node.path, f"{raw:g} is not on the scale from {worst:g} to {best:g}; the setting scores can say another"))
        return None
    return Score(metric=metric, raw=raw, worst=worst, best=best)
