/** A poll of any kind, prepared on the page: a new one, or a draft that is changed. */

import { useState } from "preact/hooks";
import { language } from "../text/language";
import type { PollDraft, PollInfo } from "./api";
import { PollFields } from "./PollFields";
import {
  BLANK,
  draftOf,
  FACTS,
  type Fields,
  fieldsOf,
  hasOptions,
  hasTexts,
  isComplete,
  KINDS,
  type Kind,
} from "./polls/draft";
import { tell } from "./polls/words";

const MOST_OPTIONS = 12;

export type Change = (part: Partial<Fields>) => void;

function Options(props: { fields: Fields; change: Change }) {
  const { fields, change } = props;
  const { options, right } = fields;
  return (
    <>
      {options.map((option, index) => {
        const label = tell("option", { n: index + 1 });
        return (
          // Options have no identity but their place.
          <div class="option-field" key={index}>
            <input
              type="text"
              aria-label={label}
              placeholder={label}
              value={option}
              maxLength={120}
              onInput={(event) => {
                const { value } = event.currentTarget;
                change({ options: options.map((old, at) => (at === index ? value : old)) });
              }}
            />
            {fields.kind === "quiz" && (
              <label class="tick">
                <input
                  type="checkbox"
                  aria-label={tell("isRight", { n: index + 1 })}
                  checked={right[index] ?? false}
                  onChange={(event) => {
                    const { checked } = event.currentTarget;
                    change({
                      right: options.map((_, at) => (at === index ? checked : (right[at] ?? false))),
                    });
                  }}
                />
                {tell("right")}
              </label>
            )}
          </div>
        );
      })}
      {options.length < MOST_OPTIONS && (
        <button type="button" class="quiet" onClick={() => change({ options: [...options, ""] })}>
          + {tell("addOption")}
        </button>
      )}
    </>
  );
}

function KindField(props: { kind: Kind; fact: string; change: Change }) {
  const { kind, fact, change } = props;
  return (
    <div class="pair">
      <label class="field">
        {tell("kind")}
        <select value={kind} onChange={(event) => change({ kind: event.currentTarget.value as Kind })}>
          {KINDS.map((one) => (
            <option key={one} value={one}>
              {tell(`kind.${one}`)}
            </option>
          ))}
        </select>
      </label>
      {kind === "fact" && (
        <label class="field">
          {tell("fact")}
          <select value={fact} onChange={(event) => change({ fact: event.currentTarget.value })}>
            {FACTS.map((one) => (
              <option key={one} value={one}>
                {tell(`fact.${one}`)}
              </option>
            ))}
          </select>
        </label>
      )}
    </div>
  );
}

export function PollForm(props: {
  /** The draft that is changed; null: a new one. */
  poll: PollInfo | null;
  /** True when it is done. */
  save(draft: PollDraft, open: boolean): Promise<boolean>;
  cancel(): void;
}) {
  const { poll, save, cancel } = props;
  const [fields, setFields] = useState<Fields>(poll === null ? BLANK : fieldsOf(poll));
  const change: Change = (part) => setFields({ ...fields, ...part });
  const ready = isComplete(fields);
  const send = async (open: boolean): Promise<void> => {
    if (await save(draftOf(fields, poll?.language ?? language), open))
      setFields({ ...BLANK, kind: fields.kind });
  };
  return (
    <form
      class="poll-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) void send(poll === null);
      }}
    >
      <h3>{tell(poll === null ? "newPoll" : "change")}</h3>
      <KindField kind={fields.kind} fact={fields.fact} change={change} />
      <input
        type="text"
        aria-label={tell("question")}
        placeholder={tell("question")}
        value={fields.question}
        maxLength={300}
        onInput={(event) => change({ question: event.currentTarget.value })}
      />
      {hasOptions(fields.kind) && <Options fields={fields} change={change} />}
      <PollFields fields={fields} change={change} texts={hasTexts(fields.kind)} />
      <div class="row spaced">
        <button type="submit" class="primary" disabled={!ready}>
          {tell(poll === null ? "createOpen" : "save")}
        </button>
        {poll === null ? (
          <button type="button" disabled={!ready} onClick={() => void send(false)}>
            {tell("create")}
          </button>
        ) : (
          <button type="button" onClick={cancel}>
            {tell("cancel")}
          </button>
        )}
      </div>
    </form>
  );
}
