/** Keeps a feed open: says hello, hands on every message, and comes back after a loss. */

import { backoff } from "../net/backoff";
import type { Hello, ServerMessage } from "./wire";

export type FeedState = "connecting" | "live" | "lost" | "refused";

/** How long a connection may take until its first message. */
const FIRST_MESSAGE_MS = 5_000;
/** A line that said something this lately is sound. */
const QUIET_MS = 2_000;
/** The server refuses this hello: trying again by oneself is no use. */
export const NOT_ALLOWED = 4003;
/** The inspector knows no such device: neither is it here. */
export const UNKNOWN_DEVICE = 4004;
const CLOSED_BY_POLICY = 1008;
/** Everything was said: a replay is over. */
const NORMAL = 1000;
const FINAL: readonly number[] = [NOT_ALLOWED, UNKNOWN_DEVICE, CLOSED_BY_POLICY, NORMAL];

/** The part of WebSocket that is used, so that a test can stand in for the network. */
export interface Socket {
  send(data: string): void;
  close(): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason?: string }) => void) | null;
}

export interface FeedOptions<Message = ServerMessage, Greeting = Hello> {
  /** Asked for with every connection: what is known already may be part of it. */
  hello(): Greeting;
  open(): Socket;
  message(message: Message): void;
  /** `reason` is the server's sentence, when it refused and gave one. */
  state(state: FeedState, reason?: string): void;
}

export class Feed<Message = ServerMessage, Greeting = Hello> {
  private socket: Socket | null = null;
  private retries = 0;
  private lostAt: number | null = null;
  /** Nothing was said yet on this connection. */
  private silent = true;
  private heardAt = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: FeedOptions<Message, Greeting>) {}

  start(): void {
    this.options.state(this.lostAt === null ? "connecting" : "lost");
    this.connect();
  }

  private connect(): void {
    const socket = this.options.open();
    this.socket = socket;
    this.silent = true;
    this.wait(FIRST_MESSAGE_MS, () => this.lose());
    socket.onopen = () => socket.send(JSON.stringify(this.options.hello()));
    socket.onmessage = (event) => this.hear(String(event.data));
    socket.onclose = (event) => {
      if (FINAL.includes(event.code)) this.refuse(event.reason ?? "");
      else this.lose();
    };
  }

  /**
   * Awake, online again, or on another network: a loss is mended now and not when its wait is over. A line that was
   * quiet is replaced, because one that died with its network looks open for minutes; the cursor makes that cheap.
   */
  wake(quietMs = QUIET_MS): void {
    if (this.socket === null && this.lostAt !== null) {
      this.retries = 0;
      this.wait(0, () => this.start());
    } else if (this.socket !== null && !this.silent && Date.now() - this.heardAt > quietMs) {
      this.detach();
      this.connect();
    }
  }

  stop(): void {
    clearTimeout(this.timer);
    this.detach();
  }

  private hear(text: string): void {
    clearTimeout(this.timer);
    this.heardAt = Date.now();
    const message = JSON.parse(text) as Message;
    if (this.silent) {
      this.silent = false;
      this.retries = 0;
      this.lostAt = null;
      this.options.state("live");
    }
    this.options.message(message);
  }

  private refuse(reason: string): void {
    this.stop();
    this.options.state("refused", reason);
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

/** The room's websocket on the page's own origin: its feed, or the device inspector. */
export function roomSocket(room: string, what: "feed" | "inspect" | `replays/${string}/feed`): Socket {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const path = `/api/rooms/${encodeURIComponent(room)}/${what}`;
  return new WebSocket(`${scheme}//${location.host}${path}`) as unknown as Socket;
}
