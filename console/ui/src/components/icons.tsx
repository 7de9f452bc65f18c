/** The icons of the board: 16 by 16, drawn in the colour of the text, hidden from screen readers. */

const PATHS = {
  queue: "M2.5 4h11M2.5 8h11M2.5 12h7",
  rows: "M2.5 3h11M2.5 6.3h11M2.5 9.6h11M2.5 13h11",
  bell: "M8 2.2c2.3 0 3.8 1.7 3.8 4 0 3 1.2 4 1.2 4.8H3c0-.8 1.2-1.8 1.2-4.8 0-2.3 1.5-4 3.8-4ZM6.6 13.2c.3.5.8.8 1.4.8s1.1-.3 1.4-.8",
  people:
    "M6 7.2a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6ZM1.8 13.2c.3-2.5 2-3.8 4.2-3.8s3.9 1.3 4.2 3.8M10.6 2.9a2.2 2.2 0 0 1 0 4.1M12 9.7c1.3.5 2 1.7 2.2 3.5",
  letter: "M2 4h12v8.5H2ZM2.2 4.3 8 9l5.8-4.7",
  pulse: "M1.5 8.5h3l1.7-5 3 9 1.8-4h3.5",
  search: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM10.3 10.3 14 14",
  check: "M3 8.5 6.5 12 13 4.5",
  notified: "M2 8.6 4.8 11.4 10 5M7.6 10.8l.6.6L14 5",
  wait: "M5 3h6M5 13h6M5.5 3c0 2.8 5 3.6 5 5s-5 2.2-5 5M10.5 3c0 2.8-5 3.6-5 5s5 2.2 5 5",
  failed: "M8 2.2 14.3 13H1.7ZM8 6.4v3M8 11v.3",
  unsent: "M3.5 8h9",
  close: "M4 4l8 8M12 4l-8 8",
  down: "M4 6.5 8 10.5l4-4",
  person: "M8 7.6A2.6 2.6 0 1 0 8 2.4a2.6 2.6 0 0 0 0 5.2ZM3 13.6c.3-2.7 2.3-4.2 5-4.2s4.7 1.5 5 4.2",
  undo: "M5.8 3 3 5.8l2.8 2.8M3.2 5.8h6a3.6 3.6 0 0 1 0 7.2H6",
  phone: "M4.4 2.4 6.3 5 5.2 6.8c.7 1.6 2.3 3.3 4 4l1.8-1.1 2.6 1.9c-.4 1.4-1.5 2.2-2.8 2-4-.5-7.9-4.4-8.4-8.4-.2-1.3.6-2.4 2-2.8Z",
  moon: "M12.8 10.2A5.5 5.5 0 0 1 5.8 3.2a5.5 5.5 0 1 0 7 7Z",
  dot: "M8 10.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z",
  repeat: "M3 7.5A4.5 4.5 0 0 1 11 5l1.5 1.5M12.7 3v3.6H9.1M13 8.5A4.5 4.5 0 0 1 5 11L3.5 9.5M3.3 13V9.4h3.6",
  key: "M2.5 4.5h11v7h-11ZM4.8 7h.2M7 7h.2M9.2 7h.2M11.4 7h.1M5 9.3h6",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The logo of Makegood: a circle that is nearly closed, and the stroke that makes it good. */
export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d="M16.9 7.2A7.6 7.6 0 1 1 12.6 2.9" />
      <path d="m6.4 10 2.9 2.9L17.6 4.2" />
    </svg>
  );
}
