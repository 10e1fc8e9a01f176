/** The words of a cloud, the larger the more often they were said; laid out anew when they change. */

import cloud from "d3-cloud";
import { useEffect, useRef, useState } from "preact/hooks";
import { optionClass } from "../../room/poll";
import { number } from "../../text/language";

/** Words that can be told apart at the back of a hall. */
const MOST_WORDS = 60;
/** The units of the drawing; the page scales it. */
const WIDTH = 1_200;
const HEIGHT = 520;
const LARGEST = 130;
const SMALLEST = 30;
/** When not every word finds room all are made smaller, step by step, to a fifth at most. */
const SHRINK = 0.85;
const SMALLEST_SCALE = 0.2;

interface Word {
  text: string;
  count: number;
  size: number;
  x?: number;
  y?: number;
}

/** Areas and not heights grow with the count; the sizes shrink when there are many words. */
export function sizes(results: Record<string, number>): Word[] {
  const words = Object.entries(results)
    .sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]))
    .slice(0, MOST_WORDS);
  const most = Math.max(1, ...words.map(([, count]) => count));
  const crowd = Math.min(1, Math.sqrt(12 / Math.max(words.length, 1)));
  return words.map(([text, count]) => {
    const long = Math.min(1, 14 / text.length);
    return { text, count, size: Math.max(SMALLEST, LARGEST * crowd * long * Math.sqrt(count / most)) };
  });
}

/**
 * The part of the drawing that the words fill, so that few words are large; the layout counts from its middle, and
 * says null when it placed no word, whatever its types say.
 */
function boxOf(corners: { x: number; y: number }[] | null): string {
  const [low, high] = corners ?? [];
  if (low === undefined || high === undefined) return `0 0 ${WIDTH} ${HEIGHT}`;
  const [width, height] = [Math.max(high.x - low.x, WIDTH / 3), Math.max(high.y - low.y, HEIGHT / 3)];
  const [x, y] = [(low.x + high.x - width - WIDTH) / 2, (low.y + high.y - height - HEIGHT) / 2];
  return `${x} ${y} ${width} ${height}`;
}

export function Cloud(props: { results: Record<string, number> }) {
  const { results } = props;
  const told = JSON.stringify(results);
  const [laid, setLaid] = useState<Word[]>([]);
  const [box, setBox] = useState(`0 0 ${WIDTH} ${HEIGHT}`);
  const font = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const family = font.current === null ? "sans-serif" : getComputedStyle(font.current).fontFamily;
    const words = sizes(JSON.parse(told) as Record<string, number>);
    const lay = (scale: number): void => {
      layout
        .words(words.map((word) => ({ ...word, size: word.size * scale })))
        .on("end", (placed, corners) => {
          // What finds no room is left out without a word; the most said may be the longest.
          if (placed.length < words.length && scale > SMALLEST_SCALE) return lay(scale * SHRINK);
          setLaid(placed);
          setBox(boxOf(corners));
        })
        .start();
    };
    const layout = cloud<Word>()
      .size([WIDTH, HEIGHT])
      .font(family)
      .fontWeight(700)
      .fontSize((word) => word.size)
      .padding(6)
      .rotate(0)
      // The same words always make the same cloud, on the stage as in a replay.
      .random(() => 0.5);
    lay(1);
    return () => void layout.stop();
  }, [told]);
  return (
    <div class="cloud" ref={font}>
      <svg viewBox={box} aria-hidden="true">
        {laid.map((word, index) => (
          <text
            key={word.text}
            class={optionClass(index)}
            x={word.x}
            y={word.y}
            font-size={word.size}
            text-anchor="middle"
          >
            {word.text}
          </text>
        ))}
      </svg>
      <ul class="visually-hidden">
        {sizes(results).map(({ text, count }) => (
          <li key={text}>
            {text}: {number(count)}
          </li>
        ))}
      </ul>
    </div>
  );
}
