/** How fast the room took its colour: phones by the time from the scene to their report. */

import { number, seconds, words } from "../text/language";
import { BAR_MS, BARS, type Spread } from "./arrivals";

/** Units of the drawing; a bar is `BAR` wide with a gap of one. */
const BAR = 10;
const HEIGHT = 60;

/** `caption`: how many show the scene. */
export function Histogram(props: { spread: Spread; caption: string }) {
  const { bars, half, most } = props.spread;
  const tallest = Math.max(1, ...bars);
  const last = ((BARS - 1) * BAR_MS) / 1_000;
  const summary =
    half === null || most === null ? "" : words("stage.within", { half: seconds(half), most: seconds(most) });
  return (
    <figure class="times">
      <figcaption>{props.caption}</figcaption>
      <svg
        viewBox={`0 0 ${BARS * BAR} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${words("stage.time")}. ${summary}`}
      >
        {bars.map((count, bar) => {
          // A single phone is a line that can be seen.
          const height = count === 0 ? 1 : Math.max(4, (count / tallest) * HEIGHT);
          const key = `${bar * BAR_MS}`;
          return (
            <rect
              key={key}
              class={count > 0 ? "some" : "none"}
              x={bar * BAR}
              y={HEIGHT - height}
              width={BAR - 1}
              height={height}
            />
          );
        })}
      </svg>
      <p class="scale" aria-hidden="true">
        <span>0</span>
        <span>{words("stage.seconds", { n: number(1) })}</span>
        <span>{words("stage.more", { n: number(last) })}</span>
      </p>
      <p class="within">{summary}</p>
    </figure>
  );
}
