/** What every page knows of polls: which kind asks for what, and how options are told apart. Pure. */

import type { Poll } from "../feed/wire";
import { shapes } from "./shapes";
import { type Share, shares } from "./shares";

/** What a phone answers to each kind; nothing for one that asks the devices and not the people. */
export type Asks = "one" | "many" | "scale" | "number" | "words" | "text" | "questions" | "nothing";

const asked: Record<string, Asks> = {
  single: "one",
  yesno: "one",
  abcd: "one",
  multiple: "many",
  rating: "scale",
  estimate: "number",
  wordcloud: "words",
  text: "text",
  questions: "questions",
};

/** A kind that this page has never heard of asks for nothing that it could offer. */
export function asksFor(poll: Poll): Asks {
  if (poll.kind === "quiz") return (poll.max_choices ?? 1) > 1 ? "many" : "one";
  return asked[poll.kind] ?? "nothing";
}

/** The shares of a poll's counts: of many choices each has its part of the people, not of the taps. */
export const sharesOf = (poll: Poll, counts: readonly number[]): Share[] =>
  shares(counts, asksFor(poll) === "many" ? (poll.answered ?? null) : null);

/** A, B, C …: said aloud on stage, and the same on every phone. */
export const letter = (index: number): string => String.fromCharCode(65 + index);

const outlines = Object.values(shapes).map((shape) => shape.path);

/** The shape of the option at `index`, so that nobody needs to tell colours apart; it comes again after eight. */
export const optionShape = (index: number): string => outlines[index % outlines.length] ?? "";

/** The class that gives the option at `index` its colour. */
export const optionClass = (index: number): string => `o${index % outlines.length}`;

/** What the results are of: the options as they were asked; else the labels that were counted, in their order. */
export function labelsOf(poll: Poll, results: Record<string, unknown>): string[] {
  return poll.options.length > 0 ? poll.options : Object.keys(results);
}
