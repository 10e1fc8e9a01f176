/** A line for every phone. */

import { useRef, useState } from "preact/hooks";
import type { PresenterApi } from "./api";
import type { Attempt } from "./attempt";
import { tell } from "./words";

const LONGEST = 280;

/** `shown`: the message that phones show, whoever sent it. */
export function Notice(props: { api: PresenterApi; attempt: Attempt; shown: string | null }) {
  const { api, attempt, shown } = props;
  const [text, setText] = useState("");
  const was = useRef(false);
  was.current ||= shown !== null;
  const ready = text.trim() !== "";

  const notice = (line: string | null): void => void attempt(() => api.notice(line));

  return (
    <section class="panel">
      <h2>{tell("notice.title")}</h2>
      <form
        class="notice"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) notice(text.trim());
        }}
      >
        <input
          type="text"
          aria-label={tell("notice.label")}
          placeholder={tell("notice.label")}
          value={text}
          maxLength={LONGEST}
          enterkeyhint="send"
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <div class="row">
          <button type="submit" class="primary" disabled={!ready}>
            {tell("notice.send")}
          </button>
          <button type="button" onClick={() => notice(null)}>
            {tell("notice.takeBack")}
          </button>
        </div>
      </form>
      <p class="faint" role="status">
        {shown !== null ? tell("notice.shown", { text: shown }) : was.current && tell("notice.gone")}
      </p>
    </section>
  );
}
