/** Numbers as columns: the steps of a scale, or the histogram of an estimate, with average and median. */

import type { Poll } from "../../feed/wire";
import { language, middle, number } from "../../text/language";
import { barsOf } from "./bars";
import { tell } from "./words";

interface Column {
  /** What stands below it: a step, or where a bin begins. */
  label: string;
  /** Where the last bin ends. */
  end?: string;
  count: number | null;
}

/** Where a bin begins has little room below it: "4K", "1.2M". */
const short = (value: number): string =>
  new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: 1 }).format(value);

/** The steps of a scale, or the bins of an estimate once they are revealed. */
function columnsOf(poll: Poll): Column[] {
  const bins = poll.summary?.bins;
  if (poll.kind === "estimate") {
    return (bins ?? []).map(([from, to, count], index, all) => ({
      label: short(from),
      count,
      ...(index === all.length - 1 && to > from ? { end: short(to) } : {}),
    }));
  }
  return barsOf(poll);
}

function Figure(props: { value: number; name: string; unit: string }) {
  return (
    <p>
      <b>{middle(props.value)}</b> {props.unit} <span>{props.name}</span>
    </p>
  );
}

export function Columns(props: { poll: Poll }) {
  const { poll } = props;
  const columns = columnsOf(poll);
  const most = Math.max(1, ...columns.map(({ count }) => count ?? 0));
  const summary = poll.state === "revealed" ? poll.summary : null;
  const [low, high] = poll.labels ?? [];
  return (
    <div class="columns">
      {summary && summary.n > 0 && (
        <div class="figures-of">
          <Figure value={summary.mean} name={tell("mean")} unit={poll.unit ?? ""} />
          <Figure value={summary.median} name={tell("median")} unit={poll.unit ?? ""} />
        </div>
      )}
      <ol class={`${columns.length > 8 ? "narrow" : ""} ${poll.kind === "estimate" ? "bins" : ""}`}>
        {columns.map(({ label, end, count }) => (
          <li key={label} class={count === most ? "leading" : ""}>
            <span class="count">{count === null ? "" : number(count)}</span>
            <span class="track">
              <span class="fill" style={{ height: `${(100 * (count ?? 0)) / most}%` }} />
            </span>
            <span class="step">
              {label}
              {end && <span>{end}</span>}
            </span>
          </li>
        ))}
      </ol>
      {low && (
        <p class="ends">
          <span>{low}</span> <span>{high}</span>
        </p>
      )}
    </div>
  );
}
