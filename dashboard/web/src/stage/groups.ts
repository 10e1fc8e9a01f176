/** Which group each mark is in: the groups are the rows of the legend. Pure. */

import { SIMULATED, VISIBLE } from "../feed/room";
import type { Facts, Scene } from "../feed/wire";
import { shares } from "../room/shares";
import { factOf, type Row, shortened, unsaidOf } from "./legend";
import { type Marks, NO_COLOUR } from "./marks";

/** Columns and bars that can be told apart at the back of a hall. */
const MOST_GROUPS = 6;

/** The rows that become groups: every connected phone is in one of them. */
export function groupRows(rows: Row[], connected: number, othersName: string): Row[] {
  const count = unsaidOf(rows, connected);
  const share = shares([...rows.map((row) => row.count), count])[rows.length] ?? null;
  const missing: Row = { name: othersName, family: null, colour: null, count, share };
  return shortened(count > 0 ? [...rows, missing] : rows, MOST_GROUPS, othersName);
}

/** The group of a slot as an index into `rows`. Who fits nowhere is in the last group. */
export function grouping(
  scene: Scene | null,
  rows: readonly Row[],
  facts: Facts,
  marks: Marks,
): (slot: number) => number {
  const last = rows.length - 1;
  const fact = factOf(scene);
  const named = (name: string): number => {
    const found = rows.findIndex((row) => row.name === name);
    return found < 0 ? last : found;
  };
  if (fact === "visible" || fact === "sim") {
    const flag = fact === "sim" ? SIMULATED : VISIBLE;
    const [yes, no] = [named("true"), named("false")];
    return (slot) => ((marks.flags[slot] ?? 0) & flag ? yes : no);
  }
  const dimension = Object.keys(facts).indexOf(fact);
  if (dimension < 0) return byColour(rows, marks);
  const groups = (facts[fact] ?? []).map(named);
  const values = marks.dimension(dimension);
  return (slot) => groups[values[slot] ?? -1] ?? last;
}

/** A fact that the feed does not tell: phones are told apart by the colour that they report. */
function byColour(rows: readonly Row[], marks: Marks): (slot: number) => number {
  const numbers = rows.map((row) =>
    row.colour === null ? NO_COLOUR : Number.parseInt(row.colour.slice(1), 16),
  );
  const groups = new Map(numbers.map((number, index) => [number, index]));
  return (slot) => groups.get(marks.colour[slot] ?? NO_COLOUR) ?? rows.length - 1;
}
