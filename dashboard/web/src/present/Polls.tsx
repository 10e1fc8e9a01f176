/** The room's polls: what is asked now, the programme, a new one, and the files. */

import { useCallback, useEffect, useState } from "preact/hooks";
import type { Counts, PollMessage } from "../feed/wire";
import { language } from "../text/language";
import type { PollDraft, PollInfo, PresenterApi } from "./api";
import type { Attempt } from "./attempt";
import { type Desk, PollArticle } from "./PollArticle";
import { PollFiles } from "./PollFiles";
import { PollForm } from "./PollForm";
import { PollList } from "./PollList";
import { withLive } from "./polls/program";
import { tell } from "./polls/words";

/** What goes through the programme without looking for anything: also a clicker's buttons. */
function Clicker(props: { some: boolean; post(path: string, body?: unknown): void }) {
  const { some, post } = props;
  return (
    <div class="row clicker">
      <button type="button" onClick={() => post("/polls/instant", { language })}>
        {tell("instant")}
      </button>
      {some && (
        <>
          <button type="button" class="primary" title={tell("nextHint")} onClick={() => post("/polls/next")}>
            {tell("next")}
          </button>
          <button type="button" onClick={() => post("/polls/previous")}>
            {tell("previous")}
          </button>
          <button type="button" onClick={() => post("/polls/last")}>
            {tell("last")}
          </button>
          <button type="button" onClick={() => post("/polls/clear")}>
            {tell("clear")}
          </button>
        </>
      )}
    </div>
  );
}

export function Polls(props: {
  api: PresenterApi;
  attempt: Attempt;
  live: PollMessage | null;
  counts: Counts;
  /** How many drafts there are: the clicker asks the next one. */
  prepared(drafts: number): void;
}) {
  const { api, attempt, live, counts, prepared } = props;
  const [loaded, setPolls] = useState<PollInfo[]>([]);
  const [looked, setLooked] = useState<string | null>(null);
  const [edited, setEdited] = useState<PollInfo | null>(null);
  const reload = useCallback(() => attempt(async () => setPolls(await api.polls())), [api, attempt]);

  // Another presenter, a clicker or a sentence may have changed the poll: its version tells.
  useEffect(() => void reload(), [reload, live?.version]);

  // The list is loaded whatever became of the order; the sentence of one that failed stays.
  const act = (work: () => Promise<unknown>): Promise<unknown> =>
    attempt(async () => {
      try {
        await work();
      } finally {
        setPolls(await api.polls());
      }
    });
  const post = (path: string, body?: unknown): void => {
    setLooked(null);
    void act(() => api.send("POST", path, body));
  };
  const drafts = loaded.filter((poll) => poll.state === "draft").length;
  useEffect(() => prepared(drafts), [prepared, drafts]);

  const path = (id: string): string => `/polls/${encodeURIComponent(id)}`;
  const desk: Desk = {
    api,
    attempt,
    counts,
    change: (id, event) => void act(() => api.changePoll(id, event)),
  };
  const save = async (draft: PollDraft, open: boolean): Promise<boolean> => {
    let saved = false;
    await act(async () => {
      const { id } = edited
        ? await api.send<PollInfo>("PUT", path(edited.id), draft)
        : await api.createPoll(draft);
      saved = true;
      setEdited(null);
      if (open) await api.changePoll(id, "open");
    });
    return saved;
  };

  const polls = withLive(loaded, live);
  const asked = live?.poll?.poll_id ?? null;
  const current = polls.find((poll) => poll.id === (looked ?? asked));
  const others = polls.filter((poll) => poll.id !== current?.id && poll.state !== "draft");
  return (
    <section class="panel polls">
      <h2>{tell("title")}</h2>
      <Clicker some={polls.length > 0} post={post} />
      {current && (
        <div class="running">
          <PollArticle key={current.id} desk={desk} poll={current} others={others} />
        </div>
      )}
      <PollForm key={edited?.id ?? "new"} poll={edited} save={save} cancel={() => setEdited(null)} />
      <h3>{tell("programme")}</h3>
      {polls.length === 0 && <p class="faint">{tell("none")}</p>}
      <PollList
        desk={desk}
        polls={polls}
        look={(poll) => setLooked(poll.id === looked ? null : poll.id)}
        edit={setEdited}
        put={(ids) => void act(() => api.send("POST", "/polls/order", { ids }))}
        remove={(id) => void act(() => api.send("DELETE", path(id)))}
      />
      <PollFiles api={api} act={(work) => void act(work)} />
    </section>
  );
}
