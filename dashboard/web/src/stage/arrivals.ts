/** How long phones took to show a scene, from its `at` to their reports as the feed tells them. Pure. */

import { CONNECTED, SHOWN, VISIBLE } from "../feed/room";
import type { Scene } from "../feed/wire";
import type { Marks } from "./marks";

/** Milliseconds per bar. */
export const BAR_MS = 100;
/** Bars; the last has everything later. */
export const BARS = 20;

const AWAKE = CONNECTED | VISIBLE;

export interface Spread {
  /** Phones per bar of `BAR_MS`. */
  bars: number[];
  /** Phones that were awake when the scene came, and how many of them have shown it. */
  awaited: number;
  arrived: number;
  /** Milliseconds within which half and 95 % of the arrived did; null before anybody has. */
  half: number | null;
  most: number | null;
}

/** Phones count that were awake when the scene came: who joins or wakes later was not slow. */
export class Arrivals {
  private version: number | null = null;
  private at = 0;
  private awaiting = new Set<number>();
  private awaited = 0;
  private times: number[] = [];

  /** The feed has told something: `now` is room time in ms, `slots` those that changed (null: all are new). */
  hear(scene: Scene | null, marks: Marks, slots: Iterable<number> | null, now: number): void {
    if ((scene?.version ?? null) !== this.version) this.begin(scene, marks, slots === null);
    else if (slots === null) this.missed(marks);
    if (this.version === null) return;
    for (const slot of slots ?? []) {
      // Who is gone is not late; whoever gets the number next was not asked.
      if (!marks.present[slot] && this.awaiting.delete(slot)) this.awaited -= 1;
      if (!((marks.flags[slot] ?? 0) & SHOWN) || !this.awaiting.delete(slot)) continue;
      this.times.push(Math.max(0, now - this.at));
    }
  }

  /** Null while there is no scene, or only one from before this page was opened. */
  spread(): Spread | null {
    if (this.awaited === 0) return null;
    const bars = new Array<number>(BARS).fill(0);
    for (const time of this.times) {
      const bar = Math.min(BARS - 1, Math.floor(time / BAR_MS));
      bars[bar] = (bars[bar] ?? 0) + 1;
    }
    const sorted = Float64Array.from(this.times).sort();
    const within = (part: number): number | null => sorted[Math.ceil(sorted.length * part) - 1] ?? null;
    return { bars, awaited: this.awaited, arrived: sorted.length, half: within(0.5), most: within(0.95) };
  }

  /** The feed was away: who has shown the scene meanwhile did so at a time that we do not know. */
  private missed(marks: Marks): void {
    for (const slot of this.awaiting) {
      if (!marks.present[slot] || (marks.flags[slot] ?? 0) & SHOWN) this.awaiting.delete(slot);
    }
    this.awaited = this.awaiting.size + this.times.length;
  }

  private begin(scene: Scene | null, marks: Marks, unknown: boolean): void {
    const shows = Boolean(scene?.by || scene?.color || scene?.wave || scene?.blank);
    this.version = scene?.version ?? null;
    this.at = scene?.at ?? 0;
    this.awaiting.clear();
    this.times = [];
    // What was shown before we looked has no time that we could know.
    for (let slot = 1; shows && !unknown && slot <= marks.highest; slot++) {
      if (marks.present[slot] && ((marks.flags[slot] ?? 0) & AWAKE) === AWAKE) this.awaiting.add(slot);
    }
    this.awaited = this.awaiting.size;
  }
}
