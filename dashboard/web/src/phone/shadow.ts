/** This phone's own shadow in plain words: what it reported and why, and what is desired of it. Pure. */

import type { Key } from "../text/en";
import type { Values, Words } from "../text/language";
import { answerIn, isEmpty, plain } from "./answer";

type Tree = Record<string, unknown>;

/** A shadow as `get/accepted` has it. */
export interface ShadowDocument {
  version?: number;
  state?: { desired?: Tree; reported?: Tree; delta?: Tree } | null;
  [field: string]: unknown;
}

/** The two shadows of a phone; null while nothing is known. */
export interface OwnShadows {
  classic: ShadowDocument | null;
  ballot: ShadowDocument | null;
}

const devices: Record<string, Key> = { iOS: "shadow.iphone", iPadOS: "shadow.ipad" };

const evidence: Record<string, Key> = {
  hint: "shadow.os.hint",
  agent: "shadow.os.agent",
  "mac+touch": "shadow.os.mac",
  "linux+touch": "shadow.os.linux",
  person: "shadow.os.person",
};

const text = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
const present = (value: unknown): boolean => value !== undefined && value !== null;

function system(reported: Tree, words: Words): string {
  const { os, os_name, os_evidence, browser } = reported;
  const name = text(os_name);
  const device = devices[name];
  const values: Values = {
    os: text(os),
    name,
    browser: present(browser) ? text(browser) : "?",
    device: device === undefined ? name : words(device),
  };
  return words(evidence[text(os_evidence)] ?? "shadow.os.none", values);
}

function shown(reported: Tree, desired: Tree, words: Words): string[] {
  const lines = [
    present(reported.scene)
      ? words("shadow.scene", { scene: text(reported.scene) })
      : words("shadow.noScene"),
  ];
  if (!present(reported.color)) return [...lines, words("shadow.noColor")];
  const own = present(desired.color) && desired.color === reported.color;
  return [...lines, words(own ? "shadow.ownColor" : "shadow.color", { color: text(reported.color) })];
}

function voted(ballot: ShadowDocument | null, poll: string | null, words: Words): string {
  const answer = poll === null ? null : answerIn(ballot?.state?.reported, poll);
  if (answer !== null && !isEmpty(answer)) return words("shadow.ballot", { choice: plain(answer) });
  return words(poll === null ? "shadow.noPoll" : "shadow.noBallot");
}

function wanted(desired: Tree, delta: Tree, words: Words): string[] {
  const names = Object.keys(desired).filter((name) => present(desired[name]));
  if (names.length === 0) return [words("shadow.nothingDesired")];
  const list = (tree: Tree): string =>
    Object.keys(tree)
      .filter((name) => present(tree[name]))
      .map((name) => `${name} = ${text(tree[name])}`)
      .join(", ");
  const open = Object.keys(delta).length > 0;
  return [
    words("shadow.desired", { desired: list(desired) }),
    open ? words("shadow.delta", { delta: list(delta) }) : words("shadow.noDelta"),
  ];
}

export interface Explained {
  reported: string[];
  desired: string[];
  version: string;
}

/** The sentences; null while the shadow is not known. `poll` is the key that this phone votes under now. */
export function explain(shadows: OwnShadows, poll: string | null, words: Words): Explained | null {
  const { classic, ballot } = shadows;
  if (classic === null) return null;
  const reported = classic.state?.reported ?? {};
  const desired = classic.state?.desired ?? {};
  const lines = [system(reported, words)];
  if (present(reported.form)) lines.push(words("shadow.form", { form: text(reported.form) }));
  if (present(reported.language)) {
    lines.push(words("shadow.language", { language: text(reported.language) }));
  }
  lines.push(words(reported.visible === true ? "shadow.visible" : "shadow.hidden"));
  lines.push(...shown(reported, desired, words), voted(ballot, poll, words));
  return {
    reported: lines,
    desired: wanted(desired, classic.state?.delta ?? {}, words),
    version: words("shadow.version", { version: classic.version ?? 0 }),
  };
}
