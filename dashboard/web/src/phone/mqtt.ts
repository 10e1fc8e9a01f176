/**
 * One MQTT 3.1.1 connection over a websocket or what stands for one: made within a time-out, probed, and thrown away when it dies.
 *
 * It never reconnects by itself: what a lost connection means is decided in `link.ts`.
 */

import { MQTTClient_v4 } from "u8-mqtt/esm/basic-v4.js";
import type { Pipe } from "../net/pollSocket";
import { CONNECT_MS, KEEPALIVE_S } from "./resume";

export interface Credentials {
  client_id: string;
  username: string;
  password: string;
}

export interface Will {
  topic: string;
  payload: string;
}

export interface Events {
  message(topic: string, payload: string, retained: boolean): void;
  closed(): void;
}

/** The broker or the tunnel did not accept the credentials: join again for new ones. */
export class NotAuthorised extends Error {}
/** Nothing at all was heard: blocked on the way, or nobody is there. */
export class Unheard extends Error {}
/** The server is there and says that the room's broker is not. */
export class RoomAway extends Error {}

export interface Connection {
  /** When the last packet came in, ms of this phone's clock. */
  readonly lastInboundAt: number;
  /** Subscribes at QoS 0; false when the broker refused one of the filters. */
  subscribe(filters: string[]): Promise<boolean>;
  /** Publishes at QoS 1; resolves when the broker has it. */
  publish(topic: string, payload: string): Promise<void>;
  /** True when the other end answers a ping within `ms`. */
  probe(ms: number): Promise<boolean>;
  /** Says goodbye, so that no will is sent, and closes. */
  leave(): void;
  /** Closes without a word: the will is sent. Nothing more is heard of it. */
  destroy(): void;
}

/** AWS IoT takes no more filters in one SUBSCRIBE. */
const FILTERS_PER_PACKET = 8;

const within = <T>(work: Promise<T>, ms: number, what: string): Promise<T> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${what}: no answer within ${ms} ms`)), ms);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });

/** What a failed greeting means. CONNACK 3: server unavailable; 4 and 5: bad password, not authorised. */
function meaning(error: unknown, heard: boolean): unknown {
  const reason = Number((error as { reason?: unknown }).reason);
  if (reason === 4 || reason === 5) return new NotAuthorised("the credentials were refused");
  if (reason === 3) return new RoomAway("the broker is away");
  return heard ? error : new Unheard("nothing was heard");
}

class SocketConnection implements Connection {
  lastInboundAt = Date.now();
  private over = false;

  constructor(
    private readonly socket: Pipe,
    private readonly client: MQTTClient_v4,
    private readonly closed: () => void,
  ) {
    // Beside the library's own handlers: any packet is a sign of life.
    socket.addEventListener("message", () => {
      this.lastInboundAt = Date.now();
    });
    socket.addEventListener("close", () => this.end(true));
  }

  async subscribe(filters: string[]): Promise<boolean> {
    const packets = [];
    for (let start = 0; start < filters.length; start += FILTERS_PER_PACKET) {
      const topics = filters.slice(start, start + FILTERS_PER_PACKET);
      packets.push(this.client.subscribe({ topics, qos: 0 }));
    }
    const answers = await within(Promise.all(packets), CONNECT_MS, "subscribe");
    return answers.every(([suback]) => suback?.answers?.every((code) => Number(code) < 0x80) ?? false);
  }

  async publish(topic: string, payload: string): Promise<void> {
    if (this.over) throw new Error("not connected");
    await this.client.send(topic, payload);
  }

  async probe(ms: number): Promise<boolean> {
    const before = this.lastInboundAt;
    try {
      const [pong] = await within(this.client.ping(), ms, "ping");
      return pong !== undefined;
    } catch {
      return this.lastInboundAt > before;
    }
  }

  leave(): void {
    if (this.over) return;
    this.client.disconnect().catch(() => undefined);
    this.end(false);
  }

  destroy(): void {
    this.end(false);
  }

  private end(tell: boolean): void {
    if (this.over) return;
    this.over = true;
    this.client.conn.reset(false);
    try {
      this.socket.close();
    } catch {
      // Already closed.
    }
    if (tell) this.closed();
  }
}

/** Connects, or throws within `CONNECT_MS`; `NotAuthorised`, `RoomAway` and `Unheard` say what they say. */
export async function connect(
  socket: Pipe,
  who: Credentials,
  will: Will,
  events: Events,
): Promise<Connection> {
  let heard = false;
  socket.addEventListener("message", () => {
    heard = true;
  });
  const nothing = (): void => undefined;
  let live: SocketConnection | null = null;
  const client = new MQTTClient_v4({
    on_mqtt_type: {
      mqtt_publish: (packet) => events.message(packet.topic, packet.utf8(), packet.retain),
    },
    log_conn: nothing,
    on_error: nothing,
    on_live: nothing,
    on_disconnect: nothing,
  });
  const lost = new Promise<never>((_, reject) => {
    socket.addEventListener("close", () => reject(new Error("the connection was closed")));
  });
  client.with_websock(socket);
  const greeting = client.connect({
    ...who,
    keep_alive: KEEPALIVE_S,
    flags: { clean_start: true },
    will: { ...will, qos: 1 },
  });
  try {
    await within(Promise.race([greeting, lost]), CONNECT_MS, "connect");
    live = new SocketConnection(socket, client, events.closed);
    if (socket.readyState !== 1) throw new Error("the connection was closed");
    return live;
  } catch (error) {
    if (live === null) {
      client.conn.reset(false);
      socket.close();
    } else {
      live.destroy();
    }
    throw meaning(error, heard);
  }
}
