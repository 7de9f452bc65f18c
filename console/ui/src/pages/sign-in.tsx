/** Signing in: by name and password, or with the company's account where there is one. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ApiError, oidc } from "../api";
import { signIn } from "../session";
import { Mark } from "../parts/icons";
import { title } from "../title";
import { query } from "../router";

export function SignInPage() {
  const failure = useSignal("");
  const busy = useSignal(false);
  useEffect(() => {
    title.value = "Sign in";
    document.querySelector<HTMLInputElement>("#name")?.focus();
  }, []);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement);
    busy.value = true;
    try {
      await signIn(String(given.get("name")), String(given.get("password")));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      failure.value = error.message;
      document.querySelector<HTMLInputElement>("#password")?.select();
    } finally {
      busy.value = false;
    }
  };
  return (
    <main class="sign-in">
      <form onSubmit={(event) => void submit(event)}>
        <p class="brand">
          <Mark />
          Makegood
        </p>
        <h1>Sign in</h1>
        {query.value.has("next") && <p class="muted">Then you go on where you were.</p>}
        <label for="name">Name</label>
        <input id="name" name="name" autocomplete="username" required maxLength={256} />
        <label for="password">Password</label>
        <input id="password" name="password" type="password" autocomplete="current-password" required maxLength={1024} />
        <p class="bad" role="alert">
          {failure.value}
        </p>
        <button type="submit" class="button primary" disabled={busy.value}>
          Sign in
        </button>
        {oidc.value && (
          <a class="button" href={oidc.value.url}>
            {oidc.value.label}
          </a>
        )}
        <p class="muted">No account, or the password is lost? An admin of this board can help.</p>
      </form>
    </main>
  );
}
