/** Keys and presentation clickers: what a key asks of the room. Pure. */

/** A clicker sends PageDown and PageUp, and `b` or `.` for its black-screen button; some send arrows or the space bar. */
export type Command =
  | { do: "next" | "back" | "blank" | "clear" | "wave" | "undo" | "help" | "ask" }
  | { do: "dimension"; index: number };

/** The part of a keyboard event that decides. */
export interface Press {
  key: string;
  /** Ctrl, Alt or Meta is down: the key is the browser's. */
  modified: boolean;
  /** A held key comes again and again: the room must not run through everything. */
  repeat: boolean;
  /** Where the key was pressed. */
  on: "page" | "control" | "field";
}

const named: Record<string, Command> = {
  PageDown: { do: "next" },
  ArrowRight: { do: "next" },
  " ": { do: "next" },
  PageUp: { do: "back" },
  ArrowLeft: { do: "back" },
  b: { do: "blank" },
  ".": { do: "blank" },
  w: { do: "wave" },
  u: { do: "undo" },
  "0": { do: "clear" },
  "/": { do: "ask" },
  "?": { do: "help" },
};

/** What a key press asks for; null when it is none of ours, or belongs to what has the focus. */
export function commandOf(press: Press): Command | null {
  if (press.modified || press.repeat || press.on === "field") return null;
  // The space bar presses the button that has the focus.
  if (press.key === " " && press.on === "control") return null;
  if (/^[1-9]$/.test(press.key)) return { do: "dimension", index: Number(press.key) - 1 };
  return named[press.key.length === 1 ? press.key.toLowerCase() : press.key] ?? null;
}

const CONTROLS = "button, a[href], summary";
const FIELDS = "input, select, textarea, [contenteditable], [role=slider], dialog";

/** Where a key was pressed: a field takes every key, a button or link the space bar. */
export function placeOf(target: EventTarget | null): Press["on"] {
  if (!(target instanceof Element)) return "page";
  if (target.closest(FIELDS) !== null) return "field";
  return target.closest(CONTROLS) === null ? "page" : "control";
}
