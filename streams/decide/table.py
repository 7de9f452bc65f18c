"""The table of aspects, and one input applied to one customer: news? then every aspect from left to right, then what goes out."""

from __future__ import annotations

from schemas.commands import AnyCommand
from schemas.facts import AnyFact
from schemas.message import seconds
from schemas.traffic import TimerDue
from streams.decide.ageing import AGEING
from streams.decide.alias_state import AliasRecord
from streams.decide.aliases import ALIASES
from streams.decide.aspect import AspectTable, Event
from streams.decide.churn import CHURN, SIGNALS
from streams.decide.context import Context
from streams.decide.deduplication import SEEN, is_news
from streams.decide.enriched import enrich
from streams.decide.erasure import erase
from streams.decide.events import ChanceMoved, TaskEvent
from streams.decide.fact_reader import STRUCTS, TRAFFIC
from streams.decide.forecast import FORECAST
from streams.decide.profile import PROFILE
from streams.decide.publish import PUBLISH, publish
from streams.decide.purchases import PURCHASES
from streams.decide.record import Records
from streams.decide.satisfaction import SATISFACTION
from streams.decide.segment import SEGMENT
from streams.decide.signals.failed_recovery import FAILED_RECOVERY
from streams.decide.signals.leave_phrase import LEAVE_PHRASE
from streams.decide.signals.long_wait import LONG_WAIT
from streams.decide.signals.low_satisfaction import LOW_SATISFACTION
from streams.decide.signals.payment_failed import PAYMENT_FAILED
from streams.decide.signals.purchases_halved import PURCHASES_HALVED
from streams.decide.signals.renewal_near import RENEWAL_NEAR
from streams.decide.signals.silence import SILENCE
from streams.decide.signals.silent_complaint import SILENT_COMPLAINT
from streams.decide.signals.spend_cut import SPEND_CUT
from streams.decide.signals.survey_unanswered import SURVEY_UNANSWERED
from streams.decide.signals.ticket_burst import TICKET_BURST
from streams.decide.signals.troubled_ticket import TROUBLED_TICKET
from streams.decide.signals.undelivered import UNDELIVERED
from streams.decide.signals.usage_halved import USAGE_HALVED
from streams.decide.sla import SLA
from streams.decide.solving import SOLVING
from streams.decide.state import Customer
from streams.decide.tasks import BILLING, RECOVERY
from streams.decide.tickets import TICKETS
from streams.decide.verification import VERIFICATION

ASPECTS = AspectTable(
    (
        # observe: what is known of the customer
        ALIASES,
        PROFILE,
        PURCHASES,
        TICKETS,
        SATISFACTION,
        LOW_SATISFACTION,
        RENEWAL_NEAR,
        SURVEY_UNANSWERED,
        LEAVE_PHRASE,
        SPEND_CUT,
        UNDELIVERED,
        TROUBLED_TICKET,
        LONG_WAIT,
        PAYMENT_FAILED,
        # judge: who they are to us, and whether they may leave
        SEGMENT,
        SILENCE,
        FORECAST,
        PURCHASES_HALVED,
        USAGE_HALVED,
        SILENT_COMPLAINT,
        TICKET_BURST,
        FAILED_RECOVERY,
        SIGNALS,
        CHURN,
        # react: what is to be done
        RECOVERY,
        SLA,
        SOLVING,
        VERIFICATION,
        AGEING,
        BILLING,
        # tell
        PUBLISH,
    ),
    read_as=STRUCTS | TRAFFIC,
)
CUSTOMERS = Records(Customer, ASPECTS, [SEEN])
ALIAS_RECORDS = Records(AliasRecord)
_OF_TASKS = (TaskEvent, ChanceMoved)
"""Told when all that was due is decided: a task and its notices show the chance of leaving that the alert of the same instant shows."""


def on_fact(customer: Customer, fact: AnyFact, context: Context) -> None:
    """Apply a fact: a re-delivery and an older version change nothing."""
    if fact.type == "erasure.requested":
        erase(customer, fact, context)
        return
    if is_news(customer, fact, context):
        customer.heard_at = context.now = max(customer.heard_at, fact.at)
        publish(customer, ASPECTS.decide(customer, fact, context), context)
        enrich(customer, fact, context)


def on_command(customer: Customer, command: AnyCommand, context: Context) -> None:
    """Apply a command to the task it names; what the life cycle does not allow is refused, with who and when."""
    context.now = max(customer.heard_at, seconds(command.issued_at))
    publish(customer, ASPECTS.decide(customer, command, context), context)


def on_timer(customer: Customer, due: TimerDue, context: Context) -> None:
    """Decide everything that was pending by `due.at`; nothing, if that was done before."""
    context.now = at = seconds(due.at)
    of_tasks: list[Event] = []
    for timer in ASPECTS.due(customer, at):
        happened = ASPECTS.decide(customer, timer, context)
        of_tasks += [news for news in happened if isinstance(news, _OF_TASKS)]
        publish(customer, [news for news in happened if not isinstance(news, _OF_TASKS)], context)
    context.now = max(customer.heard_at, at)
    publish(customer, [*of_tasks, *ASPECTS.decide(customer, due, context)], context)
