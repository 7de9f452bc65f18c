/** The heading of a page, which takes the focus when the page is reached from another, so that screen readers say where they are. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { hasNavigated } from "../router";

export function PageTitle({ children, visuallyHidden }: { children: ComponentChildren; visuallyHidden?: boolean }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    // also where it takes the place of the heading that stood there while the page was loading
    if (hasNavigated() && document.activeElement === document.body) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1} class={visuallyHidden ? "visually-hidden" : undefined}>
      {children}
    </h1>
  );
}
