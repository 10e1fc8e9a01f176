/** What an inspector knows of one device: a fold over its frames. Pure. */

import type { HeardMessage, InspectedPhone, InspectedShadow, InspectorMessage } from "./wire";

/** Messages that are kept to be shown: enough to tell a story, few enough for any machine. */
export const MOST_MESSAGES = 100;

export interface InspectView {
  room: string;
  thing: string;
  /** Room time minus this machine's, ms. */
  clockOffset: number;
  phone: InspectedPhone | null;
  /** The classic shadow first, then the named ones by name. */
  shadows: InspectedShadow[];
  more: number;
  /** Newest first. */
  messages: HeardMessage[];
  missed: number;
  problem: string | null;
}

export const NOTHING_SEEN: InspectView = {
  room: "",
  thing: "",
  clockOffset: 0,
  phone: null,
  shadows: [],
  more: 0,
  messages: [],
  missed: 0,
  problem: null,
};

const classicFirst = (a: InspectedShadow, b: InspectedShadow): number =>
  (a.name ?? "") < (b.name ?? "") ? -1 : 1;

function merged(
  known: InspectedShadow[],
  changed: readonly InspectedShadow[],
  gone: readonly (string | null)[],
): InspectedShadow[] {
  const replaced = new Set([...gone, ...changed.map((shadow) => shadow.name)]);
  return [...known.filter((shadow) => !replaced.has(shadow.name)), ...changed].sort(classicFirst);
}

/** The next view. `now` is this machine's time in ms; changes leave out what is as it was. */
export function reduce(view: InspectView, frame: InspectorMessage, now: number): InspectView {
  const clockOffset = frame.now - now;
  if (frame.type === "inspection") {
    const { room, thing, phone, more, problem } = frame;
    const shadows = [...frame.shadows].sort(classicFirst);
    const messages = [...frame.messages].reverse();
    return { room, thing, clockOffset, phone, shadows, more, messages, missed: 0, problem };
  }
  const heard = [...(frame.messages ?? [])].reverse();
  return {
    ...view,
    clockOffset,
    phone: frame.phone === undefined ? view.phone : frame.phone,
    shadows: merged(view.shadows, frame.shadows ?? [], frame.gone ?? []),
    more: frame.more ?? view.more,
    messages: heard.length > 0 ? [...heard, ...view.messages].slice(0, MOST_MESSAGES) : view.messages,
    missed: view.missed + (frame.missed ?? 0),
    problem: frame.problem === undefined ? view.problem : frame.problem,
  };
}

/** A shadow by its name; null is the classic one. */
export const shadowOf = (view: InspectView, name: string | null): InspectedShadow | null =>
  view.shadows.find((shadow) => shadow.name === name) ?? null;

export type Wakefulness = "awake" | "hidden" | "away" | "unknown";

/** Whether a phone can act on what is desired of it: awake; behind another app or a locked screen; not connected. */
export function wakefulness(phone: InspectedPhone | null): Wakefulness {
  if (phone === null) return "unknown";
  if (phone.connected !== true) return "away";
  return phone.visible === false ? "hidden" : "awake";
}

export const asleep = (phone: InspectedPhone | null): boolean => {
  const state = wakefulness(phone);
  return state === "hidden" || state === "away";
};
