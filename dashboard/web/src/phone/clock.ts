/** Room time on a phone whose own clock may be minutes wrong. Pure. */

export interface ClockSample {
  /** Room time minus phone time, ms. */
  offset: number;
  /** How long the request took, ms: half of it is how wrong the offset may be. */
  rtt: number;
  /** Phone time at which it was taken. */
  takenAt: number;
}

/** An older sample no longer counts: clocks drift, and people set them. */
const OLDEST_MS = 10 * 60_000;

/** A sample from an answer that said `roomTime` to a request which left at `sentAt` and returned at `receivedAt`. */
export function sample(roomTime: number, sentAt: number, receivedAt: number): ClockSample {
  const rtt = Math.max(0, receivedAt - sentAt);
  return { offset: roomTime - (sentAt + rtt / 2), rtt, takenAt: receivedAt };
}

/** The samples that are worth keeping, at most `keep` of them. */
export function remember(samples: ClockSample[], next: ClockSample, keep = 6): ClockSample[] {
  // A phone clock that was set since makes every older sample wrong, however quick its request was.
  const stillTrue = samples.filter(
    (one) =>
      next.takenAt - one.takenAt < OLDEST_MS &&
      Math.abs(one.offset - next.offset) <= (one.rtt + next.rtt) / 2 + 50,
  );
  return [...stillTrue, next].slice(-keep);
}

function quickest(samples: ClockSample[]): ClockSample | null {
  let best: ClockSample | null = null;
  for (const one of samples) if (best === null || one.rtt < best.rtt) best = one;
  return best;
}

/** The offset of the quickest sample: the least uncertain. 0 when there is none. */
export const offsetOf = (samples: ClockSample[]): number => quickest(samples)?.offset ?? 0;

/** How long a message takes one way, ms; 0 when nothing was measured. */
export const delayOf = (samples: ClockSample[]): number => (quickest(samples)?.rtt ?? 0) / 2;

/** A scene further ahead than this is taken to be for now: a wrong `at` must not keep a phone dark. */
const FURTHEST_MS = 30_000;

/** Milliseconds until room time `at`; 0 when it is past, missing or absurd. */
export function waitFor(at: number | null | undefined, roomNow: number): number {
  if (typeof at !== "number" || !Number.isFinite(at)) return 0;
  const wait = at - roomNow;
  return wait > 0 && wait <= FURTHEST_MS ? wait : 0;
}
