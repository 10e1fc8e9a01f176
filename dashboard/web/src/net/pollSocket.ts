/**
 * What looks like a websocket to the MQTT client, and is plain requests: packets go up by POST, one at a time, and one
 * GET waits for packets down. A request that fails is a lost connection; nothing is sent twice.
 */

/** What a connection needs of its websocket. */
export interface Pipe {
  readonly readyState: number;
  send(bytes: Uint8Array<ArrayBuffer>): void;
  close(): void;
  addEventListener(type: "message" | "close", listener: () => void): void;
}

const OPEN = 1;
const CLOSED = 3;
/** Longer than the server holds a request, so that it is the server that ends it. */
const WAIT_MS = 28_000;
/** A connection that takes longer to say something is given up. */
const SAY_MS = 8_000;

export class PollSocket implements Pipe {
  /** The MQTT client sets these as it would a websocket's. */
  binaryType = "";
  onmessage: ((event: { data: ArrayBuffer }) => void) | null = null;
  onerror: (() => void) | null = null;
  onclose: ((event: { wasClean: boolean }) => void) | null = null;
  /** Open at once: the first packet opens the line. */
  readyState: number = OPEN;

  private readonly listeners = { message: [] as (() => void)[], close: [] as (() => void)[] };
  private readonly requests = new Set<AbortController>();
  private outbox: Uint8Array<ArrayBuffer>[] = [];
  private saying = false;
  private line: string | null = null;

  /** `address` opens lines: `/mqtt/poll`. */
  constructor(private readonly address: string) {}

  addEventListener(type: "message" | "close", listener: () => void): void {
    this.listeners[type].push(listener);
  }

  send(bytes: Uint8Array<ArrayBuffer>): void {
    this.outbox.push(bytes.slice());
    if (!this.saying) void this.say();
  }

  close(): void {
    this.end(true);
  }

  private async say(): Promise<void> {
    this.saying = true;
    try {
      // What is sent in one go travels in one request.
      await Promise.resolve();
      while (this.outbox.length > 0 && this.readyState === OPEN) {
        const body = new Blob(this.outbox);
        this.outbox = [];
        const response = await this.request(this.line ?? this.address, { method: "POST", body }, SAY_MS);
        if (this.line === null) await this.open(response);
      }
    } catch {
      this.end(false);
    }
    this.saying = false;
  }

  private async open(response: Response): Promise<void> {
    this.line = response.headers.get("location");
    this.hear(await response.arrayBuffer());
    void this.listen();
  }

  private async listen(): Promise<void> {
    try {
      while (this.line !== null && this.readyState === OPEN) {
        const response = await this.request(this.line, {}, WAIT_MS);
        this.hear(await response.arrayBuffer());
      }
    } catch {
      this.end(false);
    }
  }

  private async request(address: string, init: RequestInit, ms: number): Promise<Response> {
    const controller = new AbortController();
    this.requests.add(controller);
    const timer = setTimeout(() => controller.abort(), ms);
    try {
      const response = await fetch(address, { ...init, signal: controller.signal, cache: "no-store" });
      if (!response.ok) throw new Error(`${address}: ${response.status}`);
      return response;
    } finally {
      clearTimeout(timer);
      this.requests.delete(controller);
    }
  }

  private hear(data: ArrayBuffer): void {
    if (data.byteLength === 0 || this.readyState !== OPEN) return;
    for (const listener of this.listeners.message) listener();
    this.onmessage?.({ data });
  }

  private end(wasClean: boolean): void {
    if (this.readyState === CLOSED) return;
    this.readyState = CLOSED;
    for (const controller of Array.from(this.requests)) controller.abort();
    this.onclose?.({ wasClean });
    for (const listener of this.listeners.close) listener();
  }
}

/** Whether a websocket can be opened within `ms`; it is closed again. */
export function websocketOpens(url: string, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, ["mqtt"]);
    const done = (opens: boolean): void => {
      clearTimeout(timer);
      resolve(opens);
      socket.close();
    };
    const timer = setTimeout(() => done(false), ms);
    socket.addEventListener("open", () => done(true));
    socket.addEventListener("close", () => done(false));
  });
}
