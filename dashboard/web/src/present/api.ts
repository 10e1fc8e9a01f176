/** The presenter's requests. Every failure is a sentence that can be shown. */

import type { Wave } from "../feed/wire";
import type { InspectHello } from "../inspect/wire";

export interface AskAnswer {
  intent: string | null;
  speech: string;
  suggestions?: string[];
}

export type SceneCommand =
  | { by: string; palette?: Record<string, string> }
  | { color: string }
  | { wave: true | Wave }
  | { blank: true }
  | Record<string, never>;

export interface PollDraft {
  kind: "single" | "yesno";
  question: string;
  options?: string[];
  language: string;
}

export interface PollInfo {
  id: string;
  kind: string;
  question: string;
  options: string[];
  state: "draft" | "open" | "locked" | "revealed";
  answered: number;
  tally: Record<string, number>;
}

export type PollEvent = "open" | "lock" | "reveal" | "reopen" | "reset";

export interface Readiness {
  ready: boolean;
  parts: Record<string, string>;
}

/** A refusal with the server's code for it, beside its sentence. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly code: string,
  ) {
    super(message);
  }
}

const TIMEOUT_MS = 8_000;

async function fetchInTime(path: string, init: RequestInit): Promise<Response> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), TIMEOUT_MS);
  try {
    return await fetch(path, { ...init, signal: controller.signal, cache: "no-store" });
  } finally {
    clearTimeout(timer);
  }
}

async function refusalOf(response: Response): Promise<ApiError> {
  try {
    const { message, error } = (await response.json()) as { message?: unknown; error?: unknown };
    if (typeof message === "string") return new ApiError(message, String(error));
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

  ask(text: string): Promise<AskAnswer> {
    return this.send("POST", "/ask", { text });
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

  desire(slot: number, desired: { color?: string | null; message?: string | null }): Promise<unknown> {
    return this.send("POST", `/phones/${slot}/desired`, desired);
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

  async exportCsv(): Promise<Blob> {
    const response = await fetchInTime(`${this.base}/export.csv`, { headers: this.headers() });
    if (!response.ok) throw await refusalOf(response);
    return response.blob();
  }

  private headers(): Record<string, string> {
    return { authorization: `Bearer ${this.token}` };
  }

  private async send<T>(method: string, path: string, body?: unknown): Promise<T> {
    const headers = this.headers();
    const init: RequestInit = { method, headers };
    if (body !== undefined) {
      headers["content-type"] = "application/json";
      init.body = JSON.stringify(body);
    }
    const response = await fetchInTime(this.base + path, init);
    if (!response.ok) throw await refusalOf(response);
    return (response.status === 204 ? null : await response.json()) as T;
  }
}

/** What `/readyz` says; null when nobody answers. */
export async function readiness(): Promise<Readiness | null> {
  try {
    const response = await fetchInTime("/readyz", {});
    const { ready, ...parts } = (await response.json()) as Record<string, unknown>;
    const texts = Object.entries(parts).filter(
      (entry): entry is [string, string] => typeof entry[1] === "string",
    );
    return {
      ready: ready === true || (ready === undefined && response.ok),
      parts: Object.fromEntries(texts),
    };
  } catch {
    return null;
  }
}
