/** The phone that the presenter points at: a ring around its mark, and its number large beside it. */

import { number, words } from "../text/language";

/** Parts of the wall, 0 to 1: the middle of the mark, and its side as a part of the wall's width. */
export interface Spot {
  slot: number;
  x: number;
  y: number;
  size: number;
}

export function Pointed(props: { spot: Spot }) {
  const { slot, x, y, size } = props.spot;
  // The number stands where there is room for it.
  const side = `${x > 0.5 ? "left" : "right"} ${y > 0.5 ? "above" : "below"}`;
  const style = { left: `${100 * x}%`, top: `${100 * y}%`, "--mark": `${100 * size}cqw` };
  return (
    <p class={`pointed ${side}`} style={style} role="status">
      <span class="ring" />
      <strong>{words("stage.pointed", { slot: number(slot) })}</strong>
    </p>
  );
}
