"""The sentences in English: one template for each code, verdict and notice. Other languages translate these.

`{name:form}` is a value in one of the forms of forms.py, a label of its kind, or counted by a noun of labels.py. `[a|b]` is the first of
its alternatives whose values are all there; where none is, it is left out. A sentence is a predicate: the customer stands before it.
"""

from __future__ import annotations

from schemas.sentences.english_history import COMMAND_DETAILS, COMMANDS, FACT_DETAILS, FACTS, PARTS

_HELD = "{status:status}[ by {by:person}] on {since_at:instant}"
_HOW = "[ (cause {cause:quote}, action {action:quote})| (reason {reason:quote})]"
_VERIFIED = "by the customer's answer on {since_at:instant}, after {resolved_by} resolved it"

REASONS: dict[str, str] = {
    "rated_survey": "rated {score:score} in [survey {survey:quote}|a survey]",
    "rated_ticket": "rated ticket {ticket} {score:score}",
    "corrected_answer": "corrected the answer: rated [ticket {ticket} {score:score}|{score:score} in survey {survey:quote}|{score:score}]",
    "comment_added": "adds [{said:quote}|a comment]",
    "phrase_cancel": "cancels[{negated:if}, but negates it] ({phrase:quote})",
    "phrase_leave": "speaks of leaving[{negated:if}, but negates it] ({phrase:quote})",
    "phrase_competitor": "speaks of a competitor[{negated:if}, but negates it] ({phrase:quote})",
    "phrase_security": "fears for security[{negated:if}, but negates it] ({phrase:quote})",
    "phrase_discount": "asks for a discount[{negated:if}, but negates it] ({phrase:quote})",
    "phrase_ignored": "says nobody answers[{negated:if}, but negates it] ({phrase:quote})",
    "ticket_opened_urgent": "opened urgent ticket {ticket}",
    "ticket_became_urgent": "has urgent ticket {ticket}",
    "ticket_target_missed": "waits too long: ticket {ticket} missed its target",
    "ticket_resolved_late": "waited too long: ticket {ticket} was resolved after its target",
    "ticket_reopened": "has trouble with ticket {ticket}: reopened {times:times}",
    "ticket_reassigned": "has trouble with ticket {ticket}: handed on {times:times}",
    "not_delivered": "still waits for order {order}, promised for {promised_at:instant} ({late_hours:span} ago)",
    "delivered_in_time": "had got order {order} by then, and that was heard of late",
    "delivered_late": "got order {order} {late_hours:span} later than promised",
    "subscription_cancelled": "cancelled [subscription {subscription}|the subscription]",
    "employee_reported": "has trouble, as [{employee}|an employee] reports",
    "payment_failed": "had a payment[ of {amount:money2}] fail",
    "low_satisfaction": "satisfaction is {satisfaction:number} of 100 after {answers:answers}",
    "promoter_turned": "rated {was:number} of 100 and {between_days:later} {now:number}",
    "falling_satisfaction": "satisfaction fell from {earlier:number} to {now:number} of 100 over {answers:answers}",
    "silence": (
        "no purchase for {silent_days:days} where {usual_days:are_usual} (one gap in {as_long:one_in} is as long); "
        "chance of none in the next {horizon_days:days} either: {chance:percent}"
        "[ (by the rhythm alone {chance_by_rhythm:percent}, corrected by what came of such chances)]"
    ),
    "spend_halved": "cut the subscription from {annual_before:money} to {annual_now:money} a year",
    "cancels": "lets the subscription end on {ends_at:instant}",
    "failed_recovery": "had the same trouble again after it was put right ({cause:cause}, {times:times})",
    "ticket_burst": "opened {count:tickets} in {window_days:days} where {expected:were_usual1}",
    "long_wait": "waited {waiting_hours:span} for an answer to ticket {ticket}",
    "purchases_halved": "bought on {count:days} of {window_days} where {expected:were_usual1}",
    "usage_halved": "used the product on {count:days} of {window_days} where {expected:were_usual1}",
    "survey_unanswered": "left {count:surveys} in a row unanswered, after answering {answered:number} of {invited:number}",
    "renewal_near": "renews on {renews_at:instant} while satisfaction is {satisfaction:number} of 100",
    "silent_complaint": "nothing heard for {silent_days:days} since a complaint, where {usual_days:are_usual}",
    "signal_came": "{signal:signal} is new (alone {chance:percent})",
    "signal_grew": "{signal:signal} weighs more (alone {chance:percent}, was {chance_before:percent})",
    "signal_faded": "{signal:signal} weighs less (alone {chance:percent}, was {chance_before:percent})",
    "signal_went": "{signal:signal} is gone (alone it was {chance_before:percent})",
    "tier_metrics": (
        "{annual_value:money} a year (high from {business_high:money}, middle from {business_middle:money}), "
        "satisfaction [{satisfaction:number}|not known yet and taken as middle] "
        "(high from {satisfaction_high:number}, middle from {satisfaction_middle:number})"
    ),
    "no_business_value": "neither purchases nor an annual value have arrived",
    "named_by_company": "named by the company",
    "every_customer": "every customer is",
    "five_questions": (
        "[{revenue_share:percent} of our revenue, |{share_of_business:very}a great share of our business, ]"
        "[buys {every_days:often}, |{purchase_frequency:very}buys often, ]"
        "[a customer for more than {over_years:years}, |{loyalty:very}loyal, ]"
        "[contract penalty {contract_penalty:money}, |{risk_of_not_delivering:very}much at risk if we do not deliver, ]"
        "[{level_of_expectation:very}expects much, ]the five questions total {total:number} of 10 (from {least:number} on)"
    ),
    "five_questions_fell": "the five questions no longer total {least:number} of 10",
    "lifetime_value": "worth {lifetime_value:money} over the whole relation (from {least:money} on)",
    "acquisition_cost": "cost us {acquisition_cost:money} to win (from {least:money} on)",
    "ambassador": "speaks for us as an ambassador",
    "top_business": "{annual_value:money} a year, among our best business (from {business_high:money})",
    "company_says_no": "the company says they are not",
    "business_fell": "the business fell[ to {annual_value:money} a year] (our best begins at {business_high:money})",
    "business_lapsed": "the business lapsed: no purchase for {silent_days:days} (counts as lapsed after {lapsed_days:days})",
    "no_reason_left": "none of the reasons holds any longer",
    "tier": "tier {tier:tier}",
    "severity": "severity {severity:percent}",
    "value_at_risk": "{annual_value:money} a year at risk",
    "chance_of_leaving": "chance of leaving {chance:percent}[, {beside:percent} beside what this is about]",
    "renewal": "renews {left_days:in}",
    "repeat_failure": "came back {times:times}",
    "age": "open for {open_days:days1}",
    "ticket_is_spam": "ticket {ticket} is spam",
    "customer_wrote": "wrote in ticket {ticket}[: {said:quote}]",
    "ticket_deleted": "ticket {ticket} was deleted",
    "ticket_counts_again": "ticket {ticket} is no spam after all, and not deleted",
    "ticket_merged": "ticket {ticket} was merged into ticket {into}",
    "ticket_merged_into_resolved": "ticket {ticket} was merged into ticket {into}, which is resolved",
    "snooze_ended": "the snooze ended, due {due_at:instant}",
    "due_soon": "due {due_at:instant}, in {left_hours:span1}, and nobody has acknowledged it",
    "unsolved": "was to be solved by {solve_by_at:instant}, {over_hours:span1} ago, and is still open",
    "verification_due": "was resolved[ by {resolved_by:person}] on {resolved_at:instant}: it is time to ask whether it is well",
    "overdue": "was due {due_at:instant}, {over_hours:span1} ago, and the customer has not been contacted",
    "acknowledged": "acknowledged",
    "contacted": "contacted",
    "resolved": "resolved: cause {cause:quote}, action {action:quote}, outcome {outcome:quote}",
    "dismissed": "dismissed",
    "snoozed": "snoozed until {until_at:instant}",
    "taken_back": "took back “{status:status}”",
    "customer_matters_more": "the customer matters more by now",
    "unknown_task": "is not a task of this customer, or was closed long ago",
    "already_so": f"is already {{status:status}} [{_VERIFIED}|by {{by:person}} on {{since_at:instant}}|since {{since_at:instant}}]{_HOW}",
    "not_from_here": (
        f"cannot be {{verb:done}}: it was {{status:status}} "
        f"[{_VERIFIED}|by {{by:person}} on {{since_at:instant}}|on {{since_at:instant}}]{_HOW}"
    ),
    "resolution_incomplete": (
        "cannot be resolved without cause, action and outcome[; missing: {lacks_cause+lacks_action+lacks_outcome:lacks}]"
    ),
    "reason_missing": "cannot be dismissed without a reason",
    "snooze_too_long": "can be snoozed for {most_days:days} at most, until {latest_at:instant}, not until {until_at:instant}",
    "not_the_last_command": f"cannot be taken back: it is {_HELD}, not by the command that you took back",
    "not_yours_to_take_back": "was {status:status} by {by}: only {by} can take that back",
    "too_late_to_take_back": "could be taken back until {until_at:instant}; it stays {status:status}",
    "another_task_is_open": "stays closed: the customer has another open task of the same cause by now",
    "command_applied_before": "the same command was applied before",
    "chance_fell": "the chance of leaving fell to {chance:percent}",
    "no_longer_protected": "no longer a customer whom alerts are for",
    "version_applied_before": "{source} {object} came with version {version}; version {applied} was applied before",
    "time_applied_before": "{source} {object} came as of {occurred_at:instant}; what was said on {applied_at:instant} was applied before",
    "event_applied_before": "{source} {object} came as of {occurred_at:instant} and was applied before",
    "waits_already": "the same fact waits here already",
    "nobody_has_linked": "nobody has said whose {aliases} is",
    "waited_at": "waited at [{alias}|an alias where many wait] until it was linked to {customer}",
    "belongs_to": "{alias} belongs to {customer}[ (before: {before})]",
    "claim_less_trusted": "{alias} stays with {holder}: the claim of {customer} is less trusted",
    "claim_older": "{alias} stays with {holder}: the claim of {customer} is older",
    "guessed_for_several": "{alias} is nobody's until somebody says whose it is: [{holder} uses it, and|others use it, and] {customer} does too",
    "erased_at_request": "erased at the customer's request",
}
"""By code of schemas/reasons.py. `{said:quote}` is what was said; where a sentence does not name it, it stands after the sentence."""

DECISIONS: dict[str, str] = {
    "task_raised": "[{priority}, due {due_at:instant}, after {follows}: |{priority}, due {due_at:instant}: ]{why}",
    "task_amended": (
        "[{late:if}heard of late, from before it was {now:status}: |{late:if}heard of late: "
        "|{priority}, was {priority_before}: |{priority}: ]{why}"
    ),
    "task_moved": "[{now:status} by {by:person}: |{now:status}: ]{why}",
    "task_moved.acknowledged": "{now:status}[ by {by:person}][: {said:quote}]",
    "task_moved.contacted": "{now:status}[ by {by:person}][: {said:quote}]",
    "task_moved.resolved": "{now:status}[ by {by:person}]: cause {cause:quote}, action {action:quote}, outcome {outcome:quote}",
    "task_moved.dismissed": "{now:status}[ by {by:person}][: reason {said:quote}]",
    "task_moved.snoozed": "{now:status}[ by {by:person}] until {until_at:instant}",
    "task_moved.snooze_ended": "the snooze ended: {now:status} again, due {due_at:instant}",
    "task_moved.taken_back": "{now:status} again: {by} took back “{status:status}”",
    "task_regressed": "[{was:status}|closed][ by {closed_by:person}][ on {closed_at:instant}], and again: {why}",
    "task_verified": "resolved[ by {closed_by:person}][ on {closed_at:instant}], and well since: {why}",
    "command_refused": "refused to {by}: [{task} ]{why}",
    "alert_raised": "[{now:level}, ][chance of leaving {chance:percent}: ]{why}",
    "alert_amended": "[{was:level} to {now:level}, |{now:level}, ][chance of leaving {chance:percent}: ]{why}",
    "alert_resolved": "{why}",
    "tier_changed": "[tier {was:tier} to {now:tier}: |tier {now:tier}: ]{why}",
    "hic_changed": "[{hic:if}high-impact: |{not_hic:if}no longer high-impact: ]{why}",
    "protection_changed": "[{protected:if}protected: |{not_protected:if}no longer protected: ]{why}",
    "duplicate_ignored": "{why}",
    "stale_ignored": "{why}",
    "fact_parked": "{why}",
    "fact_released": "{why}",
    "alias_linked": "{why}",
    "alias_kept": "{why}",
    "escalated": "{why}",
    "customer_erased": "{why}",
    "sent_to_billing": "{why}",
    "verification_due": "{why}",
}
"""By verdict, or by verdict and code of the reason, which then has its values here. `{why}` is the reason's sentence."""

_ROUSED = "[{from_snooze:if}while it was snoozed, |{from_contact:if}after they were spoken to, ]"
_NOW_WITH = "[{priority}, was {priority_before}|{priority}][, {evidence:evidence}]"

NOTICES: dict[str, str] = {
    "task_raised": "{why}",
    "task_worsened": f"{{why}} ({_ROUSED}{_NOW_WITH})",
    "task_regressed": "{why}[ ({was:status} by {closed_by:person} before)| ({was:status} before)]",
    "task_regressed.taken_back": "{why}: {now:status} again, for {by} took back “{status:status}”",
    "task_due_soon": "{why}: {change}",
    "task_overdue": "{why}: {change}",
    "task_unsolved": "{why}: {change}",
    "verification_due": "{why}: {change}",
    "task_closed": "{why}[: {now:status} by {by:person}|: {now:status}][: {change}]",
    "task_closed.resolved": "{why}: {now:status}[ by {by:person}]: cause {cause:quote}, action {action:quote}, outcome {outcome:quote}",
    "task_closed.dismissed": "{why}: {now:status}[ by {by:person}][: reason {said:quote}]",
    "snooze_ended": f"{{why}} ({_ROUSED}{_NOW_WITH})",
    "snooze_ended.snooze_ended": "{why}: the snooze ended, {now:status} again[, due {due_at:instant}]",
    "alert_raised": "may leave (chance {chance:percent}): {why}",
    "alert_worsened": "may leave (chance {chance:percent}): {why}[; what changed: {change}]",
    "alert_resolved": "[{change}|{why}]",
    "payment_failed": "{why}",
    "protection_lost": "{why}",
}
"""By kind, or by kind and code of the change, which then has its values here. `{why}` is what it is about, `{change}` what has happened."""

PHRASES: dict[str, str] = {
    "said": "{sentence}[: {said:quote}]",
    "unknown": "{words}[ ({values})]",
    "alert": "may leave (chance {chance:percent})[: {signals}][; newest sign {newest_hours:span} old]",
    "signal": "{why} ({share:points})",
    "other_signals": "all else ({share:points})",
    "who": "{name} (tier {tier:tier}[, high-impact: {why}])",
    "addend": "[{high_impact:if}high-impact: ]{why}",
    "undecided": "could not be decided: {fault:fault}, {error}",
    "now": "now",
    "ahead": "in [{days:days}|{hours:number} h {minutes:number} min|{hours:number} h|{minutes:number} min]",
    "ago": "[{days:days}|{hours:number} h {minutes:number} min|{hours:number} h|{minutes:number} min] ago",
}
"""What is said around reasons: words quoted after a sentence, a code that nobody knows, an alert and what its signals add to the chance, in
hundredths, a customer, a summand of a priority, a command that became a dead letter, how far off a time is."""

TABLES: dict[str, dict[str, str]] = {
    "reason": REASONS,
    "decision": DECISIONS,
    "notice": NOTICES,
    "phrase": PHRASES,
    "fact": FACTS,
    "fact_detail": FACT_DETAILS,
    "command": COMMANDS,
    "command_detail": COMMAND_DETAILS,
    "part": PARTS,
}
