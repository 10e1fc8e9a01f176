/**
 * Keeps a phone in the room: joins, connects, and after every loss or sleep does it again.
 *
 * The rules (when to probe, when to rebuild, how long to wait) are pure and in `resume.ts` and `backoff.ts`; here are
 * the timers and sockets. Every attempt has a number, and an attempt that has been overtaken ends without effect.
 */

import { backoff } from "../net/backoff";
import { type Pipe, PollSocket, websocketOpens } from "../net/pollSocket";
import * as ways from "../net/ways";
import {
  isSigned,
  type Joined,
  type JoinRequest,
  join,
  NoSuchRoom,
  Refused,
  ServerAway,
  tunnelAddress,
} from "./join";
import { type Connection, connect, NotAuthorised, RoomAway, Unheard } from "./mqtt";
import {
  CONNECT_MS,
  FirstWords,
  type LinkHealth,
  type LinkPhase,
  onTick,
  onWake,
  PROBE_MS,
  type Remedy,
} from "./resume";
import { filters, presence } from "./topics";

export type LinkState =
  | "joining"
  | "connecting"
  | "connected"
  | "reconnecting"
  | "offline"
  | "away"
  | "left"
  | "refused"
  | "parked"
  | "outside";

/** Passwords of the tunnel live an hour at most; one older than this is renewed before it is used again. */
const PASSWORD_MS = 45 * 60_000;

/** A room that answers nobody for this long, while the phone has a network, is away: its computer sleeps or is gone. */
const AWAY_MS = 20_000;

/** Until a phone that was not admitted asks again, doubled at random: a hall of them is 50 requests a second. */
const ASK_AGAIN_MS = 30_000;

export interface LinkOwner {
  request(): JoinRequest;
  joined(answer: Joined, sentAt: number, receivedAt: number): void;
  /** Connected and subscribed: say everything that the room should know. */
  connected(connection: Connection, thing: string): void;
  /** `authoritative`: it counts even when it is older than what was known. */
  message(topic: string, payload: string, authoritative: boolean): void;
  state(state: LinkState, reason: string): void;
  roomNow(): number;
}

export class Link {
  private attemptNumber = 0;
  private phase: LinkPhase = "idle";
  private attemptAt = 0;
  private retries = 0;
  private outageSince: number | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private connection: Connection | null = null;
  private admission: Joined | null = null;
  private admittedAt = 0;
  private session = 0;
  private wasConnected = false;
  private probing = false;
  private ways = ways.FIRST_WAY;
  private lookAt = 0;
  private away = false;

  constructor(
    private readonly room: string,
    private readonly owner: LinkOwner,
  ) {}

  get live(): Connection | null {
    return this.phase === "live" ? this.connection : null;
  }

  get thing(): string | null {
    return this.admission?.thing_name ?? null;
  }

  start(): void {
    void this.attempt();
  }

  /** Visible again, shown again, network back, or the clock jumped. */
  wake(): void {
    this.apply(onWake(this.health(), Date.now()));
  }

  tick(): void {
    const now = Date.now();
    this.apply(onTick(this.health(), now));
    if (this.phase === "live" && this.ways.way === "requests" && now >= this.lookAt) void this.look();
  }

  /** Stops until `start`: another tab has the room, or the person must decide. */
  stop(state: "parked" | "refused" | "left" | "outside", reason = ""): void {
    this.drop();
    this.attemptNumber += 1;
    this.phase = "idle";
    this.owner.state(state, reason);
  }

  /** The room has forgotten this phone: who starts again starts as somebody new. */
  forget(): void {
    this.stop("left");
    this.admission = null;
    this.wasConnected = false;
    this.session = 0;
  }

  private health(): LinkHealth {
    const lastInboundAt = this.connection?.lastInboundAt ?? 0;
    return { phase: this.phase, lastInboundAt, attemptAt: this.attemptAt };
  }

  private apply(remedy: Remedy): void {
    if (remedy === "rebuild") this.rebuild();
    if (remedy === "probe") void this.probe();
  }

  private rebuild(): void {
    this.retries = 0;
    this.outageSince = null;
    void this.attempt();
  }

  private async probe(): Promise<void> {
    const { connection } = this;
    if (connection === null || this.probing) return;
    this.probing = true;
    const alive = await connection.probe(PROBE_MS);
    this.probing = false;
    if (!alive && this.connection === connection) this.rebuild();
  }

  /** Back to the websocket as soon as one can be opened: it is quicker, and cheaper for everybody. */
  private async look(): Promise<void> {
    const { connection, admission } = this;
    if (connection === null || admission === null) return;
    this.lookAt = Date.now() + CONNECT_MS + ways.untilProbe(this.ways);
    const opens = await websocketOpens(tunnelAddress(admission.mqtt.url, location), CONNECT_MS);
    if (this.connection !== connection) return;
    this.ways = ways.probed(this.ways, opens);
    if (opens) void this.attempt();
  }

  private drop(): void {
    clearTimeout(this.timer);
    this.connection?.destroy();
    this.connection = null;
  }

  private async attempt(): Promise<void> {
    this.drop();
    this.attemptNumber += 1;
    const mine = this.attemptNumber;
    const overtaken = (): boolean => mine !== this.attemptNumber;
    this.phase = "connecting";
    this.attemptAt = Date.now();
    this.announce();
    try {
      const admission = await this.admit(overtaken);
      if (overtaken()) return;
      const connection = await this.open(admission, mine);
      if (overtaken()) return connection.destroy();
      this.succeed(connection, admission, mine);
    } catch (error) {
      if (!overtaken()) this.fail(error);
    }
  }

  private announce(): void {
    if (navigator.onLine === false) this.owner.state("offline", "");
    else if (this.away) this.owner.state("away", "");
    else if (this.wasConnected || this.retries > 0) this.owner.state("reconnecting", "");
    else this.owner.state(this.admission === null ? "joining" : "connecting", "");
  }

  private async admit(overtaken: () => boolean): Promise<Joined> {
    const sentAt = Date.now();
    if (this.admission !== null && sentAt - this.admittedAt < PASSWORD_MS) return this.admission;
    const admission = await join(this.room, this.owner.request());
    if (overtaken()) return admission;
    this.admission = admission;
    this.admittedAt = Date.now();
    this.owner.joined(admission, sentAt, this.admittedAt);
    return admission;
  }

  private open(admission: Joined, mine: number): Promise<Connection> {
    // Later connections have greater sessions, so that the will of an older one is known to be old.
    this.session = Math.max(this.session + 1, Math.round(this.owner.roomNow()));
    const will = {
      topic: presence(this.room, admission.thing_name),
      payload: JSON.stringify({ session: this.session, connected: false }),
    };
    const first = new FirstWords();
    return connect(this.pipe(admission), admission.mqtt, will, {
      message: (topic, payload, retained) => {
        if (mine === this.attemptNumber) this.owner.message(topic, payload, first.take(topic, retained));
      },
      closed: () => {
        if (mine === this.attemptNumber) this.fail(new Error("the connection was closed"));
      },
    });
  }

  private pipe(admission: Joined): Pipe {
    if (this.ways.way === "requests") return new PollSocket("/mqtt/poll");
    return new WebSocket(tunnelAddress(admission.mqtt.url, location), ["mqtt"]);
  }

  private succeed(connection: Connection, admission: Joined, mine: number): void {
    this.connection = connection;
    this.phase = "live";
    this.ways = ways.heard(this.ways);
    this.lookAt = Date.now() + ways.untilProbe(this.ways);
    const thing = admission.thing_name;
    // Nothing waits for an answer here: packets keep their order, and every round trip saved is felt.
    const subscribed = connection.subscribe(filters(this.room, thing));
    const birth = JSON.stringify({ session: this.session, connected: true });
    connection.publish(presence(this.room, thing), birth).catch(() => undefined);
    this.owner.connected(connection, thing);
    subscribed.then(
      (granted) => {
        if (mine !== this.attemptNumber) return;
        if (!granted) return this.fail(new NotAuthorised("a subscription was refused"));
        this.retries = 0;
        this.outageSince = null;
        this.wasConnected = true;
        this.away = false;
        this.owner.state("connected", "");
      },
      (error) => {
        if (mine === this.attemptNumber) this.fail(error);
      },
    );
  }

  private fail(error: unknown): void {
    this.drop();
    if (error instanceof Refused) return this.refuse(error.message);
    if (error instanceof NoSuchRoom) return this.stop("refused", "no-room");
    if (error instanceof NotAuthorised) this.admission = null;
    if (error instanceof Unheard) this.unheard();
    this.phase = "waiting";
    const now = Date.now();
    this.outageSince ??= now;
    this.away = error instanceof RoomAway || error instanceof ServerAway || now - this.outageSince > AWAY_MS;
    // A hidden phone waits for its person: the wake tries at once.
    if (document.visibilityState === "hidden") return this.announceWaiting();
    const wait = backoff(this.retries, now - this.outageSince, Math.random());
    this.retries += 1;
    this.announceWaiting();
    this.timer = setTimeout(() => void this.attempt(), wait);
  }

  /** Not admitted now; the presenter may change that, so the phone asks again, but hardly ever. */
  private refuse(reason: string): void {
    this.stop("refused", reason);
    this.timer = setTimeout(() => void this.attempt(), ASK_AGAIN_MS * (1 + Math.random()));
  }

  /** A websocket may be blocked on the way. AWS is mute too when an address is too old: then for another one. */
  private unheard(): void {
    if (this.admission !== null && isSigned(this.admission.mqtt.url)) this.admission = null;
    else this.ways = ways.unheard(this.ways);
  }

  private announceWaiting(): void {
    const state = this.away ? "away" : "reconnecting";
    this.owner.state(navigator.onLine === false ? "offline" : state, "");
  }
}
