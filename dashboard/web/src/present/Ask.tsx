/** Asking the room in a sentence: written with completion, or spoken where the browser understands speech. */

import { useEffect, useState } from "preact/hooks";
import { language, words } from "../text/language";
import type { AskAnswer, PresenterApi } from "./api";
import { intentName, put } from "./askWords";
import type { Attempt } from "./attempt";
import { canListen, localeOf, speak } from "./speech";
import { Talk } from "./Talk";

const ALOUD = "shadowroom.aloud";

/** What one can say, in the language of the page; asked for once. */
function useSayable(api: PresenterApi): string[] {
  const [sayable, setSayable] = useState<string[]>([]);
  useEffect(() => {
    api.sayable().then(
      (examples) => setSayable(examples[language] ?? []),
      // Without completion one can still ask.
      () => setSayable([]),
    );
  }, [api]);
  return sayable;
}

function Understood(props: { answer: AskAnswer; ask(text: string): void }) {
  const { answer, ask } = props;
  const name = answer.intent === null ? "" : intentName(answer.intent, answer.slots ?? {});
  return (
    <div class="row understood">
      {name !== "" && <p>{put("understood", { intent: name })}</p>}
      {answer.can_undo && answer.intent !== "undo" && (
        <button type="button" onClick={() => ask(put("undoSaid"))}>
          {put("undo")}
        </button>
      )}
    </div>
  );
}

function Suggestions(props: { answer: AskAnswer; ask(text: string): void }) {
  const suggestions = props.answer.suggestions ?? [];
  if (suggestions.length === 0) return null;
  return (
    <>
      <p class="faint">{words("present.try")}</p>
      <div class="row">
        {suggestions.map((suggestion) => (
          <button type="button" key={suggestion} onClick={() => props.ask(suggestion)}>
            {suggestion}
          </button>
        ))}
      </div>
    </>
  );
}

export function Ask(props: { api: PresenterApi; attempt: Attempt }) {
  const { api, attempt } = props;
  const [text, setText] = useState("");
  const [heard, setHeard] = useState("");
  const [answer, setAnswer] = useState<AskAnswer | null>(null);
  const [aloud, setAloud] = useState(localStorage.getItem(ALOUD) === "yes");
  const sayable = useSayable(api);

  const ask = (readings: string[], way: "text" | "voice"): void => {
    const said = readings.map((reading) => reading.trim()).filter((reading) => reading !== "");
    if (said[0] === undefined) return;
    if (way === "text") setHeard("");
    setText(said[0]);
    void attempt(async () => {
      const found = await api.ask(said, way, language);
      setAnswer(found);
      if (found.heard) setText(found.heard);
      if (aloud) speak(found.speech, localeOf(found.language));
    });
  };
  const write = (sentence: string): void => ask([sentence], "text");

  return (
    <section class="panel ask">
      <h2>{words("present.ask")}</h2>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          write(text);
        }}
      >
        <input
          type="text"
          aria-label={words("present.ask")}
          placeholder={words("present.askPlaceholder")}
          value={text}
          maxLength={300}
          enterkeyhint="send"
          autocomplete="off"
          list="sayable"
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <datalist id="sayable">
          {sayable.map((sentence) => (
            <option key={sentence} value={sentence} />
          ))}
        </datalist>
        <button type="submit" class="primary">
          {words("present.askGo")}
        </button>
      </form>
      {canListen() ? (
        <Talk hearing={setHeard} heard={(readings) => ask(readings, "voice")} />
      ) : (
        <p class="faint">{put("noVoice")}</p>
      )}
      <label class="aloud">
        <input
          type="checkbox"
          checked={aloud}
          onChange={(event) => {
            setAloud(event.currentTarget.checked);
            localStorage.setItem(ALOUD, event.currentTarget.checked ? "yes" : "no");
          }}
        />{" "}
        {put("aloud")}
      </label>
      <p class="heard">{heard !== "" && put("heard", { text: heard })}</p>
      <p class="speech" role="status" lang={answer?.language ?? language}>
        {answer?.speech}
      </p>
      {answer !== null && <Understood answer={answer} ask={write} />}
      {answer !== null && <Suggestions answer={answer} ask={write} />}
    </section>
  );
}
