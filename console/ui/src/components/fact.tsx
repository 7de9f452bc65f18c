/** A card of a page, and one fact in it. */
import type { ComponentChildren } from "preact";

export function Card({ title: name, children, class: kind = "" }: { title: string; children: ComponentChildren; class?: string }) {
  return (
    <section class={`card ${kind}`} aria-label={name}>
      <h2>{name}</h2>
      {children}
    </section>
  );
}

export function Fact({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
