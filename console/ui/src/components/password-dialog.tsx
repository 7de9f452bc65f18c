/** Changing one's own password. */
import { signal, useSignal } from "@preact/signals";
import { ApiError, send } from "../api";
import { submitHandler } from "../forms";
import { setUser } from "../session";
import { announce } from "../store/actions";
import type { Me } from "../types";
import { Dialog } from "./dialog";

export const passwordOpen = signal(false);
const MIN_LENGTH = 12;

export function PasswordDialog() {
  const failure = useSignal("");
  const close = () => (passwordOpen.value = false);
  const submit = async (form: HTMLFormElement) => {
    const data = new FormData(form);
    const password = String(data.get("new"));
    if (password.length < MIN_LENGTH) {
      failure.value = `A password has at least ${MIN_LENGTH} characters.`;
      return;
    }
    try {
      setUser(await send<Me>("POST", "me/password", { old: String(data.get("old")), new: password }));
      announce("Your password is changed.");
      close();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      failure.value = error.message;
    }
  };
  return (
    <Dialog title="Change your password" close={close}>
      <h2>Change your password</h2>
      <p class="muted">Your other sessions end with it.</p>
      <form novalidate onSubmit={submitHandler((form) => void submit(form))}>
        <label class="field">
          Current password
          <input name="old" type="password" autocomplete="current-password" />
        </label>
        <label class="field">
          New password, {MIN_LENGTH} characters at least
          <input name="new" type="password" autocomplete="new-password" />
        </label>
        <p class="bad" role="alert">
          {failure.value}
        </p>
        <div class="buttons">
          <button type="button" class="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="button primary">
            Change
          </button>
        </div>
      </form>
    </Dialog>
  );
}
