/** How a customer stands: tier, protection, value and satisfaction, each with since when and why. */
import type { ComponentChildren } from "preact";
import { language } from "../preferences";
import { date } from "../time";
import type { Standing as Known } from "../types";
import { money, number } from "../wording";
import { Fact } from "./fact";

/** The parts that every page of a customer's task, alert or own shows alike. */
export function StandingFacts({ standing }: { standing: Known }) {
  const { tier, hic, protected: safe } = standing;
  return (
    <>
      <Fact label="Tier">{tier ? <Since decided={tier}>{tier.now === "unknown" ? "Unknown" : tier.now}</Since> : "Not decided yet."}</Fact>
      <Fact label="Protected">
        {safe ? <Since decided={safe}>{safe.now ? "Yes" : "No longer"}</Since> : "No: neither high-impact nor in the top business row."}
      </Fact>
      {hic && (
        <Fact label="High-impact">
          <Since decided={hic}>{hic.now ? "Yes" : "No longer"}</Since>
        </Fact>
      )}
    </>
  );
}

/** Value and satisfaction, as the company or the last decision has them. */
export function MeasuredFacts({ standing }: { standing: Known }) {
  const { value, satisfaction, last_answer } = standing;
  return (
    <>
      <Fact label="Value a year">
        {value ? (
          <>
            {money(value.now, value.currency)}{" "}
            <span class="muted small">
              {value.said ? "as the company said on" : "by purchases, as of"} {date(Date.parse(value.at))}
            </span>
          </>
        ) : (
          "Not known: no value was said, and no decision has reckoned one."
        )}
      </Fact>
      <Fact label="Satisfaction">
        {satisfaction ? (
          <>
            {number(Math.round(satisfaction.now))} of 100{" "}
            <span class="muted small">all answers, the newest most, as of {date(Date.parse(satisfaction.at))}</span>
          </>
        ) : last_answer ? (
          "No decision has reckoned it yet."
        ) : (
          "Not known: no answer has come yet."
        )}
        {last_answer && (
          <p class="muted small">
            Last answer, on {date(Date.parse(last_answer.at))}: <span lang={language.value}>{last_answer.sentence}</span>
          </p>
        )}
      </Fact>
    </>
  );
}

function Since({ decided, children }: { decided: { since: string; because: string | null }; children: ComponentChildren }) {
  return (
    <>
      {children} since {date(Date.parse(decided.since))}
      {decided.because && (
        <p class="muted small">
          because: <span lang={language.value}>{decided.because}</span>
        </p>
      )}
    </>
  );
}
