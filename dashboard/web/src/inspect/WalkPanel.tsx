/** The guided walk on the page: where it is, one sentence, and the one thing to do. */

import { useEffect, useState } from "preact/hooks";
import type { PresenterApi } from "../present/api";
import type { Attempt } from "../present/attempt";
import type { InspectKey } from "../text/inspectEn";
import type { InspectView } from "./fold";
import { advance, coloured, freshColour, START, STEPS, stateOf, type Walk } from "./walk";
import { say } from "./words";

const SIGNS = { past: "✓", present: "▶", future: "○" } as const;

function sentence(walk: Walk, view: InspectView): string {
  const { phone, thing } = view;
  const who = phone === null ? { thing } : { slot: phone.slot };
  if (walk.step === "pick") return say("walk.pick");
  if (walk.step === "sleep") return phone?.sim ? say("walk.sleepSim") : say("walk.sleep", who);
  if (walk.step === "colour") {
    const asked = say(phone === null ? "walk.colourThing" : "walk.colour", who);
    return `${asked} ${say("walk.asked")}`;
  }
  if (walk.step === "wake") return say(phone === null ? "walk.wakeThing" : "walk.wake", who);
  return say(walk.tooQuick ? "walk.tooQuick" : "walk.done");
}

export function WalkPanel(props: {
  room: string;
  api: PresenterApi;
  attempt: Attempt;
  view: InspectView;
  choose(): void;
}) {
  const { room, api, attempt, view, choose } = props;
  const [walk, setWalk] = useState<Walk>(START);
  useEffect(() => setWalk((before) => advance(before, view, Date.now())), [view]);

  const colour = (): void => {
    const chosen = freshColour(view);
    setWalk((before) => coloured(before, chosen, Date.now()));
    void attempt(async () => {
      try {
        await api.setDesired(view.thing, null, { color: chosen }, null);
      } catch (error) {
        setWalk((before) => ({ ...before, colour: null }));
        throw error;
      }
    });
  };
  const again = (): void => setWalk(advance(START, view, Date.now()));
  const takeBack = (): void => {
    void attempt(() => api.setDesired(view.thing, null, { color: null }, null));
    again();
  };
  const { step } = walk;
  const sim = view.phone?.sim === true;
  const page = `/j/${encodeURIComponent(room)}`;

  return (
    <section class={`panel walk at-${step}`} aria-labelledby="walk-title">
      <h2 id="walk-title">{say("walk.title")}</h2>
      <ol>
        {STEPS.map((one) => {
          const state = stateOf(walk, one);
          return (
            <li key={one} class={state} aria-current={state === "present" ? "step" : undefined}>
              <span aria-hidden="true">{SIGNS[state]} </span>
              {say(`walk.step.${one}` as InspectKey)}
              {state === "past" && <span class="visually-hidden"> ({say("walk.past")})</span>}
            </li>
          );
        })}
      </ol>
      <p class="sentence" role="status">
        {sentence(walk, view)}
      </p>
      <div class="row">
        {(step === "pick" || step === "sleep") && (
          <button type="button" class={step === "pick" ? "primary" : ""} onClick={choose}>
            {say("pick.choose")}
          </button>
        )}
        {(step === "colour" || step === "sleep") && (
          <button
            type="button"
            class={step === "colour" ? "primary" : ""}
            disabled={walk.colour !== null}
            onClick={colour}
          >
            {say("walk.doColour")}
          </button>
        )}
        {step === "done" && (
          <>
            <button type="button" class="primary" onClick={again}>
              {say("walk.doAgain")}
            </button>
            <button type="button" onClick={takeBack}>
              {say("walk.doBack")}
            </button>
          </>
        )}
        {(step === "pick" || (step === "sleep" && sim)) && (
          <a class="rehearse" href={page} target="_blank" rel="noopener noreferrer">
            {say("walk.openPhone")}
          </a>
        )}
      </div>
    </section>
  );
}
