/** A dialog: the browser's own, which keeps the keyboard inside and gives it back where it was. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

interface Props {
  title: string;
  close: () => void;
  children: ComponentChildren;
  class?: string;
}

export function Dialog({ title, close, children, class: kind = "" }: Props) {
  const box = useRef<HTMLDialogElement>(null);
  // at once, not after the next picture: keys that follow are already for the dialog
  useLayoutEffect(() => {
    const before = document.activeElement;
    const dialog = box.current;
    dialog?.showModal();
    return () => {
      dialog?.close(); // while it is open, what lies behind it takes no keyboard
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);
  // Escape: `cancel` comes before the browser hides it, so that a key pressed next already finds it closed; `close` comes a while after,
  // and not for a dialog that has gone: another may have been opened meanwhile
  const closed = () => box.current && close();
  const pressedOutside = (event: MouseEvent) => event.target === box.current && close();
  return (
    <dialog ref={box} class={`dialog ${kind}`} aria-label={title} onCancel={close} onClose={closed} onMouseDown={pressedOutside}>
      <div class="dialog-body">{children}</div>
    </dialog>
  );
}
