/** The presenter's requests. Every failure is a sentence that can be shown. */

import type { Queue, Scorer, Summary, Wave } from "../feed/wire";
import type { InspectHello } from "../inspect/wire";

export interface AskAnswer {
  intent: string | null;
  speech: string;
  language: string;
  /** The reading that was understood. */
  heard?: string;
  slots?: Record<string, string>;
  suggestions?: string[];
  can_undo?: boolean;
}

export type SceneCommand =
  | { by: string; palette?: Record<string, string> }
  | { color: string }
  | { wave: true | Wave }
  | { blank: true }
  | Record<string, never>;

/** A poll as it is prepared; docs/architecture.md, "Polls", says which kind takes what. */
export interface PollDraft {
  kind: string;
  question: string;
  language?: string;
  anonymous?: boolean;
  seconds?: number;
  options?: string[];
  max_choices?: number;
  min?: number;
  max?: number;
  labels?: string[];
  unit?: string;
  max_words?: number;
  fact?: string;
  right?: string[];
  leaderboard?: boolean;
  speed_bonus?: boolean;
  explanation?: string;
  moderation?: string;
  profanity?: string;
}

export interface PollInfo extends PollDraft {
  id: string;
  options: string[];
  anonymous: boolean;
  state: "draft" | "open" | "locked" | "revealed";
  /** It is the one on the phones. */
  shown: boolean;
  answered: number;
  tally: Record<string, number>;
  summary?: Summary | null;
  queue?: Queue | null;
  leaderboard_top?: Scorer[] | null;
}

export type PollEvent = "open" | "lock" | "reveal" | "hide" | "reopen" | "reset";

/** One line of the presenter's checklist. */
export interface Check {
  name: string;
  state: "ok" | "warn" | "fail";
  sentence: string;
}

/** `at`: when it was written last, ms of room time. */
export interface Recording {
  name: string;
  bytes: number;
  at: number;
}

/** A refusal with the server's code for it, beside its sentence. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly code: string,
    /** All that the server said. */
    readonly said: Record<string, unknown> = {},
  ) {
    super(message);
  }
}

const TIMEOUT_MS = 8_000;
/** An archive of thousands of phones takes its time. */
const ARCHIVE_TIMEOUT_MS = 60_000;

async function fetchInTime(path: string, init: RequestInit, withinMs = TIMEOUT_MS): Promise<Response> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), withinMs);
  try {
    return await fetch(path, { ...init, signal: controller.signal, cache: "no-store" });
  } finally {
    clearTimeout(timer);
  }
}

async function refusalOf(response: Response): Promise<ApiError> {
  try {
    const said = (await response.json()) as { message?: unknown; error?: unknown };
    if (typeof said.message === "string") return new ApiError(said.message, String(said.error), said);
  } catch {
    // No sentence: the number must do.
  }
  return new ApiError(`HTTP ${response.status}`, "");
}

export class PresenterApi {
  private readonly base: string;

  constructor(
    room: string,
    private readonly token: string,
  ) {
    this.base = `/api/rooms/${encodeURIComponent(room)}`;
  }

  /** `readings` of one utterance, the likeliest first; `language` is tried first. */
  ask(readings: string[], way: "text" | "voice", language: string): Promise<AskAnswer> {
    const [text, ...alternatives] = readings;
    return this.send("POST", "/ask", { text, alternatives, way, language });
  }

  /** What one can say, by language. */
  async sayable(): Promise<Record<string, string[]>> {
    return (await this.send<{ examples: Record<string, string[]> }>("GET", "/ask")).examples;
  }

  scene(command: SceneCommand): Promise<{ version: number }> {
    return this.send("POST", "/scene", command);
  }

  async polls(): Promise<PollInfo[]> {
    return (await this.send<{ polls: PollInfo[] }>("GET", "/polls")).polls;
  }

  createPoll(draft: PollDraft): Promise<PollInfo> {
    return this.send("POST", "/polls", draft);
  }

  changePoll(id: string, event: PollEvent): Promise<PollInfo> {
    return this.send("POST", `/polls/${encodeURIComponent(id)}/${event}`);
  }

  /** What one phone should do; a part that is left out stays as it is, null takes it back. */
  desire(
    slot: number,
    desired: { color?: string | null; message?: string | null; removed?: true | null },
  ): Promise<unknown> {
    return this.send("POST", `/phones/${slot}/desired`, desired);
  }

  /** Blinks on the phone and on the wall for a while. */
  highlight(slot: number): Promise<unknown> {
    return this.send("POST", `/phones/${slot}/highlight`);
  }

  /** Another colour for the phones with this value of a fact; null: the one before. */
  group(fact: string, value: string, color: string | null): Promise<unknown> {
    return this.send("POST", "/group", { fact, value, color });
  }

  /** Shows the scene before this one again. */
  undo(): Promise<unknown> {
    return this.send("POST", "/undo");
  }

  /** Archives the room and opens an empty one; the folder of the archive. */
  fresh(): Promise<{ archive: string }> {
    return this.send("POST", "/fresh", undefined, ARCHIVE_TIMEOUT_MS);
  }

  /** With its sentences in `language`. */
  checklist(language: string): Promise<{ checks: Check[] }> {
    return this.send("GET", `/checklist?language=${language}`);
  }

  /** The newest first. */
  recordings(): Promise<{ recordings: Recording[] }> {
    return this.send("GET", "/recordings");
  }

  /** Begins a replay, `speed` times as fast as it was; where a stage plays it. */
  replay(name: string, speed: number): Promise<{ stage_url: string }> {
    return this.send("POST", "/replays", { name, speed });
  }

  freezeJoins(frozen: boolean): Promise<unknown> {
    return this.send("POST", "/joins", { frozen });
  }

  /** The code that new phones must bring; null: none. */
  setCode(code: string | null): Promise<unknown> {
    return this.send("POST", "/code", { code });
  }

  /** A line for every phone; null takes it away. */
  notice(text: string | null): Promise<unknown> {
    return this.send("POST", "/notice", { text });
  }

  /** Changes what is desired of any thing: a patch, as in an update request; null as a value removes it. */
  setDesired(
    thing: string,
    shadow: string | null,
    desired: Record<string, unknown>,
    version: number | null,
  ): Promise<{ version: number }> {
    return this.send("POST", `/things/${encodeURIComponent(thing)}/desired`, { desired, shadow, version });
  }

  /** A phone that is asleep, if there is one, and another than `avoid` if there is another. */
  sleeper(avoid: number | null): Promise<{ slot: number }> {
    return this.send("GET", avoid === null ? "/sleeper" : `/sleeper?avoid=${avoid}`);
  }

  /** The first frame of an inspector that looks at this device. */
  greeting(device: { slot: number } | { thing: string }): InspectHello {
    return { type: "hello", token: this.token, ...device };
  }

  /** A file of the room's, fetched with the token in a header: an address with a token in it would be kept. */
  async file(path: string): Promise<Blob> {
    const response = await fetchInTime(this.base + path, { headers: this.headers() });
    if (!response.ok) throw await refusalOf(response);
    return response.blob();
  }

  private headers(): Record<string, string> {
    return { authorization: `Bearer ${this.token}` };
  }

  /** `body` goes as JSON; a text goes as it is. */
  async send<T>(method: string, path: string, body?: unknown, withinMs = TIMEOUT_MS): Promise<T> {
    const headers = this.headers();
    const init: RequestInit = { method, headers };
    if (body !== undefined) {
      const plain = typeof body === "string";
      headers["content-type"] = plain ? "text/yaml" : "application/json";
      init.body = plain ? body : JSON.stringify(body);
    }
    const response = await fetchInTime(this.base + path, init, withinMs);
    if (!response.ok) throw await refusalOf(response);
    return (response.status === 204 ? null : await response.json()) as T;
  }
}
