/**
 * What to do with the connection when the phone wakes. Pure.
 *
 * A phone that slept may hold a socket that says OPEN and is dead; the only proof of life is an answer. So after a
 * wake, anything older than two seconds is probed, and rebuilt at once when the probe is not answered in time.
 */

export type LinkPhase = "idle" | "connecting" | "live" | "waiting";

export interface LinkHealth {
  phase: LinkPhase;
  /** When the last packet came in, ms. */
  lastInboundAt: number;
  /** When the present attempt to connect began, ms. */
  attemptAt: number;
}

export type Remedy = "nothing" | "probe" | "rebuild";

/** A packet younger than this proves that the connection lives. */
export const FRESH_MS = 2_000;
/** How long a probe may take before the connection counts as dead. */
export const PROBE_MS = 1_500;
/** How long a connection may take to be made. */
export const CONNECT_MS = 5_000;
/** Seconds between pings; also what the broker waits (1.5 times) before it sends the will. */
export const KEEPALIVE_S = 15;
/** Silence longer than a ping and its answer need: the connection is suspect though nobody slept. */
export const SILENCE_MS = KEEPALIVE_S * 1_000 + 3_000;
/** Between ticks. */
export const TICK_MS = 1_000;
/** A gap between two ticks that only sleep explains. */
export const JUMP_MS = 5_000;

/** True when the clock jumped between two ticks: the phone slept without telling. Also true when it ran backwards. */
export function jumped(previousTickAt: number, now: number): boolean {
  return now - previousTickAt > TICK_MS + JUMP_MS || now < previousTickAt - JUMP_MS;
}

/** The remedy after a wake: visible again, shown again, network back, or a jump of the clock. */
export function onWake(link: LinkHealth, now: number): Remedy {
  switch (link.phase) {
    case "idle":
      return "nothing";
    case "waiting":
      return "rebuild";
    case "connecting":
      // An attempt from before the sleep waits for an answer that went elsewhere.
      return Math.abs(now - link.attemptAt) > FRESH_MS ? "rebuild" : "nothing";
    case "live":
      return Math.abs(now - link.lastInboundAt) <= FRESH_MS ? "nothing" : "probe";
  }
}

/** The remedy on an ordinary tick. */
export function onTick(link: LinkHealth, now: number): Remedy {
  return link.phase === "live" && now - link.lastInboundAt > SILENCE_MS ? "probe" : "nothing";
}

/**
 * Which messages of one connection are the truth even when they are older than what the phone knows: a retained message
 * that is the first on its topic. NATS may bring one after the change that replaced it.
 */
export class FirstWords {
  private readonly heard = new Set<string>();

  take(topic: string, retained: boolean): boolean {
    const first = !this.heard.has(topic);
    this.heard.add(topic);
    return first && retained;
  }
}
