/** Asks for what a verb needs: a note, a reason, until when, or how it ended. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { submitHandler } from "../forms";
import { actionDialog, runAction } from "../store/actions";
import type { CommandFields } from "../store/operations";
import { freeze } from "../store/queue";
import { atHour, daysToMonday, fromInput, moment, now, toInput, zone } from "../time";
import type { Task, Verb } from "../types";
import { nameOf, plural } from "../wording";
import { Dialog } from "./dialog";

interface DialogSpec {
  title: (who: string) => string;
  /** What the streams will ask of it, said beforehand. */
  explanation: string;
  fields: { name: keyof CommandFields; label: string; hint?: string; required?: boolean }[];
  submitLabel: string;
}

const DIALOGS: Partial<Record<Verb, DialogSpec>> = {
  contact: {
    title: (who) => `You contacted ${who}`,
    explanation: "This stops the SLA clock.",
    fields: [{ name: "note", label: "What was said (optional)", hint: "They expect the courier on Thursday before 10" }],
    submitLabel: "Mark as contacted",
  },
  resolve: {
    title: (who) => `Resolve ${who}`,
    explanation: "So that it does not happen again, and the next one knows what helped.",
    fields: [
      { name: "cause", label: "What caused it", hint: "The carrier lost the pallet", required: true },
      { name: "action", label: "What was done", hint: "Sent a new one by van, apologised by phone", required: true },
      { name: "outcome", label: "What came of it", hint: "They are content, and stay", required: true },
    ],
    submitLabel: "Resolve",
  },
  dismiss: {
    title: (who) => `Dismiss ${who}`,
    explanation: "For what needs no recovery. The reason stays with the task.",
    fields: [{ name: "reason", label: "Why it needs none", hint: "A test order of our own", required: true }],
    submitLabel: "Dismiss",
  },
  snooze: {
    title: (who) => `Snooze ${who}`,
    explanation: "It comes back by itself. Until then nobody is reminded of it; its due time stays.",
    fields: [],
    submitLabel: "Snooze",
  },
};

export function ActionDialog() {
  const request = actionDialog.value;
  const dialog = request && DIALOGS[request.verb];
  useEffect(() => freeze("dialog", request !== null), [request]);
  if (!request || !dialog) return null;
  const who = request.tasks.length === 1 && request.tasks[0] ? nameOf(request.tasks[0]) : plural(request.tasks.length, "task");
  const submit = (fields: CommandFields) => {
    actionDialog.value = null;
    void runAction(request.verb, request.tasks, fields);
  };
  return (
    <Dialog title={dialog.title(who)} close={() => (actionDialog.value = null)}>
      <h2>{dialog.title(who)}</h2>
      <p class="muted">{dialog.explanation}</p>
      {request.verb === "snooze" ? <SnoozeForm tasks={request.tasks} submit={submit} /> : <TextForm dialog={dialog} submit={submit} />}
    </Dialog>
  );
}

interface FormProps {
  submit: (fields: CommandFields) => void;
}

function TextForm({ dialog, submit }: FormProps & { dialog: DialogSpec }) {
  const error = useSignal("");
  const send = (form: HTMLFormElement) => {
    const data = new FormData(form);
    const fields: CommandFields = {};
    for (const { name, label, required } of dialog.fields) {
      const text = String(data.get(name)).trim();
      if (required && !text) {
        error.value = `Needed: ${label.toLowerCase()}.`;
        form.querySelector<HTMLElement>(`[name=${name}]`)?.focus();
        return;
      }
      if (text) fields[name] = text;
    }
    submit(fields);
  };
  return (
    <form novalidate onSubmit={submitHandler(send)} onKeyDown={submitOnCtrlEnter}>
      {dialog.fields.map(({ name, label, hint, required }) => (
        <label key={name} class="field">
          {label}
          <textarea name={name} rows={2} maxLength={4000} placeholder={hint} required={required ?? false} />
        </label>
      ))}
      <p class="bad" role="alert">
        {error.value}
      </p>
      <Buttons label={dialog.submitLabel} />
    </form>
  );
}

/** Enter alone makes a new line; with Ctrl or Cmd it sends. */
function submitOnCtrlEnter(event: KeyboardEvent): void {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) (event.currentTarget as HTMLFormElement).requestSubmit();
}

function Buttons({ label }: { label: string }) {
  return (
    <div class="buttons">
      <button type="button" class="button" onClick={() => (actionDialog.value = null)}>
        Cancel
      </button>
      <button type="submit" class="button primary">
        {label}
        <kbd>Ctrl ⏎</kbd>
      </button>
    </div>
  );
}

const HOUR = 3_600_000;

/** A week is the longest snooze: streams refuse more. */
const MAX_SNOOZE_MS = 7 * 24 * HOUR;

/** The usual lengths of a snooze. */
function presets(at: number): { label: string; until: number }[] {
  const all = [
    { label: "1 hour", until: at + HOUR },
    { label: "4 hours", until: at + 4 * HOUR },
    { label: "Tomorrow at 9", until: atHour(at, 1, 9) },
    { label: "Monday at 9", until: atHour(at, daysToMonday(at), 9) },
  ];
  return all.filter(({ until }) => until <= at + MAX_SNOOZE_MS);
}

/** When the first of them is due, of those that are not yet. */
function earliestDue(tasks: readonly Task[], at: number): number | null {
  const dues = tasks.filter((task) => !task.responded).map((task) => Date.parse(task.due_at));
  const ahead = dues.filter((due) => due > at);
  return ahead.length ? Math.min(...ahead) : null;
}

function SnoozeForm({ tasks, submit }: FormProps & { tasks: Task[] }) {
  const at = now.peek();
  const due = earliestDue(tasks, at);
  const error = useSignal("");
  const snooze = (until: number | null) => {
    if (until === null) error.value = "Needed: a day and an hour.";
    else if (until <= now.peek()) error.value = "That is past: choose a time to come.";
    else submit({ until: new Date(until).toISOString() });
  };
  const own = (form: HTMLFormElement) => snooze(fromInput(String(new FormData(form).get("until"))));
  return (
    <form novalidate onSubmit={submitHandler(own)}>
      <div class="presets">
        {presets(at).map(({ label, until }) => (
          <button key={label} type="button" class="button" onClick={() => snooze(until)}>
            {label}
            <span class="muted">
              {moment(until, at)}
              {due !== null && until > due && ", after it is due"}
            </span>
          </button>
        ))}
      </div>
      <label class="field">
        Or until ({zone.value})
        <input
          type="datetime-local"
          name="until"
          min={toInput(at)}
          max={toInput(at + MAX_SNOOZE_MS)}
          defaultValue={toInput(at + 2 * HOUR)}
        />
      </label>
      <p class="bad" role="alert">
        {error.value}
      </p>
      <Buttons label="Snooze until then" />
    </form>
  );
}
