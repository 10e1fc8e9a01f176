/** What is always in sight: the room, who is in it, whether it is heard, and what one needs at once. */

import type { FeedState } from "../feed/socket";
import type { Counts } from "../feed/wire";
import type { Key } from "../text/en";
import { number, words } from "../text/language";
import { Lamp } from "../ui/Lamp";
import type { Step } from "./steps";
import type { Orders } from "./useOrders";
import { factName, tell } from "./words";

const numbers = ["joined", "connected", "visible", "answered"] as const;

export function stepName(step: Step): string {
  if (step.kind === "by") return tell("step.by", { fact: factName(step.fact) });
  return tell(step.kind === "programme" ? "step.programme" : `step.${step.event}`);
}

function Numbers(props: { counts: Counts }) {
  return (
    <dl class="counts" aria-label={tell("counts.label")}>
      {numbers.map((name) => (
        <div key={name}>
          <dt>{words(`present.${name}` as Key)}</dt>
          <dd>{number(props.counts[name])}</dd>
        </div>
      ))}
    </dl>
  );
}

export function Strip(props: {
  room: string;
  state: FeedState;
  counts: Counts;
  blank: boolean;
  orders: Orders;
}) {
  const { room, state, counts, blank, orders } = props;
  const { next, canUndo, undo, toggleBlank, take } = orders;
  return (
    <div class="strip">
      <div class="who">
        <h1>{room}</h1>
        <Lamp live={state === "live"} words={words(state === "live" ? "present.live" : "present.lost")} />
      </div>
      <Numbers counts={counts} />
      <fieldset class="quick">
        <legend class="visually-hidden">{tell("quick.label")}</legend>
        <button type="button" aria-pressed={blank} onClick={toggleBlank}>
          {tell("quick.blank")}
        </button>
        <button type="button" disabled={!canUndo} onClick={undo}>
          {tell("quick.undo")}
        </button>
        {next !== null && (
          <button type="button" class="primary next" onClick={() => take(next)}>
            {tell("quick.next", { step: stepName(next) })}
          </button>
        )}
      </fieldset>
    </div>
  );
}
