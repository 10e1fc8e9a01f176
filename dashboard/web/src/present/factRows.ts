/** The rows of a fact's table. Pure. */

export interface FactRow {
  /** Null: phones that do not say. */
  value: string | null;
  count: number;
}

/** The most frequent value first, "other" and those who do not say last; all of them together are `connected`. */
export function rowsOf(counts: Readonly<Record<string, number>>, connected: number): FactRow[] {
  const rank = (value: string): number => (value === "other" ? 1 : 0);
  const rows: FactRow[] = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .sort(([a, m], [b, n]) => rank(a) - rank(b) || n - m || a.localeCompare(b))
    .map(([value, count]) => ({ value, count }));
  const unsaid = connected - rows.reduce((sum, row) => sum + row.count, 0);
  return unsaid > 0 ? [...rows, { value: null, count: unsaid }] : rows;
}
