/** Where each slot is on the wall. Pure. */

export interface Grid {
  columns: number;
  rows: number;
  /** Side of a square cell in device pixels. */
  cell: number;
  /** Left and top of the first cell, so that the grid is centred. */
  left: number;
  top: number;
}

/** Sizes that a wall may have; it grows in steps, since each step moves every mark. */
const STEPS = [24, 48, 96, 150, 250, 400, 600, 1_000, 1_500, 2_000, 3_000, 5_000, 7_500, 10_000, 15_000, 20_000];
/** A lone phone on a huge wall would be a poster: no cell is larger than this part of the wall's height. */
const LARGEST_PART = 1 / 4;

/** How many cells the wall has for a highest slot of `slots`; never fewer than `before`: people know their place. */
export function capacity(slots: number, before = 0): number {
  const step = STEPS.find((one) => one >= slots) ?? Math.ceil(slots / 5_000) * 5_000;
  return Math.max(step, before);
}

/** The grid of largest square cells with `cells` places in `width` by `height` device pixels. */
export function layOut(cells: number, width: number, height: number): Grid {
  if (width < 1 || height < 1 || cells < 1) return { columns: 1, rows: 1, cell: 1, left: 0, top: 0 };
  let cell = Math.floor(Math.min(Math.sqrt((width * height) / cells), height * LARGEST_PART));
  while (cell > 1 && Math.floor(width / cell) * Math.floor(height / cell) < cells) cell -= 1;
  cell = Math.max(cell, 1);
  const columns = Math.max(1, Math.floor(width / cell));
  const rows = Math.ceil(cells / columns);
  return {
    columns,
    rows,
    cell,
    left: Math.floor((width - columns * cell) / 2),
    top: Math.max(0, Math.floor((height - rows * cell) / 2)),
  };
}

/** Left and top of the cell of a slot; slots count from 1. */
export function place(grid: Grid, slot: number): [number, number] {
  const index = slot - 1;
  const column = index % grid.columns;
  const row = (index - column) / grid.columns;
  return [grid.left + column * grid.cell, grid.top + row * grid.cell];
}
