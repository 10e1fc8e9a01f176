/** What a scene asks of one phone. Pure; the same rules as dashboard/rooms/scene.py. */

import type { Scene } from "../feed/wire";
import { colour } from "./colour";

/** The reported facts by which a scene may colour. */
export type ReportedFacts = Readonly<Record<string, unknown>>;

export interface Wave {
  colors: string[];
  period_ms: number;
  slots: number;
}

const BLACK = "#000000";

/** WCAG 2.3.1 allows three flashes in any second, so six changes: no two changes of colour come closer than this. */
export const CHANGE_SPACING_MS = 170;

/** The wave of a scene, or null when there is none that could be shown. */
export function waveOf(scene: Scene | null): Wave | null {
  const wave = scene?.wave as Partial<Wave> | null | undefined;
  if (!wave || !Array.isArray(wave.colors) || wave.colors.length < 2) return null;
  const colors = wave.colors.map(colour).filter((one): one is string => one !== null);
  const { period_ms, slots } = wave;
  if (colors.length !== wave.colors.length || !(Number(period_ms) >= 1_000) || !(Number(slots) >= 1))
    return null;
  return { colors, period_ms: Number(period_ms), slots: Number(slots) };
}

/** A longer spread is a mistake: some wall waits for the reports. */
const SPREAD_MAX_MS = 60_000;

/** Milliseconds over which all phones together spread their reports of this scene; 0 for at once. */
export function spreadOf(scene: Scene): number {
  const spread = Number(scene.spread_ms);
  return spread > 0 ? Math.min(spread, SPREAD_MAX_MS) : 0;
}

const fraction = (value: number): number => value - Math.floor(value);

/** Where a slot is in the wave's colours, 0 up to their number: the colours run through the slots. */
function wavePosition(wave: Wave, slot: number, sinceStart: number): number {
  return fraction(sinceStart / wave.period_ms - slot / wave.slots) * wave.colors.length;
}

/** Which of the wave's colours a slot has `sinceStart` ms after the wave began. */
export function waveIndex(wave: Wave, slot: number, sinceStart: number): number {
  return Math.min(Math.floor(wavePosition(wave, slot, sinceStart)), wave.colors.length - 1);
}

/** Milliseconds until a slot's colour changes next, at least `CHANGE_SPACING_MS`. */
export function untilWaveChange(wave: Wave, slot: number, sinceStart: number): number {
  const left = 1 - fraction(wavePosition(wave, slot, sinceStart));
  return Math.max((left * wave.period_ms) / wave.colors.length, CHANGE_SPACING_MS);
}

/** A reported fact as a palette's key: text as it is, booleans and whole numbers as JSON writes them. */
function factValue(value: unknown): string | null {
  if (typeof value === "string") return value;
  return typeof value === "boolean" || Number.isInteger(value) ? String(value) : null;
}

/** The colour of a phone in a scene at a moment of room time, or null for none. */
export function sceneColour(
  scene: Scene | null,
  facts: ReportedFacts,
  slot: number,
  now: number,
): string | null {
  if (scene === null) return null;
  if (scene.by) {
    const palette = scene.palette ?? {};
    const value = factValue(facts[scene.by]);
    return colour(value === null ? palette.other : (palette[value] ?? palette.other));
  }
  if (scene.color) return colour(scene.color);
  const wave = waveOf(scene);
  if (wave !== null) return wave.colors[waveIndex(wave, slot, now - (scene.at ?? 0))] ?? null;
  return scene.blank ? BLACK : null;
}
