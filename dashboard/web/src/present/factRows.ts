/** The rows of a fact's table. Pure. */

import { NO_SHARE, type Share, shares } from "../room/shares";

export interface FactRow {
  /** Null: phones that do not say. */
  value: string | null;
  count: number;
  /** Of the connected phones. */
  share: Share;
}

/** The most frequent value first, "other" and those who do not say last; all of them together are `connected`. */
export function rowsOf(counts: Readonly<Record<string, number>>, connected: number): FactRow[] {
  const rank = (value: string): number => (value === "other" ? 1 : 0);
  const rows: [string | null, number][] = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .sort(([a, m], [b, n]) => rank(a) - rank(b) || n - m || a.localeCompare(b));
  const unsaid = connected - rows.reduce((sum, [, count]) => sum + count, 0);
  if (unsaid > 0) rows.push([null, unsaid]);
  const parts = shares(rows.map(([, count]) => count));
  return rows.map(([value, count], index) => ({ value, count, share: parts[index] ?? NO_SHARE }));
}
