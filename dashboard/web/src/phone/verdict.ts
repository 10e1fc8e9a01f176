/** The sentences below a question: what became of the answer, and how it ended. Pure. */

import type { Poll, Summary } from "../feed/wire";
import { asksFor } from "../room/poll";
import { middle, number } from "../text/language";
import { takesAnswers } from "./answer";
import { answerOf, isOnItsWay, type Missed, type Model } from "./model";
import { tell } from "./words";

/** Written answers are read before they are shown; others are counted. */
export const isWritten = (poll: Poll): boolean => ["text", "questions", "words"].includes(asksFor(poll));

/** What became of an answer to a question that is over. */
export const regret = ({ question, unsure }: Missed): string =>
  tell(unsure ? "missedPerhaps" : "missed", { question });

/** What became of the answer. `live`: the phone is connected. */
export function fate(model: Model, poll: Poll, live: boolean, roomNow: number): string {
  const { ballot } = model;
  const over = !takesAnswers(poll, roomNow);
  if (ballot === "unsure") return tell("unsure");
  if (over && isOnItsWay(model)) return tell("late");
  if (poll.state === "revealed") return tell("results");
  if (over) return tell(poll.state === "open" ? "timeUp" : "closed");
  if (isOnItsWay(model)) return tell(!live ? "offline" : ballot === "sending" ? "sending" : "failed");
  if (ballot === "counted") return tell(isWritten(poll) ? "received" : "counted");
  return tell(`ask.${asksFor(poll)}`, { n: poll.max_words ?? 1 });
}

/** Whether this phone's answer to a quiz is right, and its place among the best, as sentences. */
export function standing(model: Model): string[] {
  const { poll } = model;
  const lines: string[] = [];
  const { choice = [] } = answerOf(model);
  if (poll?.right && choice.length > 0) {
    const all = choice.length === poll.right.length && choice.every((one) => poll.right?.includes(one));
    lines.push(tell(all ? "wasRight" : "wasWrong"));
  }
  if (poll?.explanation) lines.push(poll.explanation);
  const own = poll?.leaderboard_top?.find((scorer) => scorer.slot === model.slot);
  if (own) lines.push(tell("place", { place: number(own.rank), n: number(own.score) }));
  return lines;
}

/** The numbers of a scale or an estimate in a line. */
export const inShort = (summary: Summary, unit: string): string =>
  [
    tell("mean", { mean: `${middle(summary.mean)} ${unit}`.trim() }),
    tell("median", { median: `${middle(summary.median)} ${unit}`.trim() }),
    tell("answered", { n: number(summary.n) }),
  ].join(" · ");
