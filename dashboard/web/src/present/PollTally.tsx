/** The live tally of a poll. A tap on a label counts only the phones that answered so. */

import { NO_SHARE, shares } from "../room/shares";
import { middle, number, percent } from "../text/language";
import { valueName } from "../ui/names";
import type { PollInfo } from "./api";
import { tell } from "./polls/words";

/** Labels that a laptop shows without scrolling for long; a word cloud may have hundreds. */
const MOST_LABELS = 30;

function summaryOf(poll: PollInfo): string {
  const { summary, unit = "" } = poll;
  if (!summary || summary.n === 0) return "";
  const mean = tell("mean", { mean: `${middle(summary.mean)} ${unit}`.trim() });
  return `${mean} · ${tell("median", { median: `${middle(summary.median)} ${unit}`.trim() })}`;
}

export function PollTally(props: { poll: PollInfo; counted: string; choose(label: string): void }) {
  const { poll, counted, choose } = props;
  const labels = Object.entries(poll.tally);
  const counts = labels.map(([, count]) => count);
  // Of several choices each has its part of the people, not of the taps.
  const several = poll.kind === "multiple" || poll.kind === "wordcloud" || (poll.max_choices ?? 1) > 1;
  const parts = shares(counts, several ? poll.answered : null);
  return (
    <>
      <ul class="tally">
        {labels.slice(0, MOST_LABELS).map(([label, count], index) => (
          <li key={label}>
            <span class="bar" style={{ width: `${(parts[index] ?? NO_SHARE).percent}%` }} />
            <button
              type="button"
              class="text"
              title={tell("only", { value: valueName(poll.fact, label) })}
              onClick={() => choose(label)}
            >
              {valueName(poll.fact, label)}
              {poll.right?.includes(label) && <span class="verdict"> ✓ {tell("right")}</span>}
            </button>
            <b>{number(count)}</b>
            <span class="part">{percent(parts[index] ?? NO_SHARE)}</span>
          </li>
        ))}
      </ul>
      <p class="faint">{[counted, summaryOf(poll)].filter(Boolean).join(" · ")}</p>
      {poll.leaderboard_top && poll.leaderboard_top.length > 0 && (
        <p class="faint">
          {tell("leaders")}:{" "}
          {poll.leaderboard_top
            .slice(0, 3)
            .map(({ slot, score }) => tell("leader", { slot: number(slot), score: number(score) }))
            .join(" · ")}
        </p>
      )}
    </>
  );
}
