/** The three views of the same marks, and where each mark is in them. Pure. */

import { CONNECTED } from "../feed/room";
import { capacity, layOut, place } from "./grid";
import type { Marks } from "./marks";

/** The room as a grid, the groups as columns that are a bar chart, the groups as bars beside big numbers. */
export const VIEWS = ["room", "groups", "numbers"] as const;
export type View = (typeof VIEWS)[number];

/** Where marks are, in device pixels of one canvas. Slots count from 1; `x` is -1 for a slot without a place. */
export interface Places {
  cell: number;
  x: Int16Array;
  y: Int16Array;
}

/** The part of the wall's height below the columns, where their names and numbers are. */
export const LABEL_PART = 0.24;
/** The part of the wall's width left of the bars, where their names and numbers are. */
export const NUMBER_PART = 0.42;
/** The part of a column's width, or of a bar's row, that marks may fill. */
const FILLED_PART = 0.8;
/** A column of two phones need not be two posters: no mark is larger than this part of the wall's height. */
const LARGEST_PART = 1 / 8;

const nowhere = (slots: number, cell: number): Places => ({
  cell,
  x: new Int16Array(slots + 1).fill(-1),
  y: new Int16Array(slots + 1).fill(-1),
});

/** The room: every slot has its place for good, taken or not. `before`: as many places as there were. */
export function roomPlaces(highest: number, before: number, width: number, height: number): Places {
  const cells = capacity(highest, before);
  const grid = layOut(cells, width, height);
  const places = nowhere(cells, grid.cell);
  for (let slot = 1; slot <= cells; slot++) {
    const [left, top] = place(grid, slot);
    if (top + grid.cell > height) continue;
    places.x[slot] = left;
    places.y[slot] = top;
  }
  return places;
}

/** The slots of each group, the connected first: these are what a column's height says. */
function members(marks: Marks, groups: number, groupOf: (slot: number) => number): number[][] {
  const here: number[][] = Array.from({ length: groups }, () => []);
  const away: number[][] = Array.from({ length: groups }, () => []);
  for (let slot = 1; slot <= marks.highest; slot++) {
    if (!marks.present[slot]) continue;
    const among = (marks.flags[slot] ?? 0) & CONNECTED ? here : away;
    among[groupOf(slot)]?.push(slot);
  }
  return here.map((slots, group) => [...slots, ...(away[group] ?? [])]);
}

/** The largest cell with which `most` marks fit into `length` by `breadth` pixels. */
function cellFor(most: number, length: number, breadth: number, largest: number): number {
  if (length < 1 || breadth < 1) return 1;
  let cell = Math.floor(Math.min(Math.sqrt((length * breadth) / Math.max(most, 1)), breadth, largest));
  while (cell > 1 && Math.floor(length / cell) * Math.floor(breadth / cell) < most) cell -= 1;
  return Math.max(cell, 1);
}

/** Columns that stand on their labels, all of the same breadth: their heights are the bar chart. */
export function columnPlaces(
  marks: Marks,
  groups: number,
  groupOf: (slot: number) => number,
  width: number,
  height: number,
): Places {
  const columns = members(marks, groups, groupOf);
  const most = Math.max(1, ...columns.map((slots) => slots.length));
  const floor = Math.floor(height * (1 - LABEL_PART));
  const breadth = (width / Math.max(groups, 1)) * FILLED_PART;
  const cell = cellFor(most, floor, breadth, height * LARGEST_PART);
  const abreast = Math.max(1, Math.floor(breadth / cell));
  const places = nowhere(marks.highest, cell);
  columns.forEach((slots, group) => {
    const left = Math.round(((group + 0.5) * width) / groups - (abreast * cell) / 2);
    slots.forEach((slot, index) => {
      places.x[slot] = left + (index % abreast) * cell;
      places.y[slot] = floor - (Math.floor(index / abreast) + 1) * cell;
    });
  });
  return places;
}

/** Bars that grow to the right of the big numbers, all of the same breadth. */
export function barPlaces(
  marks: Marks,
  groups: number,
  groupOf: (slot: number) => number,
  width: number,
  height: number,
): Places {
  const bars = members(marks, groups, groupOf);
  const most = Math.max(1, ...bars.map((slots) => slots.length));
  const start = Math.ceil(width * NUMBER_PART);
  const row = height / Math.max(groups, 1);
  const breadth = row * FILLED_PART;
  const cell = cellFor(most, width - start, breadth, height * LARGEST_PART);
  const abreast = Math.max(1, Math.floor(breadth / cell));
  const places = nowhere(marks.highest, cell);
  bars.forEach((slots, group) => {
    const top = Math.round((group + 0.5) * row - (abreast * cell) / 2);
    slots.forEach((slot, index) => {
      places.x[slot] = start + Math.floor(index / abreast) * cell;
      places.y[slot] = top + (index % abreast) * cell;
    });
  });
  return places;
}
