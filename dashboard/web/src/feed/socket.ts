/** Keeps a feed open: says hello, hands on every message, and comes back after a loss. */

import { backoff } from "../net/backoff";
import type { Hello, ServerMessage } from "./wire";

export type FeedState = "connecting" | "live" | "lost" | "refused";

/** How long a connection may take until its first message. */
const FIRST_MESSAGE_MS = 5_000;
/** The server refuses this hello: trying again by oneself is no use. */
export const NOT_ALLOWED = 4003;
const CLOSED_BY_POLICY = 1008;

/** The part of WebSocket that is used, so that a test can stand in for the network. */
export interface Socket {
  send(data: string): void;
  close(): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
}

export interface FeedOptions {
  hello: Hello;
  open(): Socket;
  message(message: ServerMessage): void;
  state(state: FeedState): void;
}

export class Feed {
  private socket: Socket | null = null;
  private retries = 0;
  private lostAt: number | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: FeedOptions) {}

  start(): void {
    this.options.state(this.lostAt === null ? "connecting" : "lost");
    const socket = this.options.open();
    this.socket = socket;
    this.wait(FIRST_MESSAGE_MS, () => this.lose());
    socket.onopen = () => socket.send(JSON.stringify(this.options.hello));
    socket.onmessage = (event) => this.hear(String(event.data));
    socket.onclose = (event) => {
      if (event.code === NOT_ALLOWED || event.code === CLOSED_BY_POLICY) this.refuse();
      else this.lose();
    };
  }

  /** Awake or online again: a loss is mended now and not when its wait is over. */
  wake(): void {
    if (this.socket === null && this.lostAt !== null) {
      this.retries = 0;
      this.wait(0, () => this.start());
    }
  }

  stop(): void {
    clearTimeout(this.timer);
    this.detach();
  }

  private hear(text: string): void {
    clearTimeout(this.timer);
    const message = JSON.parse(text) as ServerMessage;
    if (message.type === "snapshot") {
      this.retries = 0;
      this.lostAt = null;
      this.options.state("live");
    }
    this.options.message(message);
  }

  private refuse(): void {
    this.stop();
    this.options.state("refused");
  }

  private lose(): void {
    this.detach();
    const now = Date.now();
    this.lostAt ??= now;
    this.options.state("lost");
    this.wait(backoff(this.retries, now - this.lostAt, Math.random()), () => this.start());
    this.retries += 1;
  }

  private detach(): void {
    const { socket } = this;
    this.socket = null;
    if (socket === null) return;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }

  private wait(ms: number, then: () => void): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(then, ms);
  }
}

/** The feed's websocket on the page's own origin. */
export function feedSocket(room: string): Socket {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const path = `/api/rooms/${encodeURIComponent(room)}/feed`;
  return new WebSocket(`${scheme}//${location.host}${path}`) as unknown as Socket;
}
