/** Slots for the streams of hidden tabs: a browser allows six connections to a server, so hidden tabs share three and the next tab still opens. */

const SLOTS = ["makegood-stream-1", "makegood-stream-2", "makegood-stream-3"];

/** Take a slot for a hidden tab. Resolves to a function that releases it, or to null where all are taken. */
export async function acquireSlot(): Promise<(() => void) | null> {
  if (!("locks" in navigator)) return null; // Web Locks need https
  for (const slot of SLOTS) {
    const release = await tryAcquire(slot);
    if (release) return release;
  }
  return null;
}

function tryAcquire(name: string): Promise<(() => void) | null> {
  return new Promise((resolve) => {
    void navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      if (!lock) return resolve(null);
      return new Promise<void>((release) => resolve(release)); // the lock is held until it is released, or the tab closes
    });
  });
}
