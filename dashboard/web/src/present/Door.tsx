/** The door: whether new phones may come in, with which code, and who was taken out. */

import { useEffect, useState } from "preact/hooks";
import type { Controls } from "../feed/wire";
import { words } from "../text/language";
import type { PresenterApi } from "./api";
import type { Attempt } from "./attempt";
import { tell } from "./words";

/** Characters of a code, as the server takes them. */
const LONGEST = 16;

function Code(props: { api: PresenterApi; attempt: Attempt; code: string | null }) {
  const { api, attempt, code } = props;
  const [text, setText] = useState(code ?? "");
  // Another presenter may have changed it.
  useEffect(() => setText(code ?? ""), [code]);
  const typed = text.trim().toUpperCase();
  const set = (next: string | null): void => void attempt(() => api.setCode(next));
  return (
    <form
      class="code"
      onSubmit={(event) => {
        event.preventDefault();
        set(typed === "" ? null : typed);
      }}
    >
      <label class="field">
        {tell("door.code")}
        <input
          type="text"
          autocapitalize="characters"
          autocomplete="off"
          spellcheck={false}
          maxLength={LONGEST}
          placeholder={tell("door.noCode")}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <button type="submit" disabled={typed === (code ?? "")}>
        {tell("door.setCode")}
      </button>
    </form>
  );
}

function Removed(props: { removed: readonly number[]; admit(slot: number): void }) {
  const { removed, admit } = props;
  if (removed.length === 0) return null;
  return (
    <>
      <h3 id="removed-title">{tell("door.removed")}</h3>
      <ul class="removed" aria-labelledby="removed-title">
        {removed.map((slot) => (
          <li key={slot}>
            <span>{tell("door.phone", { slot })}</span>
            <button type="button" onClick={() => admit(slot)}>
              {tell("door.admit")}
              <span class="visually-hidden"> {tell("door.phone", { slot })}</span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

export function Door(props: { api: PresenterApi; attempt: Attempt; controls: Controls | null }) {
  const { api, attempt, controls } = props;
  const frozen = controls?.frozen === true;
  return (
    <section class="panel">
      <h2>{tell("door.title")}</h2>
      <button
        type="button"
        aria-pressed={frozen}
        onClick={() => void attempt(() => api.freezeJoins(!frozen))}
      >
        {tell("door.freeze")}
      </button>
      <p class="faint">{tell(frozen ? "door.frozenHint" : "door.openHint")}</p>
      <Code api={api} attempt={attempt} code={controls?.code ?? null} />
      <Removed
        removed={controls?.removed ?? []}
        admit={(slot) => void attempt(() => api.desire(slot, { removed: null }))}
      />
      {controls === null && <p class="faint">{words("present.lost")}</p>}
    </section>
  );
}
