/** The room's polls: ask, lock, reveal, and the tally as it grows. */

import { useCallback, useEffect, useState } from "preact/hooks";
import type { Counts, PollMessage } from "../feed/wire";
import type { Key } from "../text/en";
import { number, percent, words } from "../text/language";
import type { PollDraft, PollEvent, PollInfo, PresenterApi } from "./api";
import type { Attempt } from "./attempt";
import { PollForm } from "./PollForm";

const actions: Record<PollInfo["state"], PollEvent[]> = {
  draft: ["open"],
  open: ["lock", "reset"],
  locked: ["reveal", "reopen", "reset"],
  revealed: ["reset"],
};

function Tally(props: { poll: PollInfo; connected: number }) {
  const { poll, connected } = props;
  const total = Object.values(poll.tally).reduce((sum, count) => sum + count, 0);
  return (
    <>
      <ul class="tally">
        {poll.options.map((option) => {
          const count = poll.tally[option] ?? 0;
          return (
            <li key={option}>
              <span class="bar" style={{ width: `${total === 0 ? 0 : (100 * count) / total}%` }} />
              <span class="text">{option}</span>
              <b>{number(count)}</b>
              <span class="part">{percent(count, total)}</span>
            </li>
          );
        })}
      </ul>
      <p class="faint">
        {words("present.tally", { n: number(poll.answered), connected: number(connected) })}
      </p>
    </>
  );
}

function Buttons(props: { state: PollInfo["state"]; change(event: PollEvent): void }) {
  const [sure, setSure] = useState(false);
  // A reset throws every answer away: it takes two taps, and the first is forgotten soon.
  useEffect(() => {
    if (!sure) return;
    const timer = setTimeout(() => setSure(false), 4_000);
    return () => clearTimeout(timer);
  }, [sure]);
  const tap = (event: PollEvent) => () => {
    if (event === "reset" && !sure) return setSure(true);
    setSure(false);
    props.change(event);
  };
  return (
    <div class="row">
      {actions[props.state].map((event, index) => (
        <button
          type="button"
          key={event}
          class={event === "reset" ? "danger" : index === 0 ? "primary" : ""}
          onClick={tap(event)}
        >
          {words(event === "reset" && sure ? "present.resetSure" : (`present.${event}` as Key))}
        </button>
      ))}
    </div>
  );
}

/** The list of polls with the feed's live tally put in: the feed is quicker than asking again. */
function withLive(polls: PollInfo[], live: PollMessage | null): PollInfo[] {
  const asked = live?.poll;
  if (!asked) return polls;
  return polls.map((poll) =>
    poll.id === asked.poll_id
      ? { ...poll, tally: asked.tally ?? poll.tally, answered: asked.answered ?? poll.answered }
      : poll,
  );
}

export function Polls(props: {
  api: PresenterApi;
  attempt: Attempt;
  live: PollMessage | null;
  counts: Counts;
}) {
  const { api, attempt, live, counts } = props;
  const [polls, setPolls] = useState<PollInfo[]>([]);
  const reload = useCallback(() => attempt(async () => setPolls(await api.polls())), [api, attempt]);

  // Another presenter, or a sentence, may have changed the poll: its version tells.
  useEffect(() => void reload(), [reload, live?.version]);

  const create = async (draft: PollDraft, open: boolean): Promise<boolean> => {
    let created = false;
    await attempt(async () => {
      const { id } = await api.createPoll(draft);
      created = true;
      if (open) await api.changePoll(id, "open");
    });
    await reload();
    return created;
  };
  const change = (id: string) => (event: PollEvent) =>
    void attempt(() => api.changePoll(id, event)).then(reload);

  const download = (): void =>
    void attempt(async () => {
      const address = URL.createObjectURL(await api.exportCsv());
      const link = document.createElement("a");
      link.href = address;
      link.download = "polls.csv";
      link.click();
      setTimeout(() => URL.revokeObjectURL(address), 10_000);
    });

  const newestFirst = withLive([...polls].reverse(), live);
  const article = (poll: PollInfo) => (
    <article key={poll.id} class={poll.state}>
      <h3>
        {poll.question} <span class="state">{words(`present.state.${poll.state}` as Key)}</span>
      </h3>
      {poll.state !== "draft" && <Tally poll={poll} connected={counts.connected} />}
      <Buttons state={poll.state} change={change(poll.id)} />
    </article>
  );
  // What is being voted on must not be searched for; everything else comes below the form.
  const running = (poll: PollInfo): boolean => poll.state === "open" || poll.state === "locked";
  return (
    <section class="panel polls">
      <h2>{words("present.polls")}</h2>
      <div class="running">{newestFirst.filter(running).map(article)}</div>
      <PollForm create={create} />
      {newestFirst.length === 0 && <p class="faint">{words("present.noPolls")}</p>}
      {newestFirst.filter((poll) => !running(poll)).map(article)}
      {newestFirst.length > 0 && (
        <button type="button" class="quiet" onClick={download}>
          {words("present.export")}
        </button>
      )}
    </section>
  );
}
