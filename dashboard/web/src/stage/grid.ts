/** Where each slot is on the wall. Pure. */

export interface Grid {
  columns: number;
  rows: number;
  /** Side of a square cell in device pixels. */
  cell: number;
}

/** Sizes that a wall may have; it grows by steps of a quarter or so, since each step moves every mark. */
const STEPS = [
  24, 40, 60, 80, 100, 125, 150, 200, 250, 320, 400, 500, 630, 800, 1_000, 1_250, 1_500, 2_000, 2_500, 3_200,
  4_000, 5_000, 6_300, 8_000, 10_000, 12_500, 16_000, 20_000,
];
/** A lone phone on a huge wall would be a poster: no cell is larger than this part of the wall's height. */
const LARGEST_PART = 1 / 4;

/** How many cells the wall has for a highest slot of `slots`; never fewer than `before`: people know their place. */
export function capacity(slots: number, before = 0): number {
  const step = STEPS.find((one) => one >= slots) ?? Math.ceil(slots / 5_000) * 5_000;
  return Math.max(step, before);
}

/** The grid of largest square cells with `cells` places in `width` by `height` device pixels. */
export function layOut(cells: number, width: number, height: number): Grid {
  if (width < 1 || height < 1 || cells < 1) return { columns: 1, rows: 1, cell: 1 };
  let cell = Math.floor(Math.min(Math.sqrt((width * height) / cells), height * LARGEST_PART));
  while (cell > 1 && Math.floor(width / cell) * Math.floor(height / cell) < cells) cell -= 1;
  cell = Math.max(cell, 1);
  const columns = Math.max(1, Math.floor(width / cell));
  return { columns, rows: Math.ceil(cells / columns), cell };
}

/** Left and top of the cell of a slot; slots count from 1. */
export function place(grid: Grid, slot: number): [number, number] {
  const index = slot - 1;
  const column = index % grid.columns;
  const row = (index - column) / grid.columns;
  return [column * grid.cell, row * grid.cell];
}
