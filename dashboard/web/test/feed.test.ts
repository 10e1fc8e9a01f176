import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { EMPTY, reduce, resumeFrom, slotsOf } from "../src/feed/room";
import { Feed, type FeedState, NOT_ALLOWED, type Socket } from "../src/feed/socket";
import type { ServerMessage, Snapshot } from "../src/feed/wire";

const counts = { joined: 2, connected: 2, visible: 1, answered: 0, os: { iOS: 1, Android: 1 }, facts: {} };
const snapshot: Snapshot = {
  type: "snapshot",
  role: "stage",
  room: "DEMO",
  cursor: 10,
  now: 5_000,
  facts: { os: ["iOS", "Android"] },
  marks: [[7, "2563EB", [1]]],
  traits: [[[0], [1]]],
  counts,
  scene: { version: 1, at: 0, color: "#2563EB" },
  poll: { version: 1, poll: null },
  caption: "Hello",
  highlight: null,
};

describe("the room, folded from the feed", () => {
  const view = reduce(EMPTY, snapshot, 4_000);

  it("begins with the snapshot, and knows room time", () => {
    expect(view).toMatchObject({ room: "DEMO", clockOffset: 1_000, epoch: 1, caption: "Hello" });
  });

  it("keeps what a change leaves out, and drops what it says is null", () => {
    const next = reduce(view, { type: "changes", cursor: 11, marks: [[1, "", [2]]], caption: null }, 0);
    expect(next).toMatchObject({
      scene: view.scene,
      counts,
      caption: null,
      marks: [[1, "", [2]]],
      epoch: 1,
    });
    expect(reduce(next, { type: "changes", cursor: 12, scene: null }, 0)).toMatchObject({
      scene: null,
      marks: [],
      traits: [],
    });
  });

  it("ignores changes before the snapshot and ones that it has already", () => {
    expect(reduce(EMPTY, { type: "changes", cursor: 1, caption: "x" }, 0).caption).toBeNull();
    expect(reduce(view, { type: "changes", cursor: 10, caption: "x" }, 0).caption).toBe("Hello");
  });

  it("knows which slots a message speaks of", () => {
    expect(
      slotsOf([
        [7, "2563EB", [4, 9]],
        [-1, "", [1]],
      ]),
    ).toEqual([4, 9, 1]);
  });

  it("says where it is, so that only what it missed is told, and sets its clock by the answer", () => {
    expect(resumeFrom(EMPTY)).toEqual({});
    expect(resumeFrom(view)).toEqual({ cursor: 10 });
    const resumed = reduce(view, { type: "changes", cursor: 15, now: 9_000, marks: [] }, 8_700);
    expect(resumed).toMatchObject({ cursor: 15, clockOffset: 300, epoch: 1 });
  });

  it("begins anew with every snapshot, even one of a smaller cursor", () => {
    expect(reduce(view, { ...snapshot, cursor: 1 }, 0)).toMatchObject({ cursor: 1, epoch: 2 });
  });
});

class FakeSocket implements Socket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  sent: string[] = [];
  closed = false;
  send(data: string): void {
    this.sent.push(data);
  }
  close(): void {
    this.closed = true;
  }
}

describe("the feed's socket", () => {
  const sockets: FakeSocket[] = [];
  const states: FeedState[] = [];
  const heard: ServerMessage[] = [];
  let greeting: { cursor?: number } = {};
  const make = (): Feed =>
    new Feed({
      hello: () => ({ type: "hello", role: "stage", ...greeting }),
      open: () => {
        const socket = new FakeSocket();
        sockets.push(socket);
        return socket;
      },
      message: (message) => heard.push(message),
      state: (state) => states.push(state),
    });

  beforeEach(() => {
    vi.useFakeTimers();
    sockets.length = 0;
    states.length = 0;
    heard.length = 0;
    greeting = {};
  });
  afterEach(() => vi.useRealTimers());

  it("says hello and is live with the snapshot", () => {
    make().start();
    sockets[0]?.onopen?.();
    sockets[0]?.onmessage?.({ data: JSON.stringify(snapshot) });
    expect(JSON.parse(sockets[0]?.sent[0] ?? "")).toEqual({ type: "hello", role: "stage" });
    expect(states).toEqual(["connecting", "live"]);
    expect(heard).toHaveLength(1);
  });

  it("is live again with what it missed, asked for by the newest cursor", () => {
    const feed = make();
    feed.start();
    sockets[0]?.onmessage?.({ data: JSON.stringify(snapshot) });
    sockets[0]?.onclose?.({ code: 1006 });
    greeting = { cursor: 10 };
    feed.wake();
    vi.advanceTimersByTime(1);
    sockets[1]?.onopen?.();
    sockets[1]?.onmessage?.({ data: JSON.stringify({ type: "changes", cursor: 12, now: 1 }) });
    sockets[1]?.onmessage?.({ data: JSON.stringify({ type: "changes", cursor: 13 }) });
    expect(JSON.parse(sockets[1]?.sent[0] ?? "")).toMatchObject({ cursor: 10 });
    expect(states).toEqual(["connecting", "live", "lost", "lost", "live"]);
  });

  it("comes back after a loss, within two seconds at first", () => {
    make().start();
    sockets[0]?.onmessage?.({ data: JSON.stringify(snapshot) });
    sockets[0]?.onclose?.({ code: 1006 });
    expect(states.at(-1)).toBe("lost");
    vi.advanceTimersByTime(2_000);
    expect(sockets.length).toBeGreaterThanOrEqual(2);
  });

  it("gives up a connection on which nothing is said", () => {
    make().start();
    vi.advanceTimersByTime(7_100);
    expect(sockets[0]?.closed).toBe(true);
    expect(sockets.length).toBeGreaterThanOrEqual(2);
  });

  it("does not come back when it is refused", () => {
    make().start();
    sockets[0]?.onclose?.({ code: NOT_ALLOWED });
    vi.advanceTimersByTime(60_000);
    expect(states.at(-1)).toBe("refused");
    expect(sockets).toHaveLength(1);
  });

  it("replaces a quiet line on waking, and keeps one that was just heard", () => {
    const feed = make();
    feed.start();
    sockets[0]?.onmessage?.({ data: JSON.stringify(snapshot) });
    feed.wake();
    expect(sockets).toHaveLength(1);
    vi.advanceTimersByTime(3_000);
    feed.wake();
    expect(sockets[0]?.closed).toBe(true);
    expect(sockets).toHaveLength(2);
    expect(states).toEqual(["connecting", "live"]);
    vi.advanceTimersByTime(5_000);
    expect(states.at(-1)).toBe("lost");
  });

  it("is quicker when the machine wakes", () => {
    const feed = make();
    feed.start();
    for (let loss = 0; loss < 6; loss++) {
      sockets.at(-1)?.onclose?.({ code: 1006 });
      feed.wake();
      vi.advanceTimersByTime(1);
    }
    expect(sockets).toHaveLength(7);
  });
});
