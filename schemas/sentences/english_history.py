"""What happened and what was asked for, in English: one template for each kind of fact and of command. Other languages translate these."""

from __future__ import annotations

FACTS: dict[str, str] = {
    "survey.sent": "was sent survey [{survey:quote}|{object}]",
    "survey.answered": "answered [survey {survey:quote}|a survey]",
    "survey.amended": "changed the answer",
    "ticket.opened": "opened ticket {object}[ ({severity:severity})]",
    "ticket.updated": "ticket {object}: [{changed}|changed]",
    "ticket.commented": "[{by_customer:if}wrote|was answered] in ticket {object}",
    "ticket.reassigned": "ticket {object} was passed on[ to {assignee}][, {times:times} by now]",
    "ticket.resolved": "ticket {object} was resolved",
    "ticket.reopened": "ticket {object} was reopened[, {times:times} by now]",
    "ticket.merged": "ticket {object} was merged into {into}",
    "purchase.made": "[returned {returned:money2}|bought for {amount:money2}][{discount:if}, discount {discount:money2}]",
    "delivery.promised": "delivery {object} was promised for {promised_for:instant}",
    "delivery.made": "delivery {object} arrived",
    "usage.recorded": "used [{feature}|{object}]: {quantity:number6}",
    "payment.failed": "a payment[ of {amount:money2}] failed",
    "subscription.changed": (
        "subscription changed[ to {annual_value:money} a year, was {previous_annual_value:money}| to {annual_value:money} a year]"
    ),
    "subscription.cancelled": "cancelled the subscription",
    "renewal.dated": "renews on {renews_on:day}",
    "customer.profiled": "profile from {source}",
    "alias.linked": "is also {alias}",
    "employee.feedback": "[{employee}|an employee] reports ({severity:severity})",
    "erasure.requested": "asked to be forgotten",
}
"""By type. What a rating and a late delivery say is a reason: see english.py."""

FACT_DETAILS: dict[str, str] = {
    "purchase.made": "order {object}",
    "subscription.changed": "[cancels at {cancels_at:instant}]",
    "alias.linked": "said by {source}",
}
"""By type: what stands beside it, where that is none of the words that came with it."""

COMMANDS: dict[str, str] = {
    "task.acknowledge": "{actor} asked to acknowledge",
    "task.contact": "{actor} asked to mark as contacted",
    "task.resolve": "{actor} asked to resolve",
    "task.dismiss": "{actor} asked to dismiss",
    "task.snooze": "{actor} asked to snooze",
    "task.undo": "{actor} took it back",
}

COMMAND_DETAILS: dict[str, str] = {"task.snooze": "until {until:instant}"}

PARTS: dict[str, str] = {
    "changed.status": "status {status}",
    "changed.severity": "severity {severity:severity}",
    "changed.target_missed": "[{target_missed:if}its target was missed]",
    "profile.name": "name {name}",
    "profile.annual_value": "annual value {annual_value:money2}",
    "profile.owner": "owner {owner}",
    "profile.team": "team {team}",
    "profile.language": "language {language}",
    "resolution.cause": "cause: {cause}",
    "resolution.action": "action: {action}",
    "resolution.outcome": "outcome: {outcome}",
}
"""One field each of a ticket that changed, a profile, and what a task was resolved with."""
