/** The fields of the form that only some kinds have. */

import type { DeskKey } from "../text/deskEn";
import type { Change } from "./PollForm";
import { type Fields, isNamed } from "./polls/draft";
import { tell } from "./polls/words";

/** Names of fields that are typed, and of those that are ticked. */
type Typed = { [Name in keyof Fields]: Fields[Name] extends string ? Name : never }[keyof Fields];
type Ticked = { [Name in keyof Fields]: Fields[Name] extends boolean ? Name : never }[keyof Fields];

interface Field {
  name: Typed;
  label: DeskKey;
  type: "text" | "number";
}

const number = (name: Typed, label: DeskKey): Field => ({ name, label, type: "number" });
const text = (name: Typed, label: DeskKey): Field => ({ name, label, type: "text" });

const typed: Record<string, Field[]> = {
  multiple: [number("maxChoices", "maxChoices")],
  rating: [number("min", "min"), number("max", "max"), text("low", "low"), text("high", "high")],
  estimate: [number("min", "min"), number("max", "max"), text("unit", "unit")],
  wordcloud: [number("maxWords", "maxWords")],
  quiz: [text("explanation", "explanation")],
};

const ticked: Record<string, Ticked[]> = { quiz: ["leaderboard", "speedBonus"] };

function Line(props: { label: string; type: Field["type"]; value: string; change(value: string): void }) {
  const { label, type, value, change } = props;
  const common = {
    "aria-label": label,
    value,
    onInput: (event: { currentTarget: HTMLInputElement }) => change(event.currentTarget.value),
  };
  return (
    <div class="field">
      <span aria-hidden="true">{label}</span>
      {type === "number" ? <input type="number" step="any" {...common} /> : <input type="text" {...common} />}
    </div>
  );
}

function Choice(props: {
  name: "moderation" | "profanity";
  values: readonly ("before" | "after" | "mask" | "block" | "off")[];
  fields: Fields;
  change: Change;
}) {
  const { name, values, fields, change } = props;
  return (
    <label class="field">
      {tell(name)}
      <select value={fields[name]} onChange={(event) => change({ [name]: event.currentTarget.value })}>
        {values.map((value) => (
          <option key={value} value={value}>
            {tell(`${name}.${value}` as DeskKey)}
          </option>
        ))}
      </select>
    </label>
  );
}

export function PollFields(props: { fields: Fields; change: Change; texts: boolean }) {
  const { fields, change, texts } = props;
  const lines = [
    ...(typed[fields.kind] ?? []),
    ...(fields.kind === "fact" ? [] : [number("seconds", "seconds")]),
  ];
  const ticks: Ticked[] = [
    ...(ticked[fields.kind] ?? []),
    ...(fields.kind === "fact" || isNamed(fields) ? [] : ["anonymous" as const]),
  ];
  return (
    <>
      <div class="pair">
        {lines.map(({ name, label, type }) => (
          <Line
            key={name}
            label={tell(label)}
            type={type}
            value={fields[name]}
            change={(value) => change({ [name]: value })}
          />
        ))}
        {texts && <Choice name="moderation" values={["before", "after"]} fields={fields} change={change} />}
        {texts && (
          <Choice name="profanity" values={["mask", "block", "off"]} fields={fields} change={change} />
        )}
      </div>
      <div class="row">
        {ticks.map((name) => (
          <label class="tick" key={name}>
            <input
              type="checkbox"
              checked={fields[name]}
              onChange={(event) => change({ [name]: event.currentTarget.checked })}
            />
            {tell(name)}
          </label>
        ))}
      </div>
    </>
  );
}
