/**
 * The guided walk: colour one sleeping phone, then wake it. Pure.
 *
 * It advances by what the shadow and the room say, never by a clock; the time only tells, at the end, whether the
 * phone was awake all along.
 */

import { asleep, type InspectView, shadowOf, wakefulness } from "./fold";
import { deltaOf, valueIn } from "./leaves";

export const STEPS = ["pick", "sleep", "colour", "wake", "done"] as const;
export type Step = (typeof STEPS)[number];

/** A phone that reports within this time of being asked had not been asleep. */
export const AWAKE_MS = 2_000;

export interface Walk {
  step: Step;
  thing: string;
  /** What it is coloured in, once it was asked for. */
  colour: string | null;
  askedAt: number | null;
  /** It was away when it was asked: whatever it answers later, it slept. */
  wasAway: boolean;
  /** It answered at once, though it should have been asleep. */
  tooQuick: boolean;
}

export const START: Walk = {
  step: "pick",
  thing: "",
  colour: null,
  askedAt: null,
  wasAway: false,
  tooQuick: false,
};

/** Colours that a projector shows as different, none of them a family's. */
const COLOURS = ["#D55E00", "#7C3AED", "#0E9F6E"] as const;

const same = (a: unknown, b: string): boolean => typeof a === "string" && a.toUpperCase() === b.toUpperCase();

/** A colour that the phone neither shows nor should show: only then is there a delta. */
export function freshColour(view: InspectView): string {
  const classic = shadowOf(view, null);
  const taken = [valueIn(classic, "desired", "color"), valueIn(classic, "reported", "color")];
  return COLOURS.find((colour) => !taken.some((one) => same(one, colour))) ?? COLOURS[0];
}

/** The presenter asked for this colour. */
export const coloured = (walk: Walk, colour: string, now: number): Walk => ({
  ...walk,
  step: "colour",
  colour,
  askedAt: now,
  wasAway: false,
  tooQuick: false,
});

/** The walk after a look at the device. */
export function advance(walk: Walk, view: InspectView, now: number): Walk {
  if (view.thing === "") return START;
  const here = walk.thing === view.thing ? walk : { ...START, thing: view.thing };
  const next = here.colour === null ? beforeColour(here, view) : afterColour(here, here.colour, view, now);
  return equal(walk, next) ? walk : next;
}

function beforeColour(walk: Walk, view: InspectView): Walk {
  // A thing that is no phone says nothing of sleep: it is taken as it is.
  const step: Step = view.phone === null || asleep(view.phone) ? "colour" : "sleep";
  return { ...walk, step };
}

function afterColour(walk: Walk, colour: string, view: InspectView, now: number): Walk {
  if (walk.step === "done") return walk;
  const classic = shadowOf(view, null);
  if (!same(valueIn(classic, "desired", "color"), colour)) {
    // Somebody desired something else, or the shadow is not there yet.
    return walk.step === "wake" ? { ...walk, step: "colour", colour: null } : walk;
  }
  const waiting = "color" in (deltaOf(classic) ?? {});
  if (waiting) {
    return { ...walk, step: "wake", wasAway: walk.wasAway || wakefulness(view.phone) === "away" };
  }
  const tooQuick = !walk.wasAway && now - (walk.askedAt ?? now) < AWAKE_MS;
  return { ...walk, step: "done", tooQuick };
}

const equal = (a: Walk, b: Walk): boolean =>
  (Object.keys(a) as (keyof Walk)[]).every((name) => a[name] === b[name]);

/** Whether a step is behind, at hand or ahead. */
export function stateOf(walk: Walk, step: Step): "past" | "present" | "future" {
  const [at, here] = [STEPS.indexOf(step), STEPS.indexOf(walk.step)];
  if (walk.step === "done") return "past";
  return at < here ? "past" : at === here ? "present" : "future";
}
