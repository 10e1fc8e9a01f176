/** A poll on the stage: what is asked while it runs, its results when they are revealed, and how many answered. */

import type { Counts, Poll } from "../feed/wire";
import { asksFor } from "../room/poll";
import { number } from "../text/language";
import { Bars } from "./polls/Bars";
import { Cloud } from "./polls/Cloud";
import { Columns } from "./polls/Columns";
import { Leaders } from "./polls/Leaders";
import { Texts } from "./polls/Texts";
import { Timer } from "./polls/Timer";
import { tell } from "./polls/words";

/** The view of a kind. */
function Body(props: { poll: Poll }) {
  const { poll } = props;
  const asks = asksFor(poll);
  const revealed = poll.state === "revealed";
  if (asks === "one" || asks === "many") return <Bars poll={poll} />;
  if (asks === "scale") return <Columns poll={poll} />;
  if (asks === "questions" && (revealed || poll.entries?.length)) return <Texts poll={poll} />;
  if (!revealed) return <p class="hint">{tell(`hint.${asks}`, { n: poll.max_words ?? 1 })}</p>;
  if (asks === "number") return <Columns poll={poll} />;
  if (asks === "words" && Object.keys(poll.results ?? {}).length > 0)
    return <Cloud results={poll.results ?? {}} />;
  return asks === "nothing" ? <Bars poll={poll} /> : <Texts poll={poll} />;
}

function Foot(props: { poll: Poll; counts: Counts }) {
  const { poll, counts } = props;
  // How many answered is told while it runs: what they answered is not.
  const answered = poll.state === "revealed" ? (poll.answered ?? counts.answered) : counts.answered;
  const parts: string[] = [];
  const tapped = asksFor(poll) !== "nothing";
  if (poll.state !== "draft" && (tapped || poll.state !== "open")) parts.push(tell(poll.state));
  if (tapped) {
    parts.push(tell("answeredOf", { n: number(answered), connected: number(counts.connected) }));
  }
  if (poll.anonymous) parts.push(tell("anonymous"));
  return <p class="answered">{parts.join(" · ")}</p>;
}

/** `flown`: the wall shows the answers, one mark for each phone. */
export function PollPanel(props: { poll: Poll; counts: Counts; clockOffset: number; flown: boolean }) {
  const { poll, counts, clockOffset, flown } = props;
  const leaders = poll.leaderboard_top ?? [];
  return (
    <section class={`poll ${poll.state} ${poll.kind} ${leaders.length > 0 ? "scored" : ""}`}>
      {poll.state === "open" && poll.closes_at != null && (
        <Timer closesAt={poll.closes_at} clockOffset={clockOffset} />
      )}
      {!flown && <Body poll={poll} />}
      {leaders.length > 0 && <Leaders scorers={leaders} />}
      {poll.explanation && <p class="explanation">{poll.explanation}</p>}
      <Foot poll={poll} counts={counts} />
    </section>
  );
}
