/** Signing in: by name and password, or with the company's account where there is one. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ApiError, localAccounts, oidc } from "../api";
import { Logo } from "../components/icons";
import { submitHandler } from "../forms";
import { query } from "../router";
import { signIn } from "../session";
import { title } from "../tab-title";

export function SignInPage() {
  useEffect(() => {
    title.value = "Sign in";
    document.querySelector<HTMLInputElement>("#name")?.focus();
  }, []);
  return (
    <main class="sign-in">
      <div class="sign-in-box">
        <p class="brand">
          <Logo />
          Makegood
        </p>
        <h1>Sign in</h1>
        {query.value.has("next") && <p class="muted">Then you go on where you were.</p>}
        {localAccounts.value && <PasswordForm />}
        {oidc.value && (
          <a class="button" href={oidc.value.url}>
            {oidc.value.label}
          </a>
        )}
        <p class="muted">No account, or the password is lost? An admin of this board can help.</p>
      </div>
    </main>
  );
}

function PasswordForm() {
  const failure = useSignal("");
  const busy = useSignal(false);
  const submit = async (form: HTMLFormElement) => {
    const data = new FormData(form);
    busy.value = true;
    try {
      await signIn(String(data.get("name")).trim(), String(data.get("password")));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      failure.value = error.message;
      form.querySelector<HTMLInputElement>("#password")?.select();
    } finally {
      busy.value = false;
    }
  };
  return (
    <form onSubmit={submitHandler((form) => void submit(form))}>
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
    </form>
  );
}
