/** One poll on the presenter's page: what can be done with it, its tally, its comparisons and its texts. */

import { useEffect, useState } from "preact/hooks";
import type { Counts } from "../feed/wire";
import type { DeskKey } from "../text/deskEn";
import { number } from "../text/language";
import type { PollEvent, PollInfo, PresenterApi } from "./api";
import type { Attempt } from "./attempt";
import { PollCross } from "./PollCross";
import { PollQueue } from "./PollQueue";
import { PollTally } from "./PollTally";
import { hasTexts } from "./polls/draft";
import { actions } from "./polls/program";
import { Sure } from "./polls/Sure";
import { tell } from "./polls/words";

export interface Desk {
  api: PresenterApi;
  attempt: Attempt;
  counts: Counts;
  change(id: string, event: PollEvent): void;
}

export function Buttons(props: { poll: PollInfo; change: Desk["change"] }) {
  const { poll, change } = props;
  return actions[poll.state].map((event, index) =>
    event === "reset" ? (
      <Sure key={event} label={tell("reset")} sure={tell("resetSure")} act={() => change(poll.id, event)} />
    ) : (
      <button
        type="button"
        key={event}
        class={index === 0 ? "primary" : ""}
        onClick={() => change(poll.id, event)}
      >
        {tell(event)}
      </button>
    ),
  );
}

export const State = (props: { poll: PollInfo }) => (
  <span class="state">{tell(`state.${props.poll.state}` as DeskKey)}</span>
);

/** The poll counted among some phones only; null while everybody counts, or while it is asked for. */
function useFiltered(desk: Desk, poll: PollInfo, where: string[]): (PollInfo & { hidden?: number }) | null {
  const { api, attempt } = desk;
  const [found, setFound] = useState<{ asked: string; poll: PollInfo } | null>(null);
  const asked = where.map((one) => `where=${encodeURIComponent(one)}`).join("&");
  useEffect(() => {
    if (asked === "") return setFound(null);
    const path = `/polls/${encodeURIComponent(poll.id)}?${asked}`;
    void attempt(async () => setFound({ asked, poll: await api.send<PollInfo>("GET", path) }));
  }, [api, attempt, poll.id, poll.answered, asked]);
  return found?.asked === asked ? found.poll : null;
}

export function PollArticle(props: { desk: Desk; poll: PollInfo; others: PollInfo[]; back?: string }) {
  const { desk, poll, others } = props;
  const [where, setWhere] = useState<string[]>([]);
  const filtered = useFiltered(desk, poll, where);
  const add = (one: string): void => setWhere(where.includes(one) ? where : [...where, one]);
  const names = new Map([poll, ...others].map((one) => [one.id, one.question]));
  const shown = filtered ?? poll;
  const connected = number(desk.counts.connected);
  const everybody =
    poll.kind === "fact"
      ? tell("counted", { n: number(poll.answered) })
      : tell("tally", { n: number(poll.answered), connected });
  const counted = filtered === null ? everybody : tell("filtered", { n: number(shown.answered ?? 0) });
  return (
    <article class={poll.state}>
      <h3>
        {poll.question} <State poll={poll} />
      </h3>
      {where.length > 0 && (
        <p class="filters">
          {tell("filter")}{" "}
          {where.map((one) => (
            <button type="button" key={one} onClick={() => setWhere(where.filter((other) => other !== one))}>
              {filterName(one, names)} ✕
            </button>
          ))}
        </p>
      )}
      {filtered?.hidden ? (
        <p class="faint">{tell("hidden", { n: number(filtered.hidden) })}</p>
      ) : (
        <PollTally
          poll={{ ...shown, tally: shown.tally ?? {}, answered: shown.answered ?? 0 }}
          counted={counted}
          choose={(label) => add(`${poll.id}:${label}`)}
        />
      )}
      <div class="row">
        <Buttons poll={poll} change={desk.change} />
      </div>
      {hasTexts(poll.kind) && <PollQueue api={desk.api} attempt={desk.attempt} poll={poll} />}
      {poll.answered > 0 && (
        <PollCross api={desk.api} attempt={desk.attempt} poll={poll} others={others} filter={add} />
      )}
    </article>
  );
}

/** `os:Android` as it is; an answer with its question instead of its id. */
function filterName(where: string, names: Map<string, string>): string {
  const colon = where.indexOf(":");
  const [name, value] = [where.slice(0, colon), where.slice(colon + 1)];
  return `${names.get(name) ?? name}: ${value}`;
}
