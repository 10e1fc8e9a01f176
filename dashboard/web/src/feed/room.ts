/** What a watcher knows of the room: a fold over the feed. Pure. */

import type {
  Controls,
  Counts,
  Facts,
  Health,
  Highlight,
  MarkGroup,
  PollMessage,
  Scene,
  ServerMessage,
  TraitGroup,
} from "./wire";

export const CONNECTED = 1;
export const VISIBLE = 2;
export const SHOWN = 4;
export const SIMULATED = 8;

export interface RoomView {
  room: string;
  cursor: number;
  /** Room time minus this machine's, ms. */
  clockOffset: number;
  /** The dimensions, `os` first, and the values that traits point into. */
  facts: Facts;
  counts: Counts;
  scene: Scene | null;
  poll: PollMessage | null;
  caption: string | null;
  /** The phone that is pointed out. */
  highlight: Highlight | null;
  /** What the presenter set; null on a stage. */
  /** No new phone comes in. */
  closed: boolean;
  controls: Controls | null;
  /** How well the room is; null on a stage, and until it was measured. */
  health: Health | null;
  /** The marks of the newest message: all of them after a snapshot, else those that changed. */
  marks: MarkGroup[];
  /** Who the phones of the newest message are, as `marks`. */
  traits: TraitGroup[];
  /** Counts the snapshots: a new one makes every mark drawn before it void. */
  epoch: number;
}

const NO_COUNTS: Counts = { joined: 0, connected: 0, visible: 0, answered: 0, os: {}, facts: {} };

export const EMPTY: RoomView = {
  room: "",
  cursor: 0,
  clockOffset: 0,
  facts: { os: [] },
  counts: NO_COUNTS,
  scene: null,
  poll: null,
  caption: null,
  highlight: null,
  closed: false,
  controls: null,
  health: null,
  marks: [],
  traits: [],
  epoch: 0,
};

/** What to greet with so that the feed goes on where the view is; nothing before the first snapshot. */
export const resumeFrom = (view: RoomView): { cursor?: number } =>
  view.epoch === 0 ? {} : { cursor: view.cursor };

/** The slots in groups of marks. */
export const slotsOf = (groups: readonly MarkGroup[]): number[] => groups.flatMap(([, , slots]) => slots);

/** The next view. `now` is this machine's time in ms; changes leave out what is as it was. */
export function reduce(view: RoomView, message: ServerMessage, now: number): RoomView {
  if (message.type === "snapshot") {
    return {
      room: message.room,
      cursor: message.cursor,
      clockOffset: message.now - now,
      facts: message.facts,
      counts: message.counts,
      scene: message.scene,
      poll: message.poll,
      caption: message.caption,
      highlight: message.highlight,
      closed: message.closed ?? false,
      controls: message.controls ?? null,
      health: message.health ?? null,
      marks: message.marks,
      traits: message.traits,
      epoch: view.epoch + 1,
    };
  }
  // A message from before the snapshot would turn the wall back.
  if (view.epoch === 0 || message.cursor <= view.cursor) return { ...view, marks: [], traits: [] };
  return {
    ...view,
    cursor: message.cursor,
    clockOffset: message.now == null ? view.clockOffset : message.now - now,
    facts: message.facts ?? view.facts,
    counts: message.counts ?? view.counts,
    scene: message.scene === undefined ? view.scene : message.scene,
    poll: message.poll === undefined ? view.poll : message.poll,
    caption: message.caption === undefined ? view.caption : message.caption,
    highlight: message.highlight === undefined ? view.highlight : message.highlight,
    closed: message.closed ?? view.closed,
    controls: message.controls ?? view.controls,
    health: message.health ?? view.health,
    marks: message.marks ?? [],
    traits: message.traits ?? [],
  };
}
