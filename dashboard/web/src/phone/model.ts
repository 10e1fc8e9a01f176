/**
 * What a phone knows and shows. Pure: every function takes a model and returns the next one; time is an argument.
 *
 * Versions decide what is new. A retained message that a fresh subscription hears first is the truth whatever its
 * version, since a room may have been set back while the phone slept.
 */

import type { Poll, PollMessage, Scene } from "../feed/wire";
import { colour } from "../room/colour";
import { sceneColour } from "../room/scene";
import { type Answer, answerIn, fits, isEmpty, same } from "./answer";
import type { DeviceFacts } from "./os";

/** What only this phone should do. */
export interface Desired {
  color: string | null;
  message: string | null;
  removed: boolean;
  /** The room time (ms) until which this phone is pointed out. */
  highlight: number | null;
}

/** `unsure`: the service has it, but said so only after the question was closed. */
export type BallotState = "none" | "sending" | "counted" | "failed" | "unsure";

/** An answer that came too late for its question, for all that the phone knows. */
export interface Missed {
  question: string;
  /** The service has it, but nobody knows since when. */
  unsure: boolean;
}

export interface Model {
  room: string;
  slot: number | null;
  facts: DeviceFacts;
  language: string;
  visible: boolean;
  /** The newest scene, which may be for later. */
  scene: Scene | null;
  /** The scene that is shown. */
  shown: Scene | null;
  desired: Desired;
  /** The version of the newest message about this phone's own shadow. */
  desiredVersion: number;
  pollVersion: number;
  poll: Poll | null;
  notice: string | null;
  /** The presenter's page was open and is not any more. */
  presenterAway: boolean;
  /** Answers by poll id, as last given here or reported before. */
  answers: Record<string, Answer>;
  ballot: BallotState;
  /** Until the next question. */
  missed: Missed | null;
}

const NOTHING: Desired = { color: null, message: null, removed: false, highlight: null };

export function begin(room: string, facts: DeviceFacts, language: string): Model {
  return {
    room,
    slot: null,
    facts,
    language,
    visible: true,
    scene: null,
    shown: null,
    desired: NOTHING,
    desiredVersion: 0,
    pollVersion: 0,
    poll: null,
    notice: null,
    presenterAway: false,
    answers: {},
    ballot: "none",
    missed: null,
  };
}

/** The facts by which scenes colour, exactly as they are reported. */
export function reportedFacts(model: Model): Record<string, unknown> {
  const { os, os_name, os_evidence, form, browser, theme } = model.facts;
  const { language, visible } = model;
  return { os, os_name, os_evidence, form, browser, theme, language, visible };
}

/** The colour the phone shows now: its own if it was given one, else the scene's. */
export function shownColour(model: Model, roomNow: number): string | null {
  if (model.desired.removed) return null;
  if (model.desired.color !== null) return colour(model.desired.color);
  return sceneColour(model.shown, reportedFacts(model), model.slot ?? 0, roomNow);
}

/** What the phone says about what it shows: the scene's version, its colour and what it did of its desired state. */
export function shownReport(model: Model, roomNow: number): Record<string, unknown> {
  return {
    scene: model.shown?.version ?? null,
    // A desired colour is reported as it was written: the delta goes away only for the very same text.
    color: model.desired.removed ? null : (model.desired.color ?? shownColour(model, roomNow)),
    message: model.desired.message,
    removed: model.desired.removed || null,
    highlight: model.desired.highlight,
  };
}

/** All that the phone reports, on every connect. */
export function fullReport(model: Model, roomNow: number): Record<string, unknown> {
  return { room: model.room, ...reportedFacts(model), ...shownReport(model, roomNow) };
}

/** A scene from the join answer or the retained topic; the same model when it is old news. */
export function withScene(model: Model, scene: Scene | null, authoritative: boolean): Model {
  if (scene === null || typeof scene.version !== "number") return model;
  if (scene.version === model.scene?.version) return model;
  if (!authoritative && model.scene !== null && scene.version < model.scene.version) return model;
  return { ...model, scene };
}

/** The newest scene is shown now. */
export function withSceneShown(model: Model): Model {
  return model.shown === model.scene ? model : { ...model, shown: model.scene };
}

export function withPoll(model: Model, message: PollMessage | null, authoritative: boolean): Model {
  if (message === null || typeof message.version !== "number") return model;
  if (!authoritative && message.version <= model.pollVersion) return model;
  const { poll, version } = message;
  if (poll?.id === model.poll?.id) return { ...model, poll, pollVersion: version };
  return { ...model, poll, pollVersion: version, ballot: "none", missed: null };
}

interface ShadowMessage {
  version?: number;
  state?: Record<string, unknown> | null;
}

function applied(desired: Desired, patch: Record<string, unknown>): Desired {
  const next = { ...desired };
  if ("color" in patch) next.color = typeof patch.color === "string" ? patch.color : null;
  if ("message" in patch) next.message = typeof patch.message === "string" ? patch.message : null;
  if ("removed" in patch) next.removed = patch.removed === true;
  if ("highlight" in patch) next.highlight = typeof patch.highlight === "number" ? patch.highlight : null;
  return next;
}

function newer(model: Model, message: ShadowMessage): message is Required<ShadowMessage> {
  return typeof message.version === "number" && message.version >= model.desiredVersion && !!message.state;
}

/** `update/delta`: the desired values that differ from what this phone reported. */
export function withDelta(model: Model, message: ShadowMessage): Model {
  if (!newer(model, message)) return model;
  return {
    ...model,
    desiredVersion: message.version,
    desired: applied(model.desired, message.state ?? {}),
  };
}

/**
 * `get/accepted`: the whole shadow. What it does not desire is not desired; its version is believed. The room asks
 * for it when a desired value has changed: that one was taken back, no delta tells.
 */
export function withOwnShadow(model: Model, message: ShadowMessage): Model {
  if (!message.state || typeof message.version !== "number") return model;
  const desired = (message.state.desired ?? {}) as Record<string, unknown>;
  return { ...model, desiredVersion: message.version, desired: applied(NOTHING, desired) };
}

/** An answer from the person: shown at once, counted when the shadow service says so. */
export function withAnswer(model: Model, answer: Answer): Model {
  const { poll, answers } = model;
  if (poll === null || poll.state !== "open" || !fits(poll, answer)) return model;
  return { ...model, answers: { ...answers, [poll.id]: answer }, ballot: "sending", missed: null };
}

/** The answer to the present question; empty when there is none. */
export function answerOf(model: Model): Answer {
  return (model.poll === null ? undefined : model.answers[model.poll.id]) ?? {};
}

/** The phone's named shadow `ballot`, or its update: what was reported is counted; a tap of this moment wins. */
export function withBallot(model: Model, reported: unknown): Model {
  if (model.poll === null) return model;
  const answer = answerIn(reported, model.poll.id);
  if (answer === null || !fits(model.poll, answer)) return model;
  const ballot = isEmpty(answer) ? "none" : "counted";
  const mine = same(answer, answerOf(model));
  if (mine && (model.ballot === ballot || model.ballot === "unsure")) return model;
  if (isOnItsWay(model)) {
    const inTime = ballot === "none" || model.poll.state === "open";
    return mine ? { ...model, ballot: inTime ? ballot : "unsure" } : model;
  }
  return { ...model, answers: { ...model.answers, [model.poll.id]: answer }, ballot };
}

/** The service has not said yet that it has the answer. */
export const isOnItsWay = ({ ballot }: Model): boolean => ballot === "sending" || ballot === "failed";
