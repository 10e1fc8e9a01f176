/** A vote on its way: kept on the phone until the shadow service has it, sent again until then. */

import { recall, store } from "./identity";

/** Without an answer for this long a vote is sent again; sending twice is no harm, since a ballot is a state. */
const RESEND_MS = 3_000;
/** After this long the person is told that it does not go through. */
const TELL_MS = 8_000;

export interface Pending {
  poll: string;
  option: string;
}

function parse(text: string | null): Pending | null {
  try {
    const value = JSON.parse(text ?? "null") as Partial<Pending> | null;
    return typeof value?.poll === "string" && typeof value.option === "string" ? (value as Pending) : null;
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

  /** The shadow update that casts the pending vote. */
  update(): string | null {
    if (this.current === null) return null;
    const { poll, option } = this.current;
    return JSON.stringify({ state: { reported: { [poll]: { choice: [option] } } }, clientToken: "ballot" });
  }
}
