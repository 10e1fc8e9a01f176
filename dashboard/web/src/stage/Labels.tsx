/** Names and numbers on the wall, below the columns or left of the bars. */

import { number, percent, unbroken, words } from "../text/language";
import { valueName } from "../ui/names";
import { Shape } from "../ui/Shape";
import type { Row } from "./legend";
import { OptionMark } from "./polls/OptionMark";
import { LABEL_PART, NUMBER_PART, type View } from "./views";

/** A row's name as people read it; values that share a colour share a row. */
export const rowName = (fact: string | null, row: Row): string =>
  row.name
    .split(", ")
    .map((name) => valueName(fact, name))
    .join(", ");

const longest = (texts: string[]): number => Math.max(1, ...texts.map((text) => text.length));

/** Letters of a line: names may take two, broken between words. */
const letters = (names: string[]): number =>
  Math.max(longest(names.flatMap((name) => name.split(" "))), Math.ceil(longest(names) / 2));

/** Hidden from screen readers: the table says the same. */
export function Labels(props: { view: Exclude<View, "room">; rows: Row[]; fact: string | null }) {
  const { view, rows, fact } = props;
  const names = rows.map((row) => (row.name === "other" ? words("stage.others") : rowName(fact, row)));
  const columns = Math.max(1, rows.length);
  const tracks = `repeat(${columns}, minmax(0, 1fr))`;
  const style =
    view === "groups"
      ? {
          height: `${LABEL_PART * 100}%`,
          gridTemplateColumns: tracks,
          "--columns": columns,
          "--digits": longest(rows.map((row) => number(row.count))),
          "--letters": letters(names),
        }
      : { width: `${NUMBER_PART * 100}%`, gridTemplateRows: tracks };
  return (
    <ol class={`labels ${view} ${rows.length > 4 ? "many" : ""}`} style={style} aria-hidden="true">
      {rows.map((row, index) => (
        <li key={row.name} class={row.right ? "right" : ""}>
          <b>{number(row.count)}</b>
          <span class="name">
            {row.option !== undefined ? (
              <OptionMark index={row.option} />
            ) : row.family === null ? (
              <span class="shape swatch" style={{ background: row.colour ?? "transparent" }} />
            ) : (
              <Shape family={row.family} colour={row.colour} />
            )}
            <span dir="auto">{unbroken(names[index] ?? "")}</span>
          </span>
          <span class="part">{row.share !== null && percent(row.share)}</span>
        </li>
      ))}
    </ol>
  );
}
