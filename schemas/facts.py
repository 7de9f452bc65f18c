"""Facts: what customers, and the systems that serve them, said and did. One class a fact, named in the past tense."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator

from schemas.customers import Alias, Reference, Trust
from schemas.message import Count, Instant, Message, Name, Number, Text, once
from schemas.scores import Score

Amount = Number
"""Money in the currency of the policy (convert before: we do not guess rates)."""


class Fact(Message):
    """What every fact carries.

    `object` is the id of the thing in the source system (a response, a ticket, an order) and `version` counts its revisions; where the
    source has no such number, the time of the fact serves. `occurred_at` is when it happened, not when it arrived.
    """

    id: Name
    source: Name
    object: Name
    version: Annotated[int, Field(ge=0, le=2**62)] | None = None
    occurred_at: Instant
    customer: Reference

    @once
    def at(self) -> float:
        """`occurred_at` as seconds since 1970, worked out once: decisions ask for it many times."""
        return self.occurred_at.timestamp()


class Severity(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class SurveySent(Fact):
    type: Literal["survey.sent"] = "survey.sent"
    survey: Name | None = None
    answer_by: Instant | None = None


class SurveyAnswered(Fact):
    type: Literal["survey.answered"] = "survey.answered"
    survey: Name | None = None
    score: Score | None = None
    comment: Text | None = None
    language: Name | None = None
    partial: bool = False


class SurveyAmended(Fact):
    """A later version of a response: the comment that came after the score, a changed score. What is absent stays as it was."""

    type: Literal["survey.amended"] = "survey.amended"
    survey: Name | None = None
    score: Score | None = None
    comment: Text | None = None
    language: Name | None = None


class TicketOpened(Fact):
    type: Literal["ticket.opened"] = "ticket.opened"
    subject: Text | None = None
    comment: Text | None = None
    severity: Severity = Severity.NORMAL
    channel: Name | None = None
    category: Name | None = None
    respond_by: Instant | None = None
    resolve_by: Instant | None = None


class TicketUpdated(Fact):
    type: Literal["ticket.updated"] = "ticket.updated"
    subject: Text | None = None
    severity: Severity | None = None
    status: Name | None = None
    target_missed: bool | None = None


class TicketCommented(Fact):
    type: Literal["ticket.commented"] = "ticket.commented"
    comment: Text
    by_customer: bool = True


class TicketReassigned(Fact):
    type: Literal["ticket.reassigned"] = "ticket.reassigned"
    assignee: Name | None = None
    times: Count | None = None


class TicketResolved(Fact):
    type: Literal["ticket.resolved"] = "ticket.resolved"
    resolution: Text | None = None
    target_missed: bool | None = None


class TicketReopened(Fact):
    type: Literal["ticket.reopened"] = "ticket.reopened"
    times: Annotated[Count, Field(ge=1)] | None = None


class TicketRated(Fact):
    type: Literal["ticket.rated"] = "ticket.rated"
    score: Score
    comment: Text | None = None


class TicketMerged(Fact):
    type: Literal["ticket.merged"] = "ticket.merged"
    into: Name


class PurchaseMade(Fact):
    """An order or invoice; a return or cancellation has a negative amount."""

    type: Literal["purchase.made"] = "purchase.made"
    amount: Amount
    discount: Amount = 0.0


class DeliveryPromised(Fact):
    type: Literal["delivery.promised"] = "delivery.promised"
    promised_for: Instant


class DeliveryMade(Fact):
    type: Literal["delivery.made"] = "delivery.made"
    promised_for: Instant | None = None


class UsageRecorded(Fact):
    type: Literal["usage.recorded"] = "usage.recorded"
    feature: Name | None = None
    quantity: Amount = 1.0


class PaymentFailed(Fact):
    type: Literal["payment.failed"] = "payment.failed"
    amount: Amount | None = None
    reason: Text | None = None


class SubscriptionChanged(Fact):
    type: Literal["subscription.changed"] = "subscription.changed"
    annual_value: Amount | None = None
    previous_annual_value: Amount | None = None
    cancels_at: Instant | None = None


class SubscriptionCancelled(Fact):
    type: Literal["subscription.cancelled"] = "subscription.cancelled"
    reason: Text | None = None


class RenewalDated(Fact):
    type: Literal["renewal.dated"] = "renewal.dated"
    renews_on: Instant


Points = Annotated[int, Field(ge=0, le=2)]


class HicAnswers(Message):
    """The five questions that qualify a high-impact customer, each answered from 0 (not at all) to 2 (very much).

    A question that is left out stays as it was answered before; what nobody ever answered is worked out, where there are data.
    """

    share_of_business: Points | None = None
    risk_of_not_delivering: Points | None = None
    purchase_frequency: Points | None = None
    loyalty: Points | None = None
    level_of_expectation: Points | None = None


class Pillars(Message):
    """What describes a high-impact customer, as people who know them say: what they demand, what sets them apart, to what they are
    dedicated, how we deliver to them.
    """

    demanding: Text | None = None
    distinct: Text | None = None
    dedicated: Text | None = None
    delivery: Text | None = None


class Behaviour(StrEnum):
    """How a customer decides, as people who know them say: it is never inferred."""

    FRUGAL = "frugal"
    CAUTIOUS = "cautious"
    EXPANSIVE = "expansive"
    CAREFUL = "careful"


class CustomerProfiled(Fact):
    """What the company knows of a customer. Fields that are absent stay as they were; the highest version wins.

    `lifetime_value` and `acquisition_cost` are amounts over the whole relation, `contract_penalty` is what not delivering would cost us
    (0: nothing), `ambassador` says whether the customer speaks for us.
    """

    type: Literal["customer.profiled"] = "customer.profiled"
    name: Name | None = None
    annual_value: Amount | None = None
    owner: Name | None = None
    team: Name | None = None
    language: Name | None = None
    timezone: Name | None = None
    hic: bool | None = None
    hic_answers: HicAnswers | None = None
    lifetime_value: Amount | None = None
    acquisition_cost: Amount | None = None
    contract_penalty: Annotated[Amount, Field(ge=0)] | None = None
    ambassador: bool | None = None
    pillars: Pillars | None = None
    behaviour: Behaviour | None = None
    labels: Annotated[dict[Name, Name], Field(max_length=32)] | None = None


class AliasLinked(Fact):
    """`alias` belongs to the customer. The reference names the customer by id."""

    type: Literal["alias.linked"] = "alias.linked"
    alias: Alias
    trust: Trust = Trust.ASSERTED

    @model_validator(mode="after")
    def _whose(self) -> AliasLinked:
        if self.customer.id is None:
            raise ValueError("alias.linked names its customer by id")
        return self


class EmployeeFeedback(Fact):
    """What an employee who serves the customer reports."""

    type: Literal["employee.feedback"] = "employee.feedback"
    comment: Text
    severity: Severity = Severity.NORMAL
    employee: Name | None = None


class ErasureRequested(Fact):
    """The customer asks to be forgotten: the state is removed; retention removes the history from the topics."""

    type: Literal["erasure.requested"] = "erasure.requested"


Interaction = (
    SurveySent
    | SurveyAnswered
    | SurveyAmended
    | TicketOpened
    | TicketUpdated
    | TicketCommented
    | TicketReassigned
    | TicketResolved
    | TicketReopened
    | TicketRated
    | TicketMerged
    | UsageRecorded
    | EmployeeFeedback
)
"""The facts of the topics `feedback` and `interactions`."""
AnyFact = (
    Interaction
    | PurchaseMade
    | DeliveryPromised
    | DeliveryMade
    | PaymentFailed
    | SubscriptionChanged
    | SubscriptionCancelled
    | RenewalDated
    | CustomerProfiled
    | AliasLinked
    | ErasureRequested
)
