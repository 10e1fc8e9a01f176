/** Asking the room in a sentence. */

import { useState } from "preact/hooks";
import { words } from "../text/language";
import type { AskAnswer, PresenterApi } from "./api";
import type { Attempt } from "./attempt";

export function Ask(props: { api: PresenterApi; attempt: Attempt }) {
  const { api, attempt } = props;
  const [text, setText] = useState("");
  const [answer, setAnswer] = useState<AskAnswer | null>(null);

  const ask = (sentence: string): void => {
    const said = sentence.trim();
    if (said === "") return;
    setText(said);
    void attempt(async () => setAnswer(await api.ask(said)));
  };

  return (
    <section class="panel ask">
      <h2>{words("present.ask")}</h2>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          ask(text);
        }}
      >
        <input
          type="text"
          aria-label={words("present.ask")}
          placeholder={words("present.askPlaceholder")}
          value={text}
          maxLength={300}
          enterkeyhint="send"
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <button type="submit" class="primary">
          {words("present.askGo")}
        </button>
      </form>
      <p class="speech" role="status">
        {answer?.speech}
      </p>
      {answer?.suggestions && answer.suggestions.length > 0 && (
        <>
          <p class="faint">{words("present.try")}</p>
          <div class="row">
            {answer.suggestions.map((suggestion) => (
              <button type="button" key={suggestion} onClick={() => ask(suggestion)}>
                {suggestion}
              </button>
            ))}
          </div>
        </>
      )}
    </section>
  );
}
