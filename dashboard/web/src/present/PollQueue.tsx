/** Moderation: what was written and waits, what is shown, what was dismissed. */

import { useCallback, useEffect, useState } from "preact/hooks";
import { number } from "../text/language";
import type { PollInfo, PresenterApi } from "./api";
import type { Attempt } from "./attempt";
import { Sure } from "./polls/Sure";
import { tell } from "./polls/words";

const STATUSES = ["pending", "approved", "dismissed"] as const;
type Status = (typeof STATUSES)[number];

export interface Text {
  id: string;
  text: string;
  original: string;
  votes: number;
  status: Status;
  pinned: boolean;
  flagged: boolean;
}

interface Texts {
  entries: Text[];
  can_undo: boolean;
}

/** Sends a decision about a text. */
type Decide = (entry: Text, act: string, body?: unknown) => void;

function Editor(props: { entry: Text; save(text: string): void; cancel(): void }) {
  const { entry, save, cancel } = props;
  const [text, setText] = useState(entry.text);
  return (
    <form
      class="entry-form"
      onSubmit={(event) => {
        event.preventDefault();
        save(text.trim());
      }}
    >
      <input
        type="text"
        aria-label={tell("text")}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <button type="submit" class="primary" disabled={text.trim() === ""}>
        {tell("save")}
      </button>
      <button type="button" onClick={cancel}>
        {tell("cancel")}
      </button>
    </form>
  );
}

function Row(props: { entry: Text; decide: Decide }) {
  const { entry, decide } = props;
  const [editing, setEditing] = useState(false);
  const button = (act: "approve" | "dismiss" | "pin" | "unpin", look = "") => (
    <button type="button" class={look} onClick={() => decide(entry, act)}>
      {tell(act)}
    </button>
  );
  return (
    <li>
      <p>
        {entry.pinned && "★ "}
        {entry.text}
        {entry.votes > 1 && <span class="state">{tell("votes", { n: number(entry.votes) })}</span>}
        {entry.flagged && <span class="state">{tell("flagged")}</span>}
      </p>
      {editing ? (
        <Editor
          entry={entry}
          cancel={() => setEditing(false)}
          save={(text) => {
            setEditing(false);
            decide(entry, "edit", { text });
          }}
        />
      ) : (
        <div class="row">
          {entry.status !== "approved" && button("approve", "primary")}
          {entry.status !== "dismissed" && button("dismiss")}
          {entry.status === "approved" && button(entry.pinned ? "unpin" : "pin")}
          <button type="button" onClick={() => setEditing(true)}>
            {tell("edit")}
          </button>
          <Sure label={tell("ban")} sure={tell("banSure")} act={() => decide(entry, "ban")} />
        </div>
      )}
    </li>
  );
}

export function PollQueue(props: { api: PresenterApi; attempt: Attempt; poll: PollInfo }) {
  const { api, attempt, poll } = props;
  const base = `/polls/${encodeURIComponent(poll.id)}/entries`;
  const [status, setStatus] = useState<Status>("pending");
  const [texts, setTexts] = useState<Texts>({ entries: [], can_undo: false });
  const queued = JSON.stringify([poll.queue, poll.answered]);
  const load = useCallback(
    () => attempt(async () => setTexts(await api.send<Texts>("GET", base))),
    [api, attempt, base],
  );
  useEffect(() => void load(), [load, queued]);
  const send = (path: string, body?: unknown): void =>
    void attempt(async () => setTexts(await api.send<Texts>("POST", base + path, body)));
  const decide: Decide = (entry, act, body) => send(`/${encodeURIComponent(entry.id)}/${act}`, body);
  const of = (one: Status): Text[] => texts.entries.filter((entry) => entry.status === one);
  // One reads the list and lets it through; what has bad language in it is decided one by one.
  const plain = of("pending").flatMap(({ id, flagged }) => (flagged ? [] : [id]));
  return (
    <section class="queue" aria-label={tell("queue")}>
      <div class="row segmented">
        {STATUSES.map((one) => (
          <button type="button" key={one} aria-pressed={one === status} onClick={() => setStatus(one)}>
            {tell(`queue.${one}`, { n: number(of(one).length) })}
          </button>
        ))}
        {texts.can_undo && (
          <button type="button" class="quiet" onClick={() => send("/undo")}>
            {tell("undo")}
          </button>
        )}
      </div>
      {status === "pending" && plain.length > 1 && (
        <button type="button" class="primary" onClick={() => send("/approve", { ids: plain })}>
          {tell("approveAll", { n: number(plain.length) })}
        </button>
      )}
      {of(status).length === 0 && <p class="faint">{tell("empty")}</p>}
      <ul>
        {of(status).map((entry) => (
          <Row key={entry.id} entry={entry} decide={decide} />
        ))}
      </ul>
    </section>
  );
}
