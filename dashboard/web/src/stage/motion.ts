/** Marks on their way from one place to another. Typed arrays; takes time as an argument. */

import type { Places } from "./views";

/** How long one mark is on its way, ms. */
export const TRAVEL_MS = 700;
/** How much later than the first the last mark sets off, ms. */
export const STAGGER_MS = 250;
/** Sizes between two cells for which sprites are drawn: more would not be seen. */
const SIZE_STEPS = 6;

/** Slow at both ends. */
export const eased = (part: number): number => (part < 0.5 ? 4 * part ** 3 : 1 - (2 - 2 * part) ** 3 / 2);

export class Motion {
  /** Left, top and side of each slot's mark at the last `moveTo`; `x` is below 0 for a mark without a place. */
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly size: Uint16Array;
  private readonly started: number;

  /** `before` has where marks are drawn now: places, or a motion that is interrupted. */
  constructor(
    private readonly from: {
      x: ArrayLike<number>;
      y: ArrayLike<number>;
      size?: ArrayLike<number>;
      cell?: number;
    },
    private readonly to: Places,
    private readonly highest: number,
    now: number,
  ) {
    this.started = now;
    this.x = new Float32Array(highest + 1).fill(-1);
    this.y = new Float32Array(highest + 1).fill(-1);
    this.size = new Uint16Array(highest + 1).fill(to.cell);
    this.moveTo(now);
  }

  /** Works out every mark's place at `now` (ms); true when all have arrived. */
  moveTo(now: number): boolean {
    const { from, to, highest } = this;
    const since = now - this.started;
    const delay = STAGGER_MS / Math.max(1, highest);
    for (let slot = 1; slot <= highest; slot++) {
      const [toX, toY] = [to.x[slot] ?? -1, to.y[slot] ?? -1];
      const [fromX, fromY] = [from.x[slot] ?? -1, from.y[slot] ?? -1];
      // Who has come or gone in between does not fly: the mark is there, or it is not.
      const part = fromX < 0 || toX < 0 ? 1 : Math.min(1, Math.max(0, (since - slot * delay) / TRAVEL_MS));
      const way = eased(part);
      this.x[slot] = part === 1 ? toX : fromX + (toX - fromX) * way;
      this.y[slot] = part === 1 ? toY : fromY + (toY - fromY) * way;
      const size = from.size?.[slot] ?? from.cell ?? to.cell;
      this.size[slot] = Math.round(size + (to.cell - size) * (Math.round(way * SIZE_STEPS) / SIZE_STEPS));
    }
    return since >= TRAVEL_MS + STAGGER_MS;
  }
}
