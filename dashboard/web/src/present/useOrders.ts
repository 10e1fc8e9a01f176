/** The orders that more than one part of the page gives: by a button, a key or the clicker. */

import { useEffect, useRef } from "preact/hooks";
import type { RoomView } from "../feed/room";
import type { PresenterApi, SceneCommand } from "./api";
import type { Attempt } from "./attempt";
import type { Command } from "./keys";
import { backStep, commandOf, nextStep, type Step } from "./steps";

export interface Orders {
  next: Step | null;
  canUndo: boolean;
  undo(): void;
  take(step: Step): void;
  show(command: SceneCommand): void;
  toggleBlank(): void;
  run(command: Command): void;
}

export function useOrders(
  view: RoomView,
  dimensions: readonly string[],
  prepared: boolean,
  api: PresenterApi,
  attempt: Attempt,
  toAsk: () => void,
): Orders {
  const { scene, poll, controls } = view;
  const before = useRef<SceneCommand | null>(null);
  useEffect(() => {
    if (scene !== null && scene.blank !== true) before.current = commandOf(scene);
  }, [scene]);

  const show = (command: SceneCommand): void => void attempt(() => api.scene(command));
  const take = (step: Step): void => {
    if (step.kind === "by") show({ by: step.fact });
    else if (step.kind === "programme") void attempt(() => api.send("POST", "/polls/next"));
    else void attempt(() => api.changePoll(step.id, step.event));
  };
  const canUndo = controls?.undo === true;
  const undo = (): void => void attempt(() => api.undo());
  // A page that came while the phones were black does not know what was before: the room does.
  const wake = (): void => (before.current === null && canUndo ? undo() : show(before.current ?? {}));
  const toggleBlank = (): void => (scene?.blank ? wake() : show({ blank: true }));
  const next = nextStep(scene, poll, dimensions, prepared);
  const takeAny = (step: Step | null): void => {
    if (step !== null) take(step);
  };
  const run = (command: Command): void => {
    if (command.do === "next") takeAny(next);
    else if (command.do === "back") takeAny(backStep(scene, poll, dimensions));
    else if (command.do === "blank") toggleBlank();
    else if (command.do === "undo") {
      if (canUndo) undo();
    } else if (command.do === "clear") show({});
    else if (command.do === "wave") show({ wave: true });
    else if (command.do === "ask") toAsk();
    else if (command.do === "dimension") {
      const fact = dimensions[command.index];
      if (fact !== undefined) show({ by: fact });
    }
  };
  return { next, canUndo, undo, take, show, toggleBlank, run };
}
