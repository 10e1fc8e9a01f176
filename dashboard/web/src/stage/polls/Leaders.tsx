/** The best phones of a quiz. */

import type { Scorer } from "../../feed/wire";
import { number } from "../../text/language";
import { tell } from "./words";

export function Leaders(props: { scorers: readonly Scorer[] }) {
  return (
    <section class="leaders">
      <h2>{tell("leaders")}</h2>
      <ol>
        {props.scorers.slice(0, 5).map(({ rank, slot, score }) => (
          <li key={slot}>
            <b>{number(rank)}</b> <span>{tell("phone", { slot: number(slot) })}</span>
            <span class="score">{number(score)}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
