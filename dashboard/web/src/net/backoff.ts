/** When to try again after a lost connection: exponential with full jitter, quick at first, patient later. Pure. */

/** The first wait is at most this, in milliseconds. */
export const BASE_MS = 500;
/** For the first half minute people look at the screen and wait: never longer than this. */
export const EAGER_CAP_MS = 2_000;
export const EAGER_FOR_MS = 30_000;
/** After that the server is really gone; thousands of phones must not hammer it when it returns. */
export const PATIENT_CAP_MS = 10_000;

/**
 * Milliseconds to wait before attempt number `attempt` (0 is the first retry) of an outage that began `outageMs` ago.
 * `random` is in [0, 1): the whole range is used ("full jitter"), so that a hall of phones spreads evenly.
 */
export function backoff(attempt: number, outageMs: number, random: number): number {
  const cap = outageMs < EAGER_FOR_MS ? EAGER_CAP_MS : PATIENT_CAP_MS;
  return random * Math.min(cap, BASE_MS * 2 ** Math.min(attempt, 16));
}
