/** One poll's answers against a fact of the devices or another poll: a table whose heads count only these phones. */

import { useEffect, useState } from "preact/hooks";
import { number } from "../text/language";
import { valueName } from "../ui/names";
import type { PollInfo, PresenterApi } from "./api";
import type { Attempt } from "./attempt";
import { FACTS } from "./polls/draft";
import { tell } from "./polls/words";

export interface Grouped {
  by: string;
  groups: { value: string; answered: number; tally: Record<string, number> | null }[];
  hidden: number;
}

/** The columns of the table: every label that some group has, in the poll's own order. */
export function columnsOf(poll: PollInfo, grouped: Grouped): string[] {
  const seen = new Set(grouped.groups.flatMap((group) => Object.keys(group.tally ?? {})));
  const known = Object.keys(poll.tally).filter((label) => seen.has(label));
  return [...known, ...[...seen].filter((label) => !known.includes(label))];
}

function Table(props: { poll: PollInfo; grouped: Grouped; name: string; choose(value: string): void }) {
  const { poll, grouped, name, choose } = props;
  const columns = columnsOf(poll, grouped);
  return (
    <div class="cross">
      <table>
        <caption>{tell("crossTable", { question: poll.question, by: name })}</caption>
        <thead>
          <tr>
            <th scope="col">{tell("group")}</th>
            {columns.map((label) => (
              <th scope="col" key={label}>
                {label}
              </th>
            ))}
            <th scope="col">{tell("answered")}</th>
          </tr>
        </thead>
        <tbody>
          {grouped.groups.map(({ value, answered, tally }) => (
            <tr key={value}>
              <th scope="row">
                <button type="button" title={tell("only", { value })} onClick={() => choose(value)}>
                  {valueName(grouped.by, value)}
                </button>
              </th>
              {columns.map((label) => (
                <td key={label}>{number(tally?.[label] ?? 0)}</td>
              ))}
              <td>{number(answered)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {grouped.hidden > 0 && <p class="faint">{tell("hidden", { n: number(grouped.hidden) })}</p>}
    </div>
  );
}

export function PollCross(props: {
  api: PresenterApi;
  attempt: Attempt;
  poll: PollInfo;
  others: PollInfo[];
  /** Counts only the phones for which this is true: `os:Android`, or a poll's id and an answer to it. */
  filter(where: string): void;
}) {
  const { api, attempt, poll, others, filter } = props;
  const [by, setBy] = useState("");
  const [grouped, setGrouped] = useState<Grouped | null>(null);
  useEffect(() => {
    if (by === "") return setGrouped(null);
    const path = `/polls/${encodeURIComponent(poll.id)}?by=${encodeURIComponent(by)}`;
    void attempt(async () => setGrouped(await api.send<Grouped>("GET", path)));
    // Asked again with every answer that comes.
  }, [api, attempt, poll.id, poll.answered, by]);
  const names = new Map<string, string>([
    ...FACTS.map((fact): [string, string] => [fact, tell(`fact.${fact}`)]),
    ...others.map((other): [string, string] => [other.id, other.question]),
  ]);
  return (
    <>
      <label class="field">
        {tell("cross")}
        <select value={by} onChange={(event) => setBy(event.currentTarget.value)}>
          <option value="">{tell("crossNone")}</option>
          {[...names].map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {poll.anonymous && <p class="faint">{tell("crossAnonymous")}</p>}
      {grouped !== null && grouped.by === by && (
        <Table
          poll={poll}
          grouped={grouped}
          name={names.get(by) ?? by}
          choose={(value) => filter(`${by}:${value}`)}
        />
      )}
    </>
  );
}
