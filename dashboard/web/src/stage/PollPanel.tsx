/** A poll on the stage: its options while it runs, big bars when it is revealed. How many answered is beside it. */

import type { Poll } from "../feed/wire";
import type { Key } from "../text/en";
import { number, percent, words } from "../text/language";

const letter = (index: number): string => String.fromCharCode(65 + index);

function Option(props: { index: number; text: string; count: number | null; most: number; total: number }) {
  const { index, text, count, most, total } = props;
  const width = count === null || total === 0 ? 0 : (100 * count) / total;
  return (
    <li class={count !== null && count === most && most > 0 ? "option leading" : "option"}>
      <span class="bar" style={{ width: `${width}%` }} />
      <span class="letter">{letter(index)}</span>
      <span class="text">{text}</span>
      {count !== null && (
        <span class="result">
          <b>{percent(count, total)}</b> {number(count)}
        </span>
      )}
    </li>
  );
}

export function PollPanel(props: { poll: Poll }) {
  const { poll } = props;
  const results = poll.state === "revealed" ? (poll.results ?? {}) : null;
  const counts = poll.options.map((option) => results?.[option] ?? 0);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const most = Math.max(0, ...counts);
  const crowded = poll.options.length > 5 ? "crowded" : "";
  return (
    <section class={`poll ${poll.state} ${crowded}`}>
      <ol>
        {poll.options.map((option, index) => (
          <Option
            key={option}
            index={index}
            text={option}
            count={results === null ? null : (counts[index] ?? 0)}
            most={most}
            total={total}
          />
        ))}
      </ol>
      <p class="answered">
        {words(`stage.${poll.state}` as Key)}
        {poll.anonymous && ` · ${words("stage.anonymous")}`}
      </p>
    </section>
  );
}
