/** What the console's API says, as it says it. Every instant is ISO 8601 in UTC. */

export type Priority = "P1" | "P2" | "P3" | "P4";
export type Tier = "A" | "B" | "C" | "unknown";
export type Status = "open" | "acknowledged" | "contacted" | "resolved" | "verified" | "regressed" | "dismissed" | "snoozed";
export type Verb = "acknowledge" | "contact" | "resolve" | "dismiss" | "snooze" | "undo";
export type Role = "viewer" | "agent" | "lead" | "admin";
export type About = "customer" | "task" | "alert" | "command" | "fact" | "alias";
export type Level = "watch" | "warning" | "critical";

export const PRIORITIES: readonly Priority[] = ["P1", "P2", "P3", "P4"];
export const TIERS: readonly Tier[] = ["A", "B", "C", "unknown"];
export const STATUSES: readonly Status[] = ["open", "regressed", "acknowledged", "snoozed", "contacted"];
export const ROLES: readonly Role[] = ["viewer", "agent", "lead", "admin"];

export interface Me {
  name: string;
  display_name: string;
  role: Role;
  csrf: string;
  may: { command: boolean; bulk: boolean; admin: boolean };
  /** Has a password here, and can change it. */
  local?: boolean;
  /** The time zone in which everybody sees times; null where each reader has their own. */
  zone: string | null;
  /** What slugs are called in the reader's language: field -> slug -> label. */
  labels: Labels;
  /** In which sentences can be read. */
  languages: string[];
  server_time: string;
}

export type LabelKind = "cause" | "status" | "level" | "verdict" | "notice" | "fault" | "channel";
export type Labels = Record<LabelKind, Record<string, string>>;

/** Why, as data; what the console says of it stands beside it. */
export interface Why {
  code: string;
  values: Record<string, boolean | number | string>;
  said: string | null;
}

export interface Oidc {
  label: string;
  url: string;
}

export interface PendingCommand {
  command: string;
  verb: Verb;
  actor: string;
  at: string;
}

export interface LastDelivery {
  outcome: string;
  destination: string;
  at: string;
}

export interface Task {
  id: string;
  version: number;
  customer: string;
  customer_name: string | null;
  tier: Tier;
  hic: boolean;
  hic_why: Why | null;
  hic_because: string | null;
  /** The customer's chance of leaving, the same wherever it is shown. */
  chance: number;
  cause: string;
  status: Status;
  priority: Priority;
  score: number;
  why: Why;
  /** What the customer said or did, without naming them. */
  sentence: string;
  owner: string;
  next_step: string;
  opened_at: string;
  due_at: string;
  snoozed_until: string | null;
  changed_at: string;
  changed_by: string;
  /** When it came into its status, and by whom. */
  moved_at: string;
  moved_by: string;
  acknowledged_at: string | null;
  acknowledged_by: string | null;
  regressions: number;
  responded: boolean;
  pending: PendingCommand | null;
  delivery: LastDelivery | null;
}

export interface Addend {
  name: string;
  called: string;
  points: number;
  why: Why;
  because: string;
}

export interface Resolution {
  by: string;
  at: string;
  cause: string | null;
  action: string | null;
  outcome: string | null;
  reason: string | null;
  /** Why we closed it ourselves. */
  because: string | null;
}

export interface TimelineEntry {
  kind: "fact" | "decision" | "delivery" | "command";
  type: string;
  id: string;
  title: string;
  detail: string;
  at: string;
  about: string | null;
  about_kind: About | null;
  link: string | null;
}

export interface Delivery {
  id: string;
  notice: string;
  /** What the notice tells: a slug, as `task_raised`; null where it could not be read. */
  kind: string | null;
  about: string;
  about_kind: About | null;
  destination: string;
  channel: string | null;
  attempt: number;
  outcome: string;
  detail: string;
  at: string;
  next_at: string | null;
}

export interface Command {
  id: string;
  task: string;
  verb: Verb;
  actor: string;
  at: string;
  state: "sent" | "done" | "refused";
  /** Why it was decided so; null before. */
  why: Why | null;
  /** What was said with it; then what was decided, of a refusal as a predicate: "is already acknowledged by ann". */
  sentence: string;
}

export interface TaskPage extends Task {
  standing: Standing;
  rhythm: Rhythm | null;
  chances: ChanceStep[];
  addends: Addend[];
  evidence: { fact: string; occurred_at: string; severity: number; why: Why; sentence: string }[];
  follows: string | null;
  followed_by: string | null;
  resolution: Resolution | null;
  basis: { input: string; policy: string; thresholds: number };
  history: TimelineEntry[];
  deliveries: Delivery[];
  commands: Command[];
}

export interface Counts extends Record<Priority, number> {
  overdue: number;
}

export interface TaskList {
  tasks: Task[];
  total: number;
  next: string | null;
  counts: Counts;
  owners: string[];
  change: number;
  last_event_at: string | null;
}

export interface Signal {
  name: string;
  called: string;
  strength: number;
  /** What it adds to the chance; 0 where a stronger signal has the same cause, absent in alerts of before it was said. */
  share?: number;
  seen_at: string;
  why: Why;
  sentence: string;
}

/** What was decided, since when, and why. */
export interface Decided<Value> {
  now: Value;
  since: string;
  because: string | null;
}

/** How a customer stands; null where nobody has decided or said so. */
export interface Standing {
  tier: Decided<Tier> | null;
  hic: Decided<boolean> | null;
  protected: Decided<boolean> | null;
  /** A year; `said` by the company, else reckoned from purchases. */
  value: { now: number; currency: string; at: string; said: boolean } | null;
  /** 0 to 100. */
  satisfaction: { now: number; at: string } | null;
  /** With a score, said on its own scale. */
  last_answer: { at: string; sentence: string } | null;
}

/** The own gap between purchase days against the present one, in days. */
export interface Rhythm {
  purchase_days: number;
  /** The mean gap; null after one purchase day. */
  usual_days: number | null;
  silent_days: number;
  last_on: string;
  /** The least silence that may raise an alert; null where there are too few purchase days. */
  alert_from_days: number | null;
  least_purchase_days: number;
}

/** From when on which chance of leaving, by which signals; `level` is null where the alert ended. */
export interface ChanceStep {
  at: string;
  chance: number;
  level: Level | null;
  signals: { name: string; called: string; strength: number }[];
}

export interface Alert {
  id: string;
  version: number;
  customer: string;
  customer_name: string | null;
  tier: Tier;
  hic: boolean;
  hic_because: string | null;
  active: boolean;
  level: Level;
  chance: number;
  value_at_risk: number | null;
  signals: Signal[];
  /** Of the chance what no signal adds. */
  without_signals: number | null;
  newest_at: string | null;
  /** Which signals came, went, grew or faded since people were told a level, as sentences. */
  changed: string[];
  sentence: string;
  raised_at: string;
  changed_at: string;
  resolved_because: string | null;
  currency: string;
}

export interface AlertPage extends Alert {
  standing: Standing;
  rhythm: Rhythm | null;
  chances: ChanceStep[];
  history: TimelineEntry[];
}

export interface FoundCustomer {
  id: string;
  name: string | null;
  tier: Tier;
  hic: boolean;
  open_tasks: number;
  level: Level | null;
}

export interface FoundTask {
  id: string;
  customer: string;
  customer_name: string | null;
  sentence: string;
  priority: Priority;
  status: Status;
}

export interface SearchResults {
  customers: FoundCustomer[];
  tasks: FoundTask[];
}

export interface Timeline {
  timeline: TimelineEntry[];
  next: string | null;
}

export interface Customer extends Timeline {
  id: string;
  name: string | null;
  tier: Tier;
  tier_because: string | null;
  hic: boolean;
  hic_because: string | null;
  /** Of leaving; null where nothing was decided yet. */
  chance: number | null;
  owner: string | null;
  annual_value: number | null;
  renews_on: string | null;
  currency: string;
  labels: Record<string, string>;
  /** What people say of the customer: demanding, distinct, dedicated, delivery. */
  pillars: Record<string, string>;
  /** How the customer decides, as people say. */
  behaviour: string | null;
  aliases?: string[];
  standing: Standing;
  rhythm: Rhythm | null;
  chances: ChanceStep[];
  tasks: Task[];
  alert: Alert | null;
}

export interface DeadLetter {
  id: string;
  topic: string;
  partition: number;
  offset: number;
  fault: string;
  error: string;
  at: string;
  replayed_at: string | null;
  /** Bytes of the record's value. */
  size: number;
  /** Whether the letter holds all of the record: only then can it be replayed. */
  whole: boolean;
  preview: string;
}

export interface DeadLetterPage extends DeadLetter {
  key: string | null;
  value_text: string;
  headers: [string, string][];
}

export interface DeadLetters {
  letters: DeadLetter[];
  total: number;
  /** How many were not replayed yet. */
  unrepaired?: number;
  next: string | null;
}

export interface ServiceEvent {
  at: string;
  service: string;
  state: "starting" | "running" | "down";
  sentence: string;
}

/** A feed that the judgement lives on; `dried_up` where its own rhythm does not explain its silence. Lengths in seconds. */
export interface Feed {
  feed: string;
  facts: number;
  last_arrived_at: string | null;
  silent_s: number | null;
  longest_pause_s: number | null;
  dried_up: boolean;
}

/** What the judgement lives on, and what of it never arrived. */
export interface Feeds {
  feeds: Feed[];
  missing: string[];
  customers: number;
  customers_without_value: number;
}

export interface Pipeline {
  server_time: string;
  partitions: { partition: number; lag: number }[];
  lag: number | null;
  rate: { facts_per_min: number; decisions_per_min: number };
  minutes: { t: number[]; facts: number[]; decisions: number[] };
  sources: { source: string; facts: number; last_event_at: string; last_arrived_at: string }[];
  waiting: number;
  dead_letters: number;
  services: { name: string; state: string; since: string; detail: string }[];
  service_events: ServiceEvent[];
  reading: { behind_records: number | null; as_of: string | null; trouble: string | null };
}

export interface User {
  name: string;
  role: Role;
  disabled: boolean;
  /** Has a password here; others sign in with the company's account. */
  local?: boolean;
}

export interface Beat {
  server_time: string;
  last_event_at: string | null;
  change: number;
  lag: number | null;
  /** Records that the board has still to read; null while unknown. */
  behind?: number | null;
  /** Why Kafka cannot be followed at present. */
  trouble?: string | null;
  trouble_since?: string | null;
}

/** One event of the live stream. */
export type LiveEvent =
  | { kind: "task"; row: Task; change: number }
  | { kind: "alert"; row: Alert }
  | { kind: "command"; row: Command }
  | { kind: "delivery"; row: Delivery }
  | { kind: "dead_letter"; row: DeadLetter }
  | { kind: "service_event"; row: ServiceEvent }
  /** A customer asked to be erased. */
  | { kind: "erased"; row: { customer: string } }
  | { kind: "beat"; row: Beat }
  /** What is known is too old: load anew. */
  | { kind: "reset"; row: { change: number } }
  /** Not from the server: the stream begins after this change, and what was loaded before may be older. */
  | { kind: "begun"; row: { change: number } };
