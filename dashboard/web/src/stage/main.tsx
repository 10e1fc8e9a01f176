/** The projector's page: feeds the wall and the words, and listens to a few keys. */

import { render } from "preact";
import { CONNECTED, EMPTY, type RoomView, reduce, resumeFrom, SHOWN, SIMULATED, slotsOf } from "../feed/room";
import { Feed, type FeedState, roomSocket } from "../feed/socket";
import type { ServerMessage } from "../feed/wire";
import { roomInPath } from "../room/address";
import { language, words } from "../text/language";
import { Arrivals } from "./arrivals";
import type { Action } from "./Controls";
import { groupRows } from "./groups";
import { legendRows } from "./legend";
import type { Spot } from "./Pointed";
import { answersOf } from "./polls/answers";
import { tell } from "./polls/words";
import { Stage } from "./Stage";
import { VIEWS, type View } from "./views";
import { Wall } from "./wall";

const THEME = "shadowroom.theme";
/** The buttons and the pointer go when nobody has moved it for this long (ms): a wall is no desktop. */
const IDLE_MS = 3_000;
const KEYS: Record<string, Action> = {
  "1": "room",
  "2": "groups",
  "3": "numbers",
  q: "code",
  l: "theme",
  f: "full",
};

/** The replay that this page shows, when the presenter started one. */
const replayed = new URLSearchParams(location.search).get("replay")?.replace(/[^\w-]/g, "") ?? null;

class StagePage {
  private view: RoomView = EMPTY;
  private state: FeedState = "connecting";
  private joinUrl = "";
  /** The feed is a recording: nobody can join it. */
  private replay = replayed !== null;
  private wall: Wall | null = null;
  private frame = 0;
  private asked = false;
  private shown: View = viewInAddress();
  private idle = 0;
  private pointing = 0;
  private readonly arrivals = new Arrivals();
  private readonly feed: Feed;

  constructor(private readonly room: string) {
    this.feed = new Feed({
      hello: () => ({ type: "hello", role: "stage", ...resumeFrom(this.view) }),
      open: () => roomSocket(room, replayed === null ? "feed" : `replays/${replayed}/feed`),
      message: (message) => this.hear(message),
      state: (state) => {
        this.state = state;
        this.request();
      },
    });
  }

  start(): void {
    this.paint();
    this.feed.start();
    void this.findAddress();
    addEventListener("online", () => this.feed.wake());
    addEventListener("keydown", (event) => this.key(event));
    addEventListener("hashchange", () => {
      this.shown = viewInAddress();
      this.request();
    });
    for (const type of ["pointermove", "pointerdown"]) addEventListener(type, () => this.stir());
  }

  private hear(message: ServerMessage): void {
    const before = this.view;
    this.view = reduce(before, message, Date.now());
    const { marks, scene, clockOffset } = this.view;
    if (this.view.epoch !== before.epoch) this.wall?.reset(this.view);
    else this.wall?.update(this.view);
    if (scene !== before.scene) this.wall?.setScene(scene, clockOffset);
    if (this.wall !== null) {
      const slots = this.view.epoch === before.epoch ? slotsOf(marks) : null;
      this.arrivals.hear(scene, this.wall.marks, slots, Date.now() + clockOffset);
    }
    this.request();
  }

  private request(): void {
    if (this.frame !== 0) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.paint();
    });
  }

  private paint(): void {
    const { view, wall } = this;
    const colours = wall?.marks.countColours() ?? new Map<number, number>();
    const simulated = wall?.marks.count(CONNECTED | SIMULATED) ?? 0;
    const something = Boolean(view.scene?.by || view.scene?.color || view.scene?.wave || view.scene?.blank);
    const rows = legendRows(view.scene, { counts: view.counts, simulated, colours });
    const answered = answersOf(view.poll?.poll ?? null, view.counts.connected, tell("noAnswer"));
    const groups = answered?.rows ?? groupRows(rows, view.counts.connected, words("stage.others"));
    // Answers that may be shown one by one are shown so: every mark flies to its own.
    const shown = answered !== null && this.shown === "room" ? "groups" : this.shown;
    wall?.show(shown, groups, answered?.groupOf ?? null);
    render(
      <Stage
        room={this.room}
        view={view}
        state={this.state}
        rows={rows}
        groups={groups}
        answered={answered}
        shown={shown}
        spread={this.arrivals.spread()}
        converged={something ? (wall?.marks.count(CONNECTED | SHOWN) ?? 0) : null}
        simulated={simulated}
        joinUrl={this.joinUrl}
        replay={this.replay}
        inviting={!this.replay && (this.asked || (view.epoch > 0 && view.counts.joined === 0))}
        pointed={this.pointed()}
        canvas={this.attach}
        act={this.act}
      />,
      document.getElementById("root") as HTMLElement,
    );
  }

  /** The phone that is pointed at, until its moment is over. */
  private pointed(): Spot | null {
    const { highlight, clockOffset } = this.view;
    const left = (highlight?.until ?? 0) - (Date.now() + clockOffset);
    clearTimeout(this.pointing);
    if (highlight === null || left <= 0) return null;
    this.pointing = window.setTimeout(() => this.request(), left);
    const spot = this.wall?.spotOf(highlight.slot) ?? null;
    return spot && { slot: highlight.slot, ...spot };
  }

  /** Kept as one function, so that a new drawing of the page is no new canvas. */
  private readonly attach = (canvas: HTMLCanvasElement | null): void => {
    if (canvas === null || this.wall !== null) return;
    this.wall = new Wall(canvas, grounds(), () => this.request());
    this.wall.reset(this.view);
  };

  private async findAddress(): Promise<void> {
    try {
      const response = await fetch(`/api/rooms/${encodeURIComponent(this.room)}`);
      const { join_url, replay } = (await response.json()) as { join_url?: unknown; replay?: unknown };
      this.replay ||= replay === true;
      if (typeof join_url === "string") this.joinUrl = join_url.replace(/^https?:\/\//, "");
      this.request();
    } catch {
      setTimeout(() => void this.findAddress(), 5_000);
    }
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.toLowerCase();
    const action = KEYS[key];
    if (action !== undefined) this.act(action);
    if (key === "escape") this.asked = false;
    this.request();
  }

  private readonly act = (action: Action): void => {
    if (action === "code") this.asked = !this.asked;
    else if (action === "theme") this.switchTheme();
    else if (action === "full") void toggleFullScreen();
    else {
      this.shown = action;
      // In the address, so that a reload and a bookmark come back to this view.
      history.replaceState(null, "", action === "room" ? location.pathname + location.search : `#${action}`);
    }
    this.request();
  };

  /** Somebody is at the machine: buttons and pointer are there for a while. */
  private stir(): void {
    document.documentElement.dataset.active = "";
    clearTimeout(this.idle);
    this.idle = window.setTimeout(() => delete document.documentElement.dataset.active, IDLE_MS);
  }

  private switchTheme(): void {
    const next = document.documentElement.dataset.theme === "light" ? "dark" : "light";
    document.documentElement.dataset.theme = next;
    try {
      localStorage.setItem(THEME, next);
    } catch {
      // The next start is dark again.
    }
    this.wall?.setGround(grounds());
  }
}

const viewInAddress = (): View => VIEWS.find((view) => `#${view}` === location.hash) ?? "room";

function grounds(): { background: string; ink: string } {
  const style = getComputedStyle(document.documentElement);
  return {
    background: style.getPropertyValue("--ground").trim(),
    ink: style.getPropertyValue("--text").trim(),
  };
}

async function toggleFullScreen(): Promise<void> {
  try {
    if (document.fullscreenElement) await document.exitFullscreen();
    else await document.documentElement.requestFullscreen();
  } catch {
    // Some browsers only allow it after a click.
  }
}

function rememberedTheme(): string {
  try {
    return localStorage.getItem(THEME) === "light" ? "light" : "dark";
  } catch {
    return "dark";
  }
}

const room = roomInPath(location.pathname);
document.documentElement.lang = language;
document.documentElement.dataset.theme = rememberedTheme();
// A frame in a slide: see styles/embed.css.
if (new URLSearchParams(location.search).has("embed")) document.documentElement.dataset.embed = "";
if (room === null) {
  location.replace("/");
} else {
  document.title = words("stage.title", { room });
  new StagePage(room).start();
}
