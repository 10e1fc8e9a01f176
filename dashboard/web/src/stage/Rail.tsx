/** The right side of the stage: the key number, the legend, and always the way in. */

import type { FeedState } from "../feed/socket";
import type { Counts } from "../feed/wire";
import { number, percent, words } from "../text/language";
import { Lamp } from "../ui/Lamp";
import { valueName } from "../ui/names";
import { Shape } from "../ui/Shape";
import { Address } from "./Address";
import { type Row, shortened } from "./legend";

/** Rows that fit beside the code at every size of screen. */
const MOST_ROWS = 6;

function Legend(props: { rows: Row[]; fact: string | null; total: number }) {
  const { rows, fact, total } = props;
  return (
    <ul class="legend">
      {shortened(rows, MOST_ROWS, words("stage.others")).map((row) => (
        <li key={row.name}>
          {row.family === null ? (
            <span class="shape swatch" style={{ background: row.colour ?? "transparent" }} />
          ) : (
            <Shape family={row.family} colour={row.colour} />
          )}
          <span class="name">
            {row.name
              .split(", ")
              .map((name) => valueName(fact, name))
              .join(", ")}
          </span>
          <b>{number(row.count)}</b>
          <span class="part">{percent(row.count, total)}</span>
        </li>
      ))}
    </ul>
  );
}

/** The class of a key number: "1,000" and more need smaller digits. */
const widthOf = (text: string): string => (text.length > 5 ? "widest" : text.length > 3 ? "wide" : "");

export interface RailProps {
  room: string;
  /** A question is asked: then the key number is how many answered. */
  asking: boolean;
  counts: Counts;
  rows: Row[];
  fact: string | null;
  converged: number | null;
  simulated: number;
  joinUrl: string;
  state: FeedState;
}

export function Rail(props: RailProps) {
  const { counts, rows, fact, converged, simulated, state } = props;
  const { asking } = props;
  const connected = number(counts.connected);
  const key = asking ? number(counts.answered) : connected;
  const lines = asking
    ? [words("stage.answeredOf", { connected })]
    : [words("stage.ofJoined", { joined: number(counts.joined), visible: number(counts.visible) })];
  if (converged !== null && !asking) {
    lines.push(words("stage.converged", { n: number(converged), connected }));
  }
  const total = rows.reduce((sum, row) => sum + row.count, 0);
  return (
    <aside class="rail">
      <p class="key">
        <strong class={widthOf(key)}>{key}</strong>
        <span>{words(asking ? "stage.answered" : "stage.connected")}</span>
      </p>
      {lines.map((line) => (
        <p class="detail" key={line}>
          {line}
        </p>
      ))}
      <Legend rows={rows} fact={fact} total={total} />
      {simulated > 0 && <p class="detail simulated">{words("stage.simulated", { n: number(simulated) })}</p>}
      <JoinCorner room={props.room} joinUrl={props.joinUrl} state={state} />
    </aside>
  );
}

function JoinCorner(props: { room: string; joinUrl: string; state: FeedState }) {
  const { room, joinUrl, state } = props;
  return (
    <div class="join">
      <img src={`/api/rooms/${encodeURIComponent(room)}/qr.svg`} alt={words("stage.scan")} />
      <div>
        <p class="scan">{words("stage.scan")}</p>
        <p class="code">{room}</p>
        <Address url={joinUrl} />
        <Lamp live={state === "live"} words={words(state === "live" ? "stage.live" : "stage.lost")} />
      </div>
    </div>
  );
}
