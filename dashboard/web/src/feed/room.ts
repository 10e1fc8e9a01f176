/** What a watcher knows of the room: a fold over the feed. Pure. */

import type { Counts, MarkGroup, PollMessage, Scene, ServerMessage } from "./wire";

export const CONNECTED = 1;
export const VISIBLE = 2;
export const SHOWN = 4;
export const SIMULATED = 8;

export interface RoomView {
  room: string;
  cursor: number;
  /** Room time minus this machine's, ms. */
  clockOffset: number;
  families: string[];
  counts: Counts;
  scene: Scene | null;
  poll: PollMessage | null;
  caption: string | null;
  /** The marks of the newest message: all of them after a snapshot, else those that changed. */
  marks: MarkGroup[];
  /** Counts the snapshots: a new one makes every mark drawn before it void. */
  epoch: number;
}

const NO_COUNTS: Counts = { joined: 0, connected: 0, visible: 0, answered: 0, os: {} };

export const EMPTY: RoomView = {
  room: "",
  cursor: 0,
  clockOffset: 0,
  families: [],
  counts: NO_COUNTS,
  scene: null,
  poll: null,
  caption: null,
  marks: [],
  epoch: 0,
};

/** What to greet with so that the feed goes on where the view is; nothing before the first snapshot. */
export const resumeFrom = (view: RoomView): { cursor?: number } =>
  view.epoch === 0 ? {} : { cursor: view.cursor };

/** The next view. `now` is this machine's time in ms; changes leave out what is as it was. */
export function reduce(view: RoomView, message: ServerMessage, now: number): RoomView {
  if (message.type === "snapshot") {
    return {
      room: message.room,
      cursor: message.cursor,
      clockOffset: message.now - now,
      families: message.facts.os,
      counts: message.counts,
      scene: message.scene,
      poll: message.poll,
      caption: message.caption,
      marks: message.marks,
      epoch: view.epoch + 1,
    };
  }
  // A message from before the snapshot would turn the wall back.
  if (view.epoch === 0 || message.cursor <= view.cursor) return { ...view, marks: [] };
  return {
    ...view,
    cursor: message.cursor,
    clockOffset: message.now == null ? view.clockOffset : message.now - now,
    families: message.facts?.os ?? view.families,
    counts: message.counts ?? view.counts,
    scene: message.scene === undefined ? view.scene : message.scene,
    poll: message.poll === undefined ? view.poll : message.poll,
    caption: message.caption === undefined ? view.caption : message.caption,
    marks: message.marks ?? [],
  };
}
