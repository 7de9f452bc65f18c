"""One input applied to one customer: known already? then what it changes, then who they are, whether they may leave, what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from schemas.commands import AcknowledgeTask, AnyCommand, Command, ContactTask, DismissTask, ResolveTask, SnoozeTask, UndoTask
from schemas.decisions import Verdict
from schemas.facts import (
    AliasLinked,
    AnyFact,
    CustomerProfiled,
    DeliveryMade,
    DeliveryPromised,
    EmployeeFeedback,
    ErasureRequested,
    Fact,
    PaymentFailed,
    PurchaseMade,
    RenewalDated,
    SubscriptionCancelled,
    SubscriptionChanged,
    SurveyAmended,
    SurveyAnswered,
    SurveySent,
    TicketCommented,
    TicketMerged,
    TicketOpened,
    TicketRated,
    TicketReassigned,
    TicketReopened,
    TicketResolved,
    TicketUpdated,
    UsageRecorded,
)
from schemas.message import seconds
from schemas.traffic import TimerDue
from streams.decide import churn, commands, deduplication, escalation, identity, purchases, satisfaction, segment, tasks, tickets, undo
from streams.decide.context import Context
from streams.decide.signals import leave_phrase, promoter_turned, spend_cut
from streams.decide.state import Customer

Handler = Callable[[Customer, Any, Context], None]

ON: dict[type[Fact], tuple[Handler, ...]] = {
    SurveySent: (),
    SurveyAnswered: (promoter_turned.on_answer, satisfaction.on_answer, leave_phrase.on_comment, tasks.on_answer),
    SurveyAmended: (promoter_turned.on_answer, satisfaction.on_answer, leave_phrase.on_comment, tasks.on_answer),
    TicketOpened: (tickets.on_opened, leave_phrase.on_comment, tasks.on_ticket),
    TicketUpdated: (tickets.on_updated, tasks.on_ticket_updated),
    TicketCommented: (tickets.on_commented, leave_phrase.on_comment, tasks.on_ticket),
    TicketReassigned: (tickets.on_reassigned, tasks.on_ticket),
    TicketResolved: (tickets.on_resolved, tasks.on_ticket),
    TicketReopened: (tickets.on_reopened, tasks.on_ticket),
    TicketRated: (promoter_turned.on_answer, satisfaction.on_answer, leave_phrase.on_comment, tasks.on_answer),
    TicketMerged: (tickets.on_merged, tasks.on_ticket_merged),
    PurchaseMade: (purchases.on_purchase,),
    DeliveryPromised: (),
    DeliveryMade: (tasks.on_delivery,),
    UsageRecorded: (),
    PaymentFailed: (tasks.on_payment_failed,),
    SubscriptionChanged: (segment.on_subscription_changed, spend_cut.on_subscription_changed),
    SubscriptionCancelled: (spend_cut.on_subscription_cancelled, tasks.on_cancelled),
    RenewalDated: (segment.on_renewal_dated,),
    CustomerProfiled: (segment.on_profiled, identity.on_profiled),
    AliasLinked: (identity.on_linked,),
    EmployeeFeedback: (tasks.on_employee_feedback,),
}
"""What each fact sets in motion, in this order."""

COMMANDS: dict[type[Command], Handler] = {
    AcknowledgeTask: commands.acknowledge,
    ContactTask: commands.contact,
    ResolveTask: commands.resolve,
    DismissTask: commands.dismiss,
    SnoozeTask: commands.snooze,
    UndoTask: undo.undo,
}


def on_fact(customer: Customer, fact: AnyFact, context: Context) -> None:
    """Apply a fact: a re-delivery and an older version change nothing."""
    if type(fact) is ErasureRequested:
        context.log(Verdict.CUSTOMER_ERASED, customer.id, customer.id, fact.at, "erased at the customer's request")
        context.effects.forget = True
        return
    if not deduplication.is_news(customer, fact, context):
        return
    at = fact.at
    customer.heard_at = max(customer.heard_at, at)
    identity.learn(customer, fact, context)
    if customer.segment is not None and customer.segment.policy != context.policy.version:
        segment.review(customer, context)  # a new policy is in force for this very fact
    for handler in ON[type(fact)]:
        handler(customer, fact, context)
    segment.review(customer, context)
    churn.review(customer, customer.heard_at, context)


def on_command(customer: Customer, command: AnyCommand, context: Context) -> None:
    """Apply a command to the task it names; what the life cycle does not allow is refused, with who and when."""
    COMMANDS[type(command)](customer, command, context)


def on_timer(customer: Customer, due: TimerDue, context: Context) -> None:
    """Decide everything that was pending by `due.at`; nothing, if that was done before."""
    at = seconds(due.at)
    escalation.on_timer(customer, at, context)
    segment.review(customer, context)
    churn.review(customer, at, context)
