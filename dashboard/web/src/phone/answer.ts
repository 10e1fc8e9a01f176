/** An answer as it is in the shadow `ballot`, under the key of its poll. docs/architecture.md. Pure. */

import type { Poll } from "../feed/wire";
import { asksFor } from "../room/poll";

/** What was answered; nothing in it: the answer was taken back. */
export interface Answer {
  choice?: string[];
  number?: number;
  words?: string[];
  text?: string;
  questions?: string[];
  upvotes?: string[];
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "string");

/** What `value` says that is an answer; what is none is left out. */
function cleaned(value: Record<string, unknown>): Answer {
  const answer: Answer = {};
  for (const name of ["choice", "words", "questions", "upvotes"] as const) {
    const texts = value[name];
    if (isTexts(texts)) answer[name] = texts;
  }
  if (typeof value.number === "number") answer.number = value.number;
  if (typeof value.text === "string" && value.text !== "") answer.text = value.text;
  return answer;
}

export const isEmpty = (answer: Answer): boolean => Object.keys(answer).length === 0;

/** What `reported` holds for a poll: nothing when it does not speak of it or speaks nonsense. */
export function answerIn(reported: unknown, poll: string): Answer | null {
  if (typeof reported !== "object" || reported === null || !(poll in reported)) return null;
  const entry = (reported as Record<string, unknown>)[poll];
  if (entry === null) return {};
  if (typeof entry !== "object") return null;
  const answer = cleaned(entry as Record<string, unknown>);
  return isEmpty(answer) ? null : answer;
}

/** As it goes into the shadow: a list is always told whole, and null takes the answer back. */
export function entryOf(answer: Answer): Record<string, unknown> | null {
  if (isEmpty(answer)) return null;
  if (answer.questions === undefined && answer.upvotes === undefined) return { ...answer };
  return { questions: answer.questions ?? [], upvotes: answer.upvotes ?? [] };
}

/** The answer in a line. */
export const plain = ({ choice, words, questions, upvotes, text, number }: Answer): string =>
  (choice ?? words ?? questions ?? upvotes ?? [text ?? number]).join(", ");

const told = (answer: Answer): string =>
  JSON.stringify([answer.choice, answer.number, answer.words, answer.text, answer.questions, answer.upvotes]);

export const same = (one: Answer, other: Answer): boolean => told(one) === told(other);

/** Whether the poll takes answers at room time `now`. */
export const takesAnswers = (poll: Poll, now: number): boolean =>
  poll.state === "open" && (poll.closes_at == null || now < poll.closes_at);

/** Whether an answer is one to this question. */
export function fits(poll: Poll, answer: Answer): boolean {
  const asks = asksFor(poll);
  if (asks === "nothing") return false;
  if (isEmpty(answer)) return true;
  if (asks === "one" || asks === "many") {
    return answer.choice?.every((option) => poll.options.includes(option)) ?? false;
  }
  if (asks === "scale") return poll.options.includes(String(answer.number));
  return true;
}
