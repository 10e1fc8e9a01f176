/** A colour as a button that says its name. */

import type { ComponentChildren } from "preact";
import { inkOn } from "../room/colour";

export function Swatch(props: {
  colour: string;
  pressed: boolean;
  choose(): void;
  children: ComponentChildren;
}) {
  const { colour, pressed, choose, children } = props;
  return (
    <button
      type="button"
      class="colour"
      style={{ background: colour, color: inkOn(colour) }}
      aria-pressed={pressed}
      onClick={choose}
    >
      {children}
    </button>
  );
}
