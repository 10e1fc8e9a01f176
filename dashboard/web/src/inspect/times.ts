/** Times as people say them. Pure. */

import type { Language } from "../text/language";

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

/** "2s ago", "il y a 2 s", "now". A time a little in the future is now: clocks differ. */
export function ago(atMs: number, nowMs: number, language: Language): string {
  const seconds = Math.max(0, Math.round((nowMs - atMs) / 1_000));
  const [unit, size] = UNITS.find(([, size]) => seconds >= size) ?? (["second", 1] as const);
  const style = language === "en" ? "narrow" : "short";
  return new Intl.RelativeTimeFormat(language, { style, numeric: "auto" }).format(
    -Math.floor(seconds / size),
    unit,
  );
}

/** "14:03:22", and the day before it when that is not today's. */
export function exact(atMs: number, nowMs: number, language: Language): string {
  const date = new Date(atMs);
  const time = new Intl.DateTimeFormat(language, { timeStyle: "medium", hourCycle: "h23" }).format(date);
  if (date.toDateString() === new Date(nowMs).toDateString()) return time;
  return `${new Intl.DateTimeFormat(language, { dateStyle: "medium" }).format(date)} ${time}`;
}
