/** A shadow as rows to read: one for each leaf, what is desired beside what is reported. Pure. */

import type { InspectedShadow } from "./wire";

/** `differs`: desired and not reported so, which is the delta; `agrees`: both say the same; `told`: nobody desires it. */
export type Accord = "differs" | "agrees" | "told";

export interface Leaf {
  /** The path, as in `color` or `net.wifi`. */
  path: string;
  /** JSON, or null where there is nothing. */
  desired: string | null;
  reported: string | null;
  accord: Accord;
  /** When each was last written, seconds of the service's clock. */
  desiredAt: number | null;
  reportedAt: number | null;
}

type Tree = Record<string, unknown>;

const isTree = (value: unknown): value is Tree =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const tree = (value: unknown): Tree => (isTree(value) ? value : {});

/** The leaves of a section by path. Arrays are leaves, as in a delta; so are empty objects. */
export function flatten(section: unknown, prefix = ""): Map<string, unknown> {
  const found = new Map<string, unknown>();
  for (const [name, value] of Object.entries(tree(section))) {
    const path = prefix === "" ? name : `${prefix}.${name}`;
    if (isTree(value) && Object.keys(value).length > 0) {
      for (const [inner, leaf] of flatten(value, path)) found.set(inner, leaf);
    } else {
      found.set(path, value);
    }
  }
  return found;
}

/** The newest `timestamp` at or below a node of metadata: an array has one for each element. */
function newest(node: unknown): number | null {
  if (Array.isArray(node)) {
    return node.reduce<number | null>((best, one) => later(best, newest(one)), null);
  }
  if (!isTree(node)) return null;
  const own = typeof node.timestamp === "number" ? node.timestamp : null;
  return Object.entries(node).reduce(
    (best, [name, inner]) => (name === "timestamp" ? best : later(best, newest(inner))),
    own,
  );
}

const later = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.max(a, b);

function at(metadata: unknown, path: string): number | null {
  let node: unknown = metadata;
  let left = path;
  // A name may itself have dots: the longest that is there wins.
  while (left !== "" && isTree(node)) {
    const inside: Tree = node;
    const name = Object.keys(inside)
      .filter((one) => left === one || left.startsWith(`${one}.`))
      .sort((a, b) => b.length - a.length)[0];
    if (name === undefined) return null;
    node = inside[name];
    left = left.slice(name.length + 1);
  }
  return newest(node);
}

const json = (values: Map<string, unknown>, path: string): string | null =>
  values.has(path) ? JSON.stringify(values.get(path)) : null;

/** Newest first, then by name: what just changed is what people talk about. */
const byNews = (a: Leaf, b: Leaf): number =>
  (b.reportedAt ?? 0) - (a.reportedAt ?? 0) || (a.path < b.path ? -1 : 1);

/** The rows: what is desired first, by name, since that is what a shadow is for; then what is only reported. */
export function leaves(shadow: InspectedShadow): Leaf[] {
  const desired = flatten(shadow.state.desired);
  const reported = flatten(shadow.state.reported);
  const delta = flatten(shadow.state.delta);
  const differs = (path: string): boolean =>
    delta.has(path) || [...delta.keys()].some((one) => one.startsWith(`${path}.`));
  const row = (path: string): Leaf => ({
    path,
    desired: json(desired, path),
    reported: json(reported, path),
    accord: !desired.has(path) ? "told" : differs(path) ? "differs" : "agrees",
    desiredAt: at(tree(shadow.metadata).desired, path),
    reportedAt: at(tree(shadow.metadata).reported, path),
  });
  const wanted = [...desired.keys()].sort();
  const told = [...reported.keys()].filter((path) => !desired.has(path));
  return [...wanted.map(row), ...told.map(row).sort(byNews)];
}

/** The delta as the service has it, or null when desired and reported agree. */
export function deltaOf(shadow: InspectedShadow | null): Tree | null {
  const delta = shadow === null ? {} : tree(shadow.state.delta);
  return Object.keys(delta).length > 0 ? delta : null;
}

/** A value of one section, by its name at the top. */
export const valueIn = (shadow: InspectedShadow | null, section: string, name: string): unknown =>
  shadow === null ? undefined : tree(shadow.state[section])[name];
