/** Sends desired state, and shows what the shadow service said to it. */

import { useState } from "preact/hooks";
import type { PresenterApi } from "../present/api";
import { ApiError } from "../present/api";
import { number, words } from "../text/language";
import { type InspectView, shadowOf } from "./fold";
import { STATE_MAX, type Typed, typed } from "./json";
import { say } from "./words";

const EXAMPLE = '{\n  "color": "#D55E00",\n  "message": "Hello"\n}';

function complaint(read: Typed): string {
  if ("problem" in read) {
    const { line, column } = read;
    return say("edit.problem", { line, column, problem: say(read.problem) });
  }
  const size = { n: number(read.bytes), max: number(STATE_MAX) };
  return read.bytes > STATE_MAX ? say("edit.tooLong", size) : "";
}

type Outcome = { accepted: boolean; text: string } | null;

export function Editor(props: { api: PresenterApi; view: InspectView; shadow: string | null }) {
  const { api, view, shadow } = props;
  const [text, setText] = useState(EXAMPLE);
  const [only, setOnly] = useState<number | null>(null);
  const [outcome, setOutcome] = useState<Outcome>(null);
  const read = typed(text);
  const wrong = complaint(read);
  const version = shadowOf(view, shadow)?.version ?? 1;

  const send = async (): Promise<void> => {
    if (!("value" in read) || wrong !== "") return;
    setOutcome(null);
    try {
      const accepted = await api.setDesired(view.thing, shadow, read.value, only);
      setOutcome({ accepted: true, text: say("edit.accepted", { version: accepted.version }) });
      setOnly(null);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const refused = error instanceof ApiError && error.code === "rejected";
      setOutcome({
        accepted: false,
        text: refused ? say("edit.rejected", { reason }) : words("present.failed", { reason }),
      });
    }
  };

  return (
    <section class="panel editor" aria-labelledby="editor-title">
      <h2 id="editor-title">{say("edit.title")}</h2>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <label for="desired-json">
          {say("edit.json")} <span class="way">({shadow ?? say("shadow.classic")})</span>
        </label>
        <textarea
          id="desired-json"
          rows={5}
          spellcheck={false}
          autocapitalize="off"
          value={text}
          aria-invalid={wrong !== ""}
          aria-describedby="desired-problem"
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <p id="desired-problem" class={wrong === "" ? "faint" : "wrong"} role="status">
          {wrong || ("bytes" in read && say("edit.size", { n: number(read.bytes), max: number(STATE_MAX) }))}
        </p>
        <label class="check">
          <input
            type="checkbox"
            checked={only !== null}
            onChange={(event) => setOnly(event.currentTarget.checked ? version : null)}
          />{" "}
          {say("edit.version", { version: only ?? version })}
        </label>
        <button type="submit" class="primary" disabled={wrong !== "" || view.thing === ""}>
          {say("edit.send")}
        </button>
      </form>
      <p class={`outcome ${outcome?.accepted ? "good" : "bad"}`} role="status">
        {outcome !== null && `${outcome.accepted ? "✓" : "✗"} ${outcome.text}`}
      </p>
    </section>
  );
}
