/** A customer's own rhythm of purchases drawn against the present silence, and from where on silence may raise an alert. */
import { days, inWords } from "../rhythm";
import type { Rhythm as Known } from "../types";
import { Card } from "./fact";

export function Rhythm({ rhythm }: { rhythm: Known | null }) {
  return (
    <Card title="Rhythm and silence" class="rhythm">
      {rhythm ? <Drawn rhythm={rhythm} /> : <p class="muted">No purchase is known, so there is no rhythm and no silence to see.</p>}
    </Card>
  );
}

function Drawn({ rhythm }: { rhythm: Known }) {
  const { usual_days: usual, alert_from_days: floor, silent_days: silent } = rhythm;
  const full = 1.08 * Math.max(silent, usual ?? 0, floor ?? 0, 1);
  const at = (days: number) => `${(100 * days) / full}%`;
  const late = floor !== null && silent >= floor;
  return (
    <figure>
      <svg aria-hidden="true" focusable="false">
        <rect class="track" x="0" y="14" width="100%" height="14" />
        <rect class={late ? "silent late" : "silent"} x="0" y="14" width={at(silent)} height="14" />
        {usual !== null && <line class="usual" x1={at(usual)} x2={at(usual)} y1="6" y2="36" />}
        {floor !== null && <line class="floor" x1={at(floor)} x2={at(floor)} y1="6" y2="36" />}
      </svg>
      <figcaption>
        <span class={late ? "key-box late" : "key-box"}>silent for {days(silent)}</span>
        {usual !== null && <span class="key-line usual-line">usual gap: {days(usual)}</span>}
        {floor !== null && <span class="key-line floor-line">no alert before {days(floor)}</span>}
      </figcaption>
      <p>{inWords(rhythm)}</p>
    </figure>
  );
}
