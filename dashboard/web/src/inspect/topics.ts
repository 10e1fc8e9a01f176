/** What a message of a device is about, told from its topic. Pure; the words are in `text/inspect*.ts`. */

export type Direction = "toService" | "fromService" | "presence" | "other";

export interface About {
  direction: Direction;
  /** `update`, `get`, `delete`; empty where there is none. */
  operation: string;
  /** `accepted`, `rejected`, `delta`, `documents`; empty for a request. */
  answer: string;
  /** The named shadow, or null for the classic one. */
  shadow: string | null;
}

const SHADOW = /^\$aws\/things\/[^/]+\/shadow(?:\/name\/([^/]+))?\/(get|update|delete)(?:\/(\w+))?$/;

export function about(topic: string): About {
  if (/^room\/[^/]+\/presence\//.test(topic)) {
    return { direction: "presence", operation: "", answer: "", shadow: null };
  }
  const match = SHADOW.exec(topic);
  if (match === null) return { direction: "other", operation: "", answer: "", shadow: null };
  const [, shadow, operation, answer] = match;
  return {
    direction: answer === undefined ? "toService" : "fromService",
    operation: operation ?? "",
    answer: answer ?? "",
    shadow: shadow ?? null,
  };
}

/** The end of a topic, which tells one message of a device from another. */
export const shortTopic = (topic: string): string =>
  topic.replace(/^\$aws\/things\/[^/]+\//, "…/").replace(/^(room\/[^/]+\/presence)\/.*$/, "$1/…");

/** Which sections an update writes: a device reports, everybody else desires. */
export function sections(payload: string): ("desired" | "reported")[] {
  try {
    const { state } = JSON.parse(payload) as { state?: unknown };
    if (typeof state !== "object" || state === null) return [];
    return (["desired", "reported"] as const).filter((section) => section in state);
  } catch {
    return [];
  }
}

/** A presence message: true for a birth, false for a will or a goodbye, null for neither. */
export function presenceOf(payload: string): boolean | null {
  try {
    const { connected } = JSON.parse(payload) as { connected?: unknown };
    return typeof connected === "boolean" ? connected : null;
  } catch {
    return null;
  }
}

/** A payload with line breaks, where it is JSON and whole. */
export function pretty(payload: string): string {
  try {
    return JSON.stringify(JSON.parse(payload), null, 2);
  } catch {
    return payload;
  }
}
