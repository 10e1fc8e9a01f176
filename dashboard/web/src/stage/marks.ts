/** Every phone's mark in typed arrays, and which of them must be drawn again. Pure but for its own memory. */

import { CONNECTED, VISIBLE } from "../feed/room";
import type { MarkGroup, TraitGroup } from "../feed/wire";

/** In a dimension: the phone does not report this fact. Values beyond it share it. */
export const UNSAID = 255;
/** No colour reported. */
export const NO_COLOUR = -1;

/** Slots beyond this are a broken feed, not a room: they would cost the memory of the machine on stage. */
const MOST_SLOTS = 100_000;

const isSlot = (slot: number): boolean => Number.isInteger(slot) && slot >= 1 && slot <= MOST_SLOTS;

export class Marks {
  /** For each dimension of the feed's facts, by slot, an index into its values, or `UNSAID`. */
  traits: Uint8Array[] = [];
  flags = new Uint8Array(256);
  /** 0xRRGGBB or `NO_COLOUR`. */
  colour = new Int32Array(256).fill(NO_COLOUR);
  /** 1 where a phone has or had its place. */
  present = new Uint8Array(256);
  highest = 0;
  /** Somebody came, went, or has another system; whoever regroups sets it back. */
  membersChanged = false;
  /** Somebody has another colour, or looks at the phone or away; whoever regroups sets it back. */
  looksChanged = false;
  private readonly changed = new Set<number>();

  /** Applies marks and remembers whose cells changed. */
  apply(groups: readonly MarkGroup[]): void {
    for (const [flags, text, slots] of groups) {
      const value = text === "" ? Number.NaN : Number.parseInt(text, 16);
      const colour = Number.isNaN(value) ? NO_COLOUR : value;
      for (const slot of slots) this.set(slot, flags, colour);
    }
  }

  /** Applies who phones are. */
  applyTraits(groups: readonly TraitGroup[]): void {
    for (const [indices, slots] of groups) {
      for (const slot of slots) {
        if (!isSlot(slot)) continue;
        this.reserve(slot);
        indices.forEach((index, dimension) => {
          this.dimension(dimension)[slot] = index < 0 ? UNSAID : Math.min(index, UNSAID);
        });
        this.changed.add(slot);
        this.membersChanged = true;
      }
    }
  }

  /** By slot: indices into the values of a dimension, 0 for `os`. */
  dimension(dimension: number): Uint8Array {
    while (this.traits.length <= dimension) {
      this.traits.push(new Uint8Array(this.flags.length).fill(UNSAID));
    }
    return this.traits[dimension] as Uint8Array;
  }

  /** By slot: the index of the phone's operating system. */
  get family(): Uint8Array {
    return this.dimension(0);
  }

  private set(slot: number, flags: number, colour: number): void {
    if (!isSlot(slot)) return;
    this.reserve(slot);
    this.changed.add(slot);
    if (flags < 0) {
      this.present[slot] = 0;
      this.membersChanged = true;
      return;
    }
    const came = !this.present[slot] || ((this.flags[slot] ?? 0) ^ flags) & CONNECTED;
    if (came) this.membersChanged = true;
    if (this.colour[slot] !== colour || ((this.flags[slot] ?? 0) ^ flags) & VISIBLE) this.looksChanged = true;
    this.present[slot] = 1;
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
    this.traits = this.traits.map((old) => grow(old, new Uint8Array(size).fill(UNSAID)));
    this.flags = grow(this.flags, new Uint8Array(size));
    this.colour = grow(this.colour, new Int32Array(size).fill(NO_COLOUR));
    this.present = grow(this.present, new Uint8Array(size));
  }
}
