/** Which group each mark is in: the groups are the rows of the legend. Pure. */

import type { Scene } from "../feed/wire";
import { type Row, shortened } from "./legend";
import { type Marks, NO_COLOUR } from "./marks";

/** Groups are systems unless the scene is about another fact. */
export const isBySystem = (scene: Scene | null): boolean => !scene?.by || scene.by === "os";

/** Columns and bars that can be told apart at the back of a hall. */
const MOST_GROUPS = 6;

/** The rows that become groups: every connected phone is in one of them. */
export function groupRows(rows: Row[], connected: number, othersName: string): Row[] {
  const missing = connected - rows.reduce((sum, row) => sum + row.count, 0);
  const all =
    missing > 0 ? [...rows, { name: othersName, family: null, colour: null, count: missing }] : rows;
  return shortened(all, MOST_GROUPS, othersName);
}

/**
 * The group of a slot as an index into `rows`. Marks carry their system; by any other fact they are told apart by the
 * colour that they report. Who fits nowhere is in the last group.
 */
export function grouping(
  scene: Scene | null,
  rows: readonly Row[],
  families: readonly string[],
  marks: Marks,
): (slot: number) => number {
  const last = rows.length - 1;
  if (isBySystem(scene)) {
    const groups = families.map((name) => {
      const found = rows.findIndex((row) => row.family === name);
      return found < 0 ? last : found;
    });
    return (slot) => groups[marks.family[slot] ?? 0] ?? last;
  }
  const groups = new Map(
    rows.map((row, index) => [
      row.colour === null ? NO_COLOUR : Number.parseInt(row.colour.slice(1), 16),
      index,
    ]),
  );
  return (slot) => groups.get(marks.colour[slot] ?? NO_COLOUR) ?? last;
}
