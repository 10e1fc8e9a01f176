/** An option's outline in its colour, as it is on the phones. */

import { optionClass, optionShape } from "../../room/poll";

export function OptionMark(props: { index: number }) {
  const { index } = props;
  return (
    <svg class={`shape option-mark ${optionClass(index)}`} viewBox="0 0 100 100" aria-hidden="true">
      <path d={optionShape(index)} fill-rule="evenodd" fill="currentColor" />
    </svg>
  );
}
