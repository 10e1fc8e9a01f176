/** Asks to be let into the room, and what time it is there. */

import type { PollMessage, Scene } from "../feed/wire";
import type { Credentials } from "./mqtt";
import { CONNECT_MS } from "./resume";

export interface JoinRequest {
  os: string;
  os_name: string;
  os_evidence: string;
  form: string;
  browser: string;
  theme: string;
  lang: string;
  code?: string;
  token?: string;
}

export interface Joined {
  thing_name: string;
  token: string;
  slot: number;
  room_time: number;
  scene: Scene | null;
  poll: PollMessage | null;
  mqtt: Credentials & { url: string };
}

/** The room said no, in words for a person; trying again by oneself is no use. */
export class Refused extends Error {}
/** The server, or the proxy before it, says that the room is not there now. */
export class ServerAway extends Error {}
/** There is no such room. */
export class NoSuchRoom extends Error {}

async function timed(input: string, init: RequestInit): Promise<Response> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), CONNECT_MS);
  try {
    return await fetch(input, { ...init, signal: controller.signal, cache: "no-store" });
  } finally {
    clearTimeout(timer);
  }
}

async function sentence(response: Response): Promise<string> {
  try {
    const body: unknown = await response.json();
    const message = (body as { message?: unknown }).message;
    return typeof message === "string" ? message : "";
  } catch {
    return "";
  }
}

/** Joins, or throws: `Refused` and `NoSuchRoom` are final, anything else may pass. */
export async function join(room: string, request: JoinRequest): Promise<Joined> {
  const response = await timed(`/api/rooms/${encodeURIComponent(room)}/join`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(request),
  });
  if (response.status === 403) throw new Refused(await sentence(response));
  if (response.status === 404) throw new NoSuchRoom();
  if (response.status >= 500) throw new ServerAway(`join: ${response.status}`);
  if (!response.ok) throw new Error(`join: ${response.status}`);
  return (await response.json()) as Joined;
}

/** Leaves for good: the room forgets the phone. Throws when the room did not hear it. */
export async function leave(room: string, token: string): Promise<void> {
  const response = await timed(`/api/rooms/${encodeURIComponent(room)}/leave`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token }),
  });
  // 403: the room does not know this token any more.
  if (!response.ok && response.status !== 403) throw new Error(`leave: ${response.status}`);
}

/** Room time in ms. */
export async function roomTime(): Promise<number> {
  const response = await timed("/api/time", {});
  if (!response.ok) throw new Error(`time: ${response.status}`);
  return ((await response.json()) as { now: number }).now;
}

/** A signed address of AWS IoT, which is the broker's own and no tunnel's. */
export const isSigned = (given: string): boolean => given.includes("X-Amz-Signature=");

/** The broker's address: a signed one as it is, else on the page's own origin: whatever proxy brought the page brings the tunnel too. */
export function tunnelAddress(given: string, page: { protocol: string; host: string }): string {
  if (isSigned(given)) return given;
  const path = /^[a-z]+:\/\/[^/]*(\/[^?#]*)/i.exec(given)?.[1] ?? (given.startsWith("/") ? given : "/mqtt");
  return `${page.protocol === "https:" ? "wss:" : "ws:"}//${page.host}${path}`;
}
