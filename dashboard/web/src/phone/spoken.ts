/** What a screen reader says of a question, each thing once: that it is asked, taken, closed, and how it ended. Pure. */

import { asksFor, sharesOf } from "../room/poll";
import { bound, NO_SHARE } from "../room/shares";
import { percent } from "../text/language";
import type { Model } from "./model";
import { isWritten, regret, standing } from "./verdict";
import { tell } from "./words";

/** The option with the most answers, in a sentence. */
function leading(model: Model): string {
  const { poll } = model;
  const results = Object.entries(poll?.results ?? {});
  const counts = results.map(([, count]) => count);
  const most = Math.max(0, ...counts);
  const first = counts.indexOf(most);
  const option = results[first]?.[0];
  if (poll === null || option === undefined || most === 0) return tell("results");
  const share = sharesOf(poll, counts)[first] ?? NO_SHARE;
  const beyond = bound(share);
  const said = beyond === "" ? percent(share) : tell(beyond === "<" ? "say.under" : "say.over");
  return tell("say.leading", { option, share: said });
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
