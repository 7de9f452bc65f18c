/** Forms that the page handles itself instead of the browser. */
import type { TargetedSubmitEvent } from "preact";

/** An `onSubmit` that hands the form to `handle` and keeps the browser from loading a page. */
export function submitHandler(handle: (form: HTMLFormElement) => void): (event: TargetedSubmitEvent<HTMLFormElement>) => void {
  return (event) => {
    event.preventDefault();
    handle(event.currentTarget);
  };
}
