/** A browser keeps six connections to a console, and each live stream is one: hidden tabs share a few places, so that the next tab opens. */

const PLACES = ["makegood-stream-1", "makegood-stream-2", "makegood-stream-3"];

/** Take a place for a hidden tab. Resolves to what gives it back, or to null where all are taken. */
export async function takePlace(): Promise<(() => void) | null> {
  if (!("locks" in navigator)) return null; // no place can be counted on a page without https
  for (const place of PLACES) {
    const given = await tryPlace(place);
    if (given) return given;
  }
  return null;
}

function tryPlace(name: string): Promise<(() => void) | null> {
  return new Promise((told) => {
    void navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      if (!lock) return told(null);
      return new Promise<void>((free) => told(free)); // held until it is given back, or the tab ends
    });
  });
}
