/** The projector's page. The canvas is drawn by `Wall`; everything that is text is here. */

import type { RefCallback } from "preact";
import type { RoomView } from "../feed/room";
import type { FeedState } from "../feed/socket";
import type { Key } from "../text/en";
import { en } from "../text/en";
import { number, percent, unbroken, words } from "../text/language";
import { valueName } from "../ui/names";
import { Address, Code } from "./Address";
import type { Spread } from "./arrivals";
import { type Action, Controls } from "./Controls";
import { Labels } from "./Labels";
import { type Row, shortened } from "./legend";
import { Pointed, type Spot } from "./Pointed";
import { PollPanel } from "./PollPanel";
import type { Answers } from "./polls/answers";
import { Rail } from "./Rail";
import type { View } from "./views";

export interface StageProps {
  room: string;
  view: RoomView;
  state: FeedState;
  rows: Row[];
  /** The rows that columns and bars stand for. */
  groups: Row[];
  /** The answers that the wall's columns stand for, if they do. */
  answered: Answers | null;
  shown: View;
  converged: number | null;
  spread: Spread | null;
  simulated: number;
  joinUrl: string;
  /** The feed is a recording. */
  replay: boolean;
  /** The code fills the screen: nobody is here yet, or someone asked for it. */
  inviting: boolean;
  /** Where the phone is that the presenter points at. */
  pointed: Spot | null;
  canvas: RefCallback<HTMLCanvasElement>;
  act: (action: Action) => void;
}

function titleOf(view: RoomView, room: string): string {
  const { poll, caption, scene } = view;
  if (poll?.poll) return poll.poll.question;
  if (caption) return caption;
  if (scene?.by) {
    const key = `stage.by.${scene.by}`;
    return key in en ? words(key as Key) : words("stage.by.other", { fact: scene.by });
  }
  return words("stage.title", { room });
}

/** Parts of the summary that fit in a line, one fewer in thousands; the legend and the table have them all. */
const mostParts = (connected: number): number => (connected < 1_000 ? 4 : 3);

/** "187 connected · 112 Android · 70 iOS · 5 others". */
function summaryOf(view: RoomView, rows: Row[]): string {
  const parts = shortened(rows, mostParts(view.counts.connected), words("stage.others")).map(
    (row) => `${number(row.count)} ${valueName(view.scene?.by, row.name)}`,
  );
  return [words("stage.connectedCount", { n: number(view.counts.connected) }), ...parts].join(" · ");
}

/** What the canvas shows, for people who do not see it. */
function Table(props: { rows: Row[]; fact: string | null }) {
  return (
    <table class="visually-hidden">
      <caption>{words("stage.tableCaption")}</caption>
      <thead>
        <tr>
          <th scope="col">{words("stage.tableName")}</th>
          <th scope="col">{words("stage.tableCount")}</th>
          <th scope="col">{words("stage.tableShare")}</th>
        </tr>
      </thead>
      <tbody>
        {props.rows.map((row) => (
          <tr key={row.name}>
            <th scope="row">{valueName(props.fact, row.name)}</th>
            <td>{number(row.count)}</td>
            <td>{row.share !== null && percent(row.share)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Invitation(props: { room: string; joinUrl: string; closed: boolean }) {
  return (
    <section class="invitation">
      <img src={`/api/rooms/${encodeURIComponent(props.room)}/qr.svg`} alt={words("stage.scan")} />
      <div>
        <p class="scan">{words(props.closed ? "stage.closed" : "stage.scan")}</p>
        <Code room={props.room} />
        <Address url={props.joinUrl} />
        {!props.closed && <p class="why">{words("stage.empty")}</p>}
      </div>
    </section>
  );
}

export function Stage(props: StageProps) {
  const { room, view, state, rows } = props;
  const poll = view.poll?.poll ?? null;
  const fact = view.scene?.by ?? null;
  const title = unbroken(titleOf(view, room));
  const summary = summaryOf(view, rows);
  const size = title.length > 90 ? "long" : title.length > 44 ? "middling" : "";
  return (
    <main
      class={`stage ${poll ? "asking" : ""} ${props.answered ? "flown" : ""} ${props.inviting ? "inviting" : ""}`}
    >
      <header>
        <h1 class={size} dir="auto">
          {title}
        </h1>
        {/* Over a question there is no other line for what the presenter asked of the room. */}
        <p class="summary">{unbroken((poll !== null && view.caption) || summary)}</p>
      </header>
      <div class="board">
        {poll && (
          <PollPanel
            poll={poll}
            counts={view.counts}
            clockOffset={view.clockOffset}
            flown={props.answered !== null}
          />
        )}
        <div class="wall">
          <canvas ref={props.canvas} role="img" aria-label={words("stage.wall", { summary })} />
          {props.shown !== "room" && (
            <Labels view={props.shown} rows={props.groups} fact={props.answered ? null : fact} />
          )}
          {props.pointed && <Pointed spot={props.pointed} />}
        </div>
      </div>
      <Rail
        room={room}
        asking={poll !== null}
        counts={view.counts}
        rows={rows}
        fact={fact}
        converged={props.converged}
        spread={props.spread}
        labelled={props.shown !== "room"}
        simulated={props.simulated}
        joinUrl={props.joinUrl}
        closed={view.closed}
        replay={props.replay}
        state={state}
      />
      <Table rows={rows} fact={fact} />
      {props.inviting && <Invitation room={room} joinUrl={props.joinUrl} closed={view.closed} />}
      <Controls shown={props.shown} inviting={props.inviting} act={props.act} />
    </main>
  );
}
