/** What a customer's rhythm and silence come to, in words. */
import { date } from "./time";
import type { Rhythm } from "./types";
import { number, plural } from "./wording";

/** "1 day", "7.3 days" */
export function days(count: number): string {
  const shown = count < 10 ? Math.round(10 * count) / 10 : Math.round(count);
  return plural(shown, "day");
}

/** "as long", "3 times that" */
function asLong(ratio: number): string {
  const shown = Math.round(10 * ratio) / 10;
  return shown === 1 ? "as long" : `${number(shown)} times that`;
}

/** The whole of it as a sentence: nobody needs to see the drawing. */
export function inWords(rhythm: Rhythm): string {
  const { usual_days: usual, alert_from_days: floor, silent_days: silent, purchase_days: count } = rhythm;
  const last = `the last on ${date(Date.parse(rhythm.last_on), "UTC")}`;
  if (usual === null) return `Bought on one day, ${last}: a rhythm takes two.`;
  const rests = `Bought on ${count} days, ${last}, every ${days(usual)} on average; silent for ${asLong(silent / usual)}.`;
  if (floor === null) return `${rests} Silence raises no alert before ${rhythm.least_purchase_days} purchase days.`;
  return silent < floor
    ? `${rests} Silence may raise an alert from ${days(floor)} on, once so long a gap is rare for this customer.`
    : `${rests} Silence may raise an alert by now, where so long a gap is rare for this customer.`;
}
