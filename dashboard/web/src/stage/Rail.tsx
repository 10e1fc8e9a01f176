/** The right side of the stage: the key number, the legend, and always the way in. */

import type { FeedState } from "../feed/socket";
import type { Counts } from "../feed/wire";
import { number, percent, words } from "../text/language";
import { Lamp } from "../ui/Lamp";
import { valueName } from "../ui/names";
import { Shape } from "../ui/Shape";
import type { Row } from "./legend";

/** Rows that fit beside the code at every size of screen. */
const MOST_ROWS = 7;

function Legend(props: { rows: Row[]; fact: string | null; total: number }) {
  const { rows, fact, total } = props;
  return (
    <ul class="legend">
      {rows.slice(0, MOST_ROWS).map((row) => (
        <li key={row.name}>
          {row.family === null ? (
            <span class="shape swatch" style={{ background: row.colour ?? "currentColor" }} />
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

export interface RailProps {
  room: string;
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
  const lines = [words("stage.ofJoined", { joined: number(counts.joined), visible: number(counts.visible) })];
  if (converged !== null) {
    lines.push(words("stage.converged", { n: number(converged), connected: number(counts.connected) }));
  }
  const total = rows.reduce((sum, row) => sum + row.count, 0);
  return (
    <aside class="rail">
      <p class="key">
        <strong>{number(counts.connected)}</strong>
        <span>{words("stage.connected")}</span>
      </p>
      {lines.map((line) => (
        <p class="detail" key={line}>
          {line}
        </p>
      ))}
      <Legend rows={rows} fact={fact} total={total} />
      {simulated > 0 && (
        <p class="detail simulated">{words("stage.simulated", { n: number(simulated) })}</p>
      )}
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
        <p class="url">{joinUrl}</p>
        <Lamp live={state === "live"} words={words(state === "live" ? "stage.live" : "stage.lost")} />
      </div>
    </div>
  );
}
