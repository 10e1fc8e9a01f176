/**
 * Which way the packets go: by websocket, or by plain requests where a proxy lets no websocket through. Pure.
 *
 * Only a websocket of which nothing was ever heard counts as blocked: one that a busy server closes does not.
 */

export type Way = "websocket" | "requests";

export interface Ways {
  way: Way;
  /** Websockets in a row of which nothing was heard. */
  silent: number;
  /** Returns to the websocket that were considered since it last worked. */
  probes: number;
}

export const FIRST_WAY: Ways = { way: "websocket", silent: 0, probes: 0 };

/** A websocket that fails twice is blocked. */
const SILENT_MAX = 2;
/** The first look whether the websocket works again comes soon: a server that was restarted is no proxy. */
const PROBE_FIRST_MS = 5_000;
const PROBE_CAP_MS = 60_000;

/** Nothing was heard on this attempt: the next one after two websockets is by requests, and after that anew. */
export function unheard(ways: Ways): Ways {
  if (ways.way === "requests") return { ...ways, way: "websocket", silent: 0 };
  const silent = ways.silent + 1;
  return { ...ways, silent, way: silent >= SILENT_MAX ? "requests" : "websocket" };
}

/** Connected. */
export function heard(ways: Ways): Ways {
  return ways.way === "websocket" ? FIRST_WAY : { ...ways, silent: 0 };
}

/** One more look at the websocket; when it `opens`, the next attempt goes by it. */
export function probed(ways: Ways, opens: boolean): Ways {
  return { way: opens ? "websocket" : "requests", silent: 0, probes: ways.probes + 1 };
}

/** Milliseconds between connecting by requests, or the last look, and the next look. */
export function untilProbe(ways: Ways): number {
  return Math.min(PROBE_CAP_MS, PROBE_FIRST_MS * 2 ** Math.min(ways.probes, 8));
}
