/** What a screen reader says of a question, each thing once: that it is asked, taken, closed, and how it ended. Pure. */

import { asksFor } from "../room/poll";
import { percent } from "../text/language";
import type { Model } from "./model";
import { isWritten, regret, standing } from "./verdict";
import { tell } from "./words";

/** The option with the most answers, in a sentence. */
function leading(model: Model): string {
  const results = Object.entries(model.poll?.results ?? {});
  const total = results.reduce((sum, [, count]) => sum + count, 0);
  const [first] = results.sort((a, b) => b[1] - a[1]);
  if (first === undefined || total === 0) return tell("results");
  return tell("say.leading", { option: first[0], share: percent(first[1], total) });
}

/** The sentence for what has changed, or none. */
export function spoken(before: Model, after: Model): string | null {
  const { poll } = after;
  if (after.missed !== null && before.missed !== after.missed) {
    return regret(after.missed);
  }
  if (poll === null || after.desired.removed) return null;
  if (poll.state === "revealed" && (before.poll?.state !== "revealed" || before.poll.id !== poll.id)) {
    return [leading(after), ...standing(after)].join(" ");
  }
  if (before.poll?.id !== poll.id || before.desired.removed) {
    return tell("say.asked", {
      question: poll.question,
      hint: tell(`ask.${asksFor(poll)}`, { n: poll.max_words ?? 1 }),
    });
  }
  if (poll.state === "locked" && before.poll.state === "open") return tell("closed");
  if (after.ballot === before.ballot) return null;
  if (after.ballot === "counted") return tell(isWritten(poll) ? "received" : "counted");
  return after.ballot === "failed" ? tell("failed") : null;
}
