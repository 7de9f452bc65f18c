/** Who may sign in, for admins: add, change the role, disable, enable, and give a new password. */
import { useSignal } from "@preact/signals";
import { ApiError, me, send } from "../api";
import { ErrorState, Skeleton } from "../components/page-states";
import { PageTitle } from "../components/page-title";
import { submitHandler } from "../forms";
import { useQuery } from "../store/use-query";
import { ROLES, type Role, type User } from "../types";

/** What came of the last change: a sentence, and a password that is shown once. */
interface ChangeResult {
  sentence: string;
  password: string | null;
  bad: boolean;
}

const ROLE_DESCRIPTIONS: Record<Role, string> = {
  viewer: "looks",
  agent: "acts on tasks, one at a time",
  lead: "acts on several at once",
  admin: "looks after users",
};

export function UsersPage() {
  const { state, reload } = useQuery<{ users: User[] }>("users", () => false);
  const result = useSignal<ChangeResult | null>(null);
  const { data, error } = state.value;
  const change = async (method: "POST" | "PATCH", address: string, body: object, sentence: string) => {
    try {
      const answer = await send<{ password: string | null }>(method, address, body);
      result.value = { sentence, password: answer.password, bad: false };
      reload();
      return true;
    } catch (failed) {
      if (!(failed instanceof ApiError)) throw failed;
      result.value = { sentence: failed.message, password: null, bad: true };
      return false;
    }
  };
  return (
    <div class="page">
      <div class="page-header">
        <PageTitle>Users</PageTitle>
        <p class="muted">{ROLES.map((role) => `${role}: ${ROLE_DESCRIPTIONS[role]}`).join("; ")}; each may do what those before may.</p>
      </div>
      <div role="status">{result.value && <ResultCard result={result.value} />}</div>
      {error && <ErrorState error={error} retry={reload} />}
      {!data && !error && <Skeleton lines={5} />}
      {data && (
        <div class="stack">
          <Table users={data.users} change={change} />
          <AddUser change={change} />
        </div>
      )}
    </div>
  );
}

type Change = (method: "POST" | "PATCH", address: string, body: object, sentence: string) => Promise<boolean>;

function ResultCard({ result }: { result: ChangeResult }) {
  return (
    <div class={result.bad ? "card bad" : "card"}>
      <p>{result.sentence}</p>
      {result.password && (
        <p class="command">
          Password, shown this once: <code>{result.password}</code>
        </p>
      )}
    </div>
  );
}

function Table({ users, change }: { users: readonly User[]; change: Change }) {
  return (
    <div class="card flush">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Role</th>
            <th scope="col">May sign in</th>
            <th scope="col">
              <span class="visually-hidden">Changes</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {users.map((user) => (
            <UserRow key={user.name} user={user} change={change} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function UserRow({ user, change }: { user: User; change: Change }) {
  const patch = (body: object, sentence: string) => void change("PATCH", `users/${encodeURIComponent(user.name)}`, body, sentence);
  const isMe = user.name === me.value?.name;
  return (
    <tr data-user={user.name}>
      <td>
        {user.name}
        {isMe && <span class="muted"> (you)</span>}
      </td>
      <td>
        <select
          aria-label={`Role of ${user.name}`}
          value={user.role}
          disabled={isMe}
          onChange={(event) =>
            patch(
              { role: event.currentTarget.value },
              `${user.name} has the role ${event.currentTarget.value} now, and has to sign in again.`,
            )
          }
        >
          {ROLES.map((role) => (
            <option key={role} value={role}>
              {role}
            </option>
          ))}
        </select>
      </td>
      <td>{user.disabled ? <span class="bad">no</span> : "yes"}</td>
      <td class="row-buttons">
        {!isMe && (
          <button
            type="button"
            class="button small"
            onClick={() =>
              patch(
                { disabled: !user.disabled },
                user.disabled ? `${user.name} may sign in again.` : `${user.name} may not sign in any more; open pages end.`,
              )
            }
          >
            {user.disabled ? "Enable" : "Disable"}
          </button>
        )}
        {!isMe && user.local !== false && (
          <button type="button" class="button small" onClick={() => patch({ reset_password: true }, `${user.name} has a new password.`)}>
            New password
          </button>
        )}
      </td>
    </tr>
  );
}

function AddUser({ change }: { change: Change }) {
  const submit = async (form: HTMLFormElement) => {
    const data = new FormData(form);
    const name = String(data.get("name")).trim();
    const added = await change("POST", "users", { name, role: String(data.get("role")) }, `${name} was added.`);
    if (added) form.reset();
  };
  return (
    <section class="card" aria-label="Add a user">
      <h2>Add a user</h2>
      <form class="inline-form" onSubmit={submitHandler((form) => void submit(form))}>
        <label>
          Name <input name="name" required maxLength={64} autocomplete="off" />
        </label>
        <label>
          Role{" "}
          <select name="role">
            {ROLES.map((role) => (
              <option key={role} selected={role === "agent"}>
                {role}
              </option>
            ))}
          </select>
        </label>
        <button type="submit" class="button primary">
          Add
        </button>
        <span class="muted">A random password is made and shown once.</span>
      </form>
    </section>
  );
}
