/** An answer on its way: kept on the phone until the shadow service has it, sent again until then. */

import { type Answer, answerIn, entryOf, isEmpty, same } from "./answer";
import { recall, store } from "./identity";

/** Without an answer for this long a ballot is sent again; sending twice is no harm, since a ballot is a state. */
const RESEND_MS = 3_000;
/** After this long the person is told that it does not go through. */
const TELL_MS = 8_000;

export interface Pending {
  poll: string;
  /** As it was asked: who is told that the answer came too late must know which one. */
  question: string;
  answer: Answer;
  /** When it was given, in room time, and how long a message takes: for questions against the clock. */
  timing?: { at: number; delay: number };
}

function parse(text: string | null): Pending | null {
  try {
    const { poll, question, answer, timing } = JSON.parse(text ?? "{}") as Partial<Pending>;
    if (typeof poll !== "string" || typeof question !== "string" || typeof answer !== "object") return null;
    const pending = { poll, question, answer: answerIn({ [poll]: answer }, poll) ?? {} };
    return timing === undefined ? pending : { ...pending, timing };
  } catch {
    return null;
  }
}

export class Ballots {
  private readonly key: string;
  private current: Pending | null;
  private since = 0;
  private sentAt = 0;

  constructor(room: string) {
    this.key = `shadowroom.ballot.${room}`;
    this.current = parse(recall(this.key));
  }

  get pending(): Pending | null {
    return this.current;
  }

  cast(pending: Pending, now: number): void {
    this.current = pending;
    this.since = now;
    store(this.key, JSON.stringify(pending));
  }

  /** The service has it, or it is too late. */
  settle(): void {
    this.current = null;
    store(this.key, null);
  }

  sent(now: number): void {
    this.sentAt = now;
  }

  dueAgain(now: number): boolean {
    return this.current !== null && now - this.sentAt >= RESEND_MS;
  }

  overdue(now: number): boolean {
    return this.current !== null && now - this.since >= TELL_MS;
  }

  /** The shadow update that casts the pending answer. */
  update(): string | null {
    if (this.current === null) return null;
    const { poll, answer, timing } = this.current;
    const entry = entryOf(answer);
    const reported = { [poll]: entry && { ...entry, ...timing } };
    return JSON.stringify({ state: { reported }, clientToken: "ballot" });
  }
}

/** Whether the shadow holds what was on its way: then only the service's word for it was lost. */
export function arrived(pending: Pending, reported: unknown): boolean {
  const answer = answerIn(reported, pending.poll);
  return answer === null ? isEmpty(pending.answer) : same(answer, pending.answer);
}
