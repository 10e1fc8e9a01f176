/** Polls that are not anonymous: which answer each phone's mark flies to. Pure. */

import type { Poll } from "../../feed/wire";
import { labelsOf, letter } from "../../room/poll";
import { shares } from "../../room/shares";
import type { Row } from "../legend";

export interface Answers {
  rows: Row[];
  /** The row of a slot. */
  groupOf: (slot: number) => number;
}

/** What a mark can fly to: one answer each. Of many choices, and of words, a phone has several. */
const SINGLE = ["single", "yesno", "abcd", "quiz", "rating", "estimate"];

/** Columns whose names can be read from the last row; more only when they are called by a number. */
const MOST_NAMED = 6;
const NUMBER_LETTERS = 3;

/** Options that are called by their letter. */
const CALLED = ["single", "yesno", "quiz"];

/** The rows and who stands in which, `noAnswer` last; none while it is not known or must not be. */
export function answersOf(poll: Poll | null, connected: number, noAnswer: string): Answers | null {
  const { slots } = poll ?? {};
  if (!poll || !slots || poll.anonymous || poll.state !== "revealed" || !SINGLE.includes(poll.kind))
    return null;
  if (poll.kind === "quiz" && (poll.max_choices ?? 1) > 1) return null;
  const labels = labelsOf(poll, slots);
  if (labels.length > MOST_NAMED && labels.some((label) => label.length > NUMBER_LETTERS)) return null;
  const groups = new Map<number, number>();
  labels.forEach((label, index) => {
    for (const slot of slots[label] ?? []) groups.set(slot, index);
  });
  const counts = labels.map((label) => slots[label]?.length ?? 0);
  const parts = shares(counts);
  const rows = labels.map((label, option): Row => {
    const right = poll.right?.includes(label) ?? false;
    const name = CALLED.includes(poll.kind) ? `${letter(option)} ${label}` : label;
    return {
      name: right ? `✓ ${name}` : name,
      right,
      family: null,
      colour: null,
      option,
      count: counts[option] ?? 0,
      share: parts[option] ?? null,
    };
  });
  const silent = Math.max(0, connected - groups.size);
  // Parts of the answers, as on the phones: who gave none is beside them, and no part of them.
  if (silent > 0) rows.push({ name: noAnswer, family: null, colour: null, count: silent, share: null });
  const others = silent > 0 ? labels.length : -1;
  return { rows, groupOf: (slot) => groups.get(slot) ?? others };
}
