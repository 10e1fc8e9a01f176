/** The right side of the stage: the key number, the legend, and always the way in. */

import type { FeedState } from "../feed/socket";
import type { Counts } from "../feed/wire";
import type { Key } from "../text/en";
import { number, percent, words } from "../text/language";
import { Lamp } from "../ui/Lamp";
import { Shape } from "../ui/Shape";
import { Address, Code } from "./Address";
import type { Spread } from "./arrivals";
import { Histogram } from "./Histogram";
import { rowName } from "./Labels";
import { type Row, shortened } from "./legend";

/** Rows that fit above the code at every size of screen; fewer below the histogram. */
const MOST_ROWS = 6;
const MOST_ROWS_BELOW = 4;

function Legend(props: { rows: Row[]; most: number; fact: string | null }) {
  const { rows, most, fact } = props;
  return (
    <ul class="legend">
      {shortened(rows, most, words("stage.others")).map((row) => (
        <li key={row.name}>
          {row.family === null ? (
            <span class="shape swatch" style={{ background: row.colour ?? "transparent" }} />
          ) : (
            <Shape family={row.family} colour={row.colour} />
          )}
          <span class="name">{rowName(fact, row)}</span>
          <b>{number(row.count)}</b>
          <span class="part">{row.share !== null && percent(row.share)}</span>
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
  spread: Spread | null;
  simulated: number;
  joinUrl: string;
  /** No new phone comes in. */
  closed: boolean;
  replay: boolean;
  state: FeedState;
  /** The wall has names and numbers itself. */
  labelled: boolean;
}

/** Joined, connected, looking, answered: never mixed. The one that matters now is big. */
function Figures(props: { counts: Counts; asking: boolean }) {
  const { counts, asking } = props;
  const all: [Key, number][] = [
    ["stage.joined", counts.joined],
    ["stage.connected", counts.connected],
    ["stage.visible", counts.visible],
    ["stage.answered", counts.answered],
  ];
  const big = asking ? "stage.answered" : "stage.connected";
  const [[, value] = ["", 0]] = all.filter(([name]) => name === big);
  return (
    <>
      <p class="key">
        <strong class={widthOf(number(value))}>{number(value)}</strong> <span>{words(big)}</span>
      </p>
      <ul class="figures">
        {all
          .filter(([name]) => name !== big)
          .map(([name, count]) => (
            <li key={name}>
              <b>{number(count)}</b> <span>{words(name)}</span>
            </li>
          ))}
      </ul>
    </>
  );
}

export function Rail(props: RailProps) {
  const { asking, counts, rows, fact, converged, spread, simulated, state } = props;
  const timed = spread !== null && !asking;
  const shows = words("stage.converged", {
    n: number(converged ?? 0),
    connected: number(counts.connected),
  });
  const most = (timed ? MOST_ROWS_BELOW : MOST_ROWS) - (simulated > 0 ? 1 : 0);
  return (
    <aside class="rail">
      <Figures counts={counts} asking={asking} />
      {timed && <Histogram spread={spread} caption={shows} />}
      {!timed && !asking && converged !== null && <p class="detail">{shows}</p>}
      {!props.labelled && <Legend rows={rows} fact={fact} most={most} />}
      {simulated > 0 && <p class="detail simulated">{words("stage.simulated", { n: number(simulated) })}</p>}
      {props.replay ? (
        <ReplayCorner room={props.room} state={state} />
      ) : (
        <JoinCorner room={props.room} joinUrl={props.joinUrl} state={state} closed={props.closed} />
      )}
    </aside>
  );
}

/** In place of the way in: nobody can join a recording. */
function ReplayCorner(props: { room: string; state: FeedState }) {
  const { room, state } = props;
  return (
    <div class="join replay">
      <div>
        <p class="scan">{words("stage.replay")}</p>
        <Code room={room} />
        <Lamp
          live={state === "live"}
          words={words(state === "live" ? "stage.replaying" : "stage.replayed")}
        />
      </div>
    </div>
  );
}

/** The code stays where it is when nobody new is let in: who lost the page comes back by it. */
function JoinCorner(props: { room: string; joinUrl: string; state: FeedState; closed: boolean }) {
  const { room, joinUrl, state, closed } = props;
  return (
    <div class="join">
      <img src={`/api/rooms/${encodeURIComponent(room)}/qr.svg`} alt={words("stage.scan")} />
      <div>
        <p class="scan">{words(closed ? "stage.closed" : "stage.scan")}</p>
        <Code room={room} />
        <Address url={joinUrl} />
        <Lamp live={state === "live"} words={words(state === "live" ? "stage.live" : "stage.lost")} />
      </div>
    </div>
  );
}
