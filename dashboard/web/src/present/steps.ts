/** What the clicker's two buttons do: the question that is being asked comes first, then the room's facts in turn. Pure. */

import type { PollMessage, Scene } from "../feed/wire";
import type { SceneCommand } from "./api";

export type Step =
  | { kind: "poll"; id: string; event: "lock" | "reveal" | "reopen" }
  | { kind: "programme" }
  | { kind: "by"; fact: string };

/** The fact `by` places after the one that is shown, around the end; a room that shows none begins at an end. */
function fact(scene: Scene | null, dimensions: readonly string[], by: 1 | -1): Step | null {
  const shown = scene?.by ? dimensions.indexOf(scene.by) : -1;
  const from = shown === -1 && by === -1 ? 0 : shown;
  const found = dimensions[(from + by + dimensions.length) % dimensions.length];
  return found === undefined ? null : { kind: "by", fact: found };
}

/**
 * A question that is open is closed, one that is closed is revealed, then the next that was `prepared` is asked; when
 * there is none the room is coloured by its next fact.
 */
export function nextStep(
  scene: Scene | null,
  poll: PollMessage | null,
  dimensions: readonly string[],
  prepared: boolean,
): Step | null {
  const asked = poll?.poll;
  if (asked?.poll_id && asked.state === "open") return { kind: "poll", id: asked.poll_id, event: "lock" };
  if (asked?.poll_id && asked.state === "locked") return { kind: "poll", id: asked.poll_id, event: "reveal" };
  return prepared ? { kind: "programme" } : fact(scene, dimensions, 1);
}

/** A question that was closed is opened again; otherwise the room is coloured by the fact before. */
export function backStep(
  scene: Scene | null,
  poll: PollMessage | null,
  dimensions: readonly string[],
): Step | null {
  const asked = poll?.poll;
  if (asked?.poll_id && asked.state === "locked") return { kind: "poll", id: asked.poll_id, event: "reopen" };
  return fact(scene, dimensions, -1);
}

/** The order that shows this scene again. */
export function commandOf(scene: Scene | null): SceneCommand {
  if (scene?.by) return { by: scene.by, ...(scene.palette ? { palette: scene.palette } : {}) };
  if (scene?.color) return { color: scene.color };
  if (scene?.wave) return { wave: scene.wave };
  return scene?.blank ? { blank: true } : {};
}
