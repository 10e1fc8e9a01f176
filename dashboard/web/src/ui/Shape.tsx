/** A family's shape as a small picture. */

import { shapeOf } from "../room/shapes";

export function Shape(props: { family: string; colour: string | null }) {
  const { family, colour } = props;
  return (
    <svg class="shape" viewBox="0 0 100 100" aria-hidden="true">
      <path d={shapeOf(family).path} fill-rule="evenodd" fill={colour ?? "currentColor"} />
    </svg>
  );
}
