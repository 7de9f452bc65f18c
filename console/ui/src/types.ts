/** What the console's API says: types made from its models (console/answers/), and what only the board knows. */
import type { Command, LiveRows, Me, Priority, Status, Tier } from "./answers";

export type {
  About,
  Addend,
  Alert,
  AlertPage,
  Beat,
  ChanceStep,
  Command,
  Counts,
  Customer,
  DeadLetter,
  DeadLetterPage,
  DeadLetters,
  Delivery,
  Feed,
  Feeds,
  FoundCustomer,
  LastDelivery,
  Level,
  Me,
  Pipeline,
  Priority,
  Reason,
  Rhythm,
  SearchResults,
  Signal,
  Standing,
  Status,
  Task,
  TaskList,
  TaskPage,
  Tier,
  Timeline,
  TimelineEntry,
  User,
} from "./answers";

export type Verb = Command["verb"];
export type Role = Me["role"];
export type Labels = Me["labels"];
export type LabelKind = keyof Labels;

export const PRIORITIES: readonly Priority[] = ["P1", "P2", "P3", "P4"];
export const TIERS: readonly Tier[] = ["A", "B", "C", "unknown"];
export const STATUSES: readonly Status[] = ["open", "regressed", "acknowledged", "snoozed", "contacted"];
export const ROLES: readonly Role[] = ["viewer", "agent", "lead", "admin"];

/** How to sign in elsewhere: told with a refusal, by the middleware. */
export interface Oidc {
  label: string;
  url: string;
}

/** One event of the live stream; `change` is its number. */
export type LiveEvent =
  | { [Name in keyof LiveRows]-?: { kind: Name; row: NonNullable<LiveRows[Name]>; change: number } }[keyof LiveRows]
  /** Not from the server: the stream begins after this change, and what was loaded before may be older. */
  | { kind: "begun"; row: { change: number } };
