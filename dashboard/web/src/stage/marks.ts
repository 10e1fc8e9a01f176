/** Every phone's mark in typed arrays, and which of them must be drawn again. Pure but for its own memory. */

import { CONNECTED } from "../feed/room";
import type { MarkGroup } from "../feed/wire";

/** Families beyond this share the ring. */
export const NO_FAMILY = 255;
/** No colour reported. */
export const NO_COLOUR = -1;

/** Slots beyond this are a broken feed, not a room: they would cost the memory of the machine on stage. */
const MOST_SLOTS = 100_000;

export class Marks {
  family = new Uint8Array(256).fill(NO_FAMILY);
  flags = new Uint8Array(256);
  /** 0xRRGGBB or `NO_COLOUR`. */
  colour = new Int32Array(256).fill(NO_COLOUR);
  /** 1 where a phone has or had its place. */
  present = new Uint8Array(256);
  highest = 0;
  /** Somebody came, went, or has another system; whoever regroups sets it back. */
  membersChanged = false;
  /** Somebody has another colour; whoever regroups sets it back. */
  coloursChanged = false;
  private readonly changed = new Set<number>();

  /** Applies marks and remembers whose cells changed. */
  apply(groups: readonly MarkGroup[]): void {
    for (const [family, flags, text, slots] of groups) {
      const value = text === "" ? Number.NaN : Number.parseInt(text, 16);
      const colour = Number.isNaN(value) ? NO_COLOUR : value;
      for (const slot of slots) this.set(slot, family, flags, colour);
    }
  }

  private set(slot: number, family: number, flags: number, colour: number): void {
    if (!Number.isInteger(slot) || slot < 1 || slot > MOST_SLOTS) return;
    this.reserve(slot);
    this.changed.add(slot);
    if (family < 0) {
      this.present[slot] = 0;
      this.membersChanged = true;
      return;
    }
    const came = !this.present[slot] || ((this.flags[slot] ?? 0) ^ flags) & CONNECTED;
    if (came || this.family[slot] !== family) this.membersChanged = true;
    if (this.colour[slot] !== colour) this.coloursChanged = true;
    this.present[slot] = 1;
    this.family[slot] = Math.min(family, NO_FAMILY);
    this.flags[slot] = flags;
    this.colour[slot] = colour;
    if (slot > this.highest) this.highest = slot;
  }

  /** Forgets everything: a new snapshot follows. */
  clear(): void {
    this.present.fill(0);
    this.highest = 0;
    this.changed.clear();
  }

  /** The changed slots since the last call. */
  takeChanged(): number[] {
    const slots = [...this.changed];
    this.changed.clear();
    return slots;
  }

  get hasChanged(): boolean {
    return this.changed.size > 0;
  }

  /** How many connected phones show each colour, and how many have the given flag. */
  countColours(): Map<number, number> {
    const counts = new Map<number, number>();
    for (let slot = 1; slot <= this.highest; slot++) {
      if (!this.present[slot] || !((this.flags[slot] ?? 0) & CONNECTED)) continue;
      const colour = this.colour[slot] ?? NO_COLOUR;
      counts.set(colour, (counts.get(colour) ?? 0) + 1);
    }
    return counts;
  }

  /** How many present phones have all of `flags`. */
  count(flags: number): number {
    let total = 0;
    for (let slot = 1; slot <= this.highest; slot++) {
      if (this.present[slot] && ((this.flags[slot] ?? 0) & flags) === flags) total += 1;
    }
    return total;
  }

  private reserve(slot: number): void {
    if (slot < this.flags.length) return;
    const size = 2 ** Math.ceil(Math.log2(slot + 1));
    const grow = <T extends Uint8Array | Int32Array>(old: T, next: T): T => {
      next.set(old);
      return next;
    };
    this.family = grow(this.family, new Uint8Array(size).fill(NO_FAMILY));
    this.flags = grow(this.flags, new Uint8Array(size));
    this.colour = grow(this.colour, new Int32Array(size).fill(NO_COLOUR));
    this.present = grow(this.present, new Uint8Array(size));
  }
}
