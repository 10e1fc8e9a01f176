/** What the wall shows, in names and numbers. Pure. */

import type { Counts, Facts, Scene } from "../feed/wire";
import { type Share, shares, together } from "../room/shares";

export interface Row {
  name: string;
  /** The family whose shape stands before the name; null: a dot, since the scene is not about systems. */
  family: string | null;
  /** `#RRGGBB`, or null for a neutral mark. */
  colour: string | null;
  count: number;
  /** Of the connected phones, or of the answers; null: no part of these. */
  share: Share | null;
  /** The right answer of a quiz. */
  right?: boolean;
  /** The option of a poll whose outline and colour stand before the name. */
  option?: number;
}

const byCount = (a: Row, b: Row): number => b.count - a.count || a.name.localeCompare(b.name);
/** "other" comes last, however many there are. */
const otherLast = (a: Row, b: Row): number => Number(a.name === "other") - Number(b.name === "other");

/** The first rows, and one for all the others when there are more than `most`: the wall has only so much room. */
export function shortened(rows: Row[], most: number, othersName: string): Row[] {
  if (rows.length <= most) return rows;
  const others = rows.slice(most - 1);
  const count = others.reduce((sum, row) => sum + row.count, 0);
  const parts = others.flatMap((row) => row.share ?? []);
  const share = parts.length > 0 ? together(parts) : null;
  return [...rows.slice(0, most - 1), { name: othersName, family: null, colour: null, count, share }];
}

/** A fact that is counted by the looks of marks: who is looked at, who is simulated. */
const LOOKS = ["visible", "sim"];

/** The fact that the room is looked at by: that of the scene, else the system. */
export const factOf = (scene: Scene | null): string => scene?.by ?? "os";

/** What is known of the connected phones. `colours`: 0xRRGGBB to phones. */
export interface Known {
  counts: Counts;
  simulated: number;
  colours: Map<number, number>;
}

/** The values of the fact by which the room is looked at, the most frequent first. */
export function legendRows(scene: Scene | null, known: Known): Row[] {
  const rows = countedRows(scene, known);
  const said = rows.map(({ count }) => count);
  const unsaid = unsaidOf(rows, known.counts.connected);
  const parts = shares([...said, unsaid]);
  return rows.map((row, index) => ({ ...row, share: parts[index] ?? null }));
}

/** Connected phones that are in no row. */
export const unsaidOf = (rows: readonly Row[], connected: number): number =>
  Math.max(0, connected - rows.reduce((sum, row) => sum + row.count, 0));

function countedRows(scene: Scene | null, known: Known): Row[] {
  const fact = factOf(scene);
  const counts = valuesOf(fact, known);
  if (counts === null) return colourRows(scene, known.colours);
  const palette = scene?.palette ?? {};
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => ({
      name,
      family: fact === "os" ? name : null,
      colour: palette[name] ?? palette.other ?? null,
      count,
      share: null,
    }))
    .sort((a, b) => otherLast(a, b) || byCount(a, b));
}

/** Connected phones by the values of a fact; null for one that is no dimension of the feed. */
function valuesOf(fact: string, known: Known): Record<string, number> | null {
  const { counts, simulated } = known;
  if (fact === "os") return counts.os;
  if (fact === "visible") return { true: counts.visible, false: counts.connected - counts.visible };
  if (fact === "sim") return { true: simulated, false: counts.connected - simulated };
  return counts.facts[fact] ?? null;
}

/** Any other fact: values are counted by the colours that phones report, and those that share one share a row. */
function colourRows(scene: Scene | null, colours: Map<number, number>): Row[] {
  const shared = new Map<number, string[]>();
  for (const [name, colour] of Object.entries(scene?.palette ?? {})) {
    const value = Number.parseInt(colour.replace("#", ""), 16);
    shared.set(value, [...(shared.get(value) ?? []), name]);
  }
  return [...shared]
    .map(([value, names]) => ({
      name: names.join(", "),
      family: null,
      colour: `#${value.toString(16).padStart(6, "0")}`,
      count: colours.get(value) ?? 0,
      share: null,
    }))
    .filter((row) => row.count > 0)
    .sort((a, b) => otherLast(a, b) || byCount(a, b));
}

/** Whether who belongs where depends on how marks look. */
export const isByLook = (scene: Scene | null, facts: Facts): boolean =>
  LOOKS.includes(factOf(scene)) || !(factOf(scene) in facts);
