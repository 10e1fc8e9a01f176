/** What the wall shows, in names and numbers. Pure. */

import type { Counts, Scene } from "../feed/wire";

export interface Row {
  name: string;
  /** The family whose shape stands before the name; null: a dot, since the scene is not about systems. */
  family: string | null;
  /** `#RRGGBB`, or null for a neutral mark. */
  colour: string | null;
  count: number;
}

const byCount = (a: Row, b: Row): number => b.count - a.count || a.name.localeCompare(b.name);
/** "other" comes last, however many there are. */
const otherLast = (a: Row, b: Row): number => Number(a.name === "other") - Number(b.name === "other");

/** The first rows, and one for all the others when there are more than `most`: the wall has only so much room. */
export function shortened(rows: Row[], most: number, othersName: string): Row[] {
  if (rows.length <= most) return rows;
  const others = rows.slice(most - 1);
  const count = others.reduce((sum, row) => sum + row.count, 0);
  return [...rows.slice(0, most - 1), { name: othersName, family: null, colour: null, count }];
}

/** The families of the connected phones, the most frequent first. */
export function familyRows(counts: Counts, palette: Record<string, string>): Row[] {
  return Object.entries(counts.os)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => ({ name, family: name, colour: palette[name] ?? null, count }))
    .sort((a, b) => otherLast(a, b) || byCount(a, b));
}

/**
 * The rows of a scene. Systems are counted by the server; of other facts the wall knows the reported colours, so the
 * values of a palette are counted by colour (`colours`: 0xRRGGBB to phones), and values that share one share a row.
 */
export function legendRows(scene: Scene | null, counts: Counts, colours: Map<number, number>): Row[] {
  const palette = scene?.palette ?? {};
  if (!scene?.by || scene.by === "os") return familyRows(counts, palette);
  const shared = new Map<number, string[]>();
  for (const [name, colour] of Object.entries(palette)) {
    const value = Number.parseInt(colour.replace("#", ""), 16);
    shared.set(value, [...(shared.get(value) ?? []), name]);
  }
  return [...shared]
    .map(([value, names]) => ({
      name: names.join(", "),
      family: null,
      colour: `#${value.toString(16).padStart(6, "0")}`,
      count: colours.get(value) ?? 0,
    }))
    .filter((row) => row.count > 0)
    .sort((a, b) => otherLast(a, b) || byCount(a, b));
}
