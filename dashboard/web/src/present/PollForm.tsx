/** A new poll. */

import { useState } from "preact/hooks";
import { language, words } from "../text/language";
import type { PollDraft } from "./api";

const MOST_OPTIONS = 12;

function Options(props: { options: string[]; change(options: string[]): void }) {
  const { options, change } = props;
  return (
    <>
      {options.map((option, index) => {
        const label = words("present.option", { n: index + 1 });
        return (
          <input
            type="text"
            // Options have no identity but their place.
            key={index}
            aria-label={label}
            placeholder={label}
            value={option}
            maxLength={120}
            onInput={(event) =>
              change(options.map((old, at) => (at === index ? event.currentTarget.value : old)))
            }
          />
        );
      })}
      {options.length < MOST_OPTIONS && (
        <button type="button" class="quiet" onClick={() => change([...options, ""])}>
          + {words("present.addOption")}
        </button>
      )}
    </>
  );
}

export function PollForm(props: { create(draft: PollDraft, open: boolean): Promise<boolean> }) {
  const [kind, setKind] = useState<"single" | "yesno">("single");
  const [question, setQuestion] = useState("");
  const [options, setOptions] = useState(["", ""]);
  const filled = options.map((option) => option.trim()).filter((option) => option !== "");
  const ready = question.trim() !== "" && (kind === "yesno" || filled.length >= 2);

  const create = async (open: boolean): Promise<void> => {
    const draft: PollDraft = { kind, question: question.trim(), language };
    if (kind === "single") draft.options = filled;
    if (!(await props.create(draft, open))) return;
    setQuestion("");
    setOptions(["", ""]);
  };

  return (
    <form
      class="poll-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) void create(true);
      }}
    >
      <fieldset class="row segmented" aria-label={words("present.kind")}>
        <button type="button" aria-pressed={kind === "single"} onClick={() => setKind("single")}>
          {words("present.single")}
        </button>
        <button type="button" aria-pressed={kind === "yesno"} onClick={() => setKind("yesno")}>
          {words("present.yesno")}
        </button>
      </fieldset>
      <input
        type="text"
        aria-label={words("present.question")}
        placeholder={words("present.question")}
        value={question}
        maxLength={300}
        onInput={(event) => setQuestion(event.currentTarget.value)}
      />
      {kind === "single" && <Options options={options} change={setOptions} />}
      <div class="row spaced">
        <button type="submit" class="primary" disabled={!ready}>
          {words("present.createOpen")}
        </button>
        <button type="button" disabled={!ready} onClick={() => void create(false)}>
          {words("present.create")}
        </button>
      </div>
    </form>
  );
}
