/**
 * Whole percentages of a whole: the one rule behind what is spoken, reported, and shown on every page. Pure.
 * The same as dashboard/rooms/shares.py; tests/data/shares.json holds both to it.
 */

const sum = (parts: readonly number[]): number => parts.reduce((total, part) => total + part, 0);

/**
 * Percentages that add up to 100, equal for equal parts, each less than 1 from the exact value: the largest remainders
 * are rounded up, of equal ones those of the larger parts. Null when there are none.
 */
export function fairShares(parts: readonly number[]): number[] | null {
  const total = sum(parts);
  if (total === 0) return null;
  const floor = (part: number): number => Math.floor((100 * part) / total);
  const left = 100 - sum(parts.map(floor));
  // How much remainder is rounded up at most with so many percents given away, and in which parts.
  const gains = new Array<number>(left + 1).fill(-1);
  const chosen: number[][] = gains.map(() => []);
  gains[0] = 0;
  for (const part of Array.from(new Set(parts)).sort((a, b) => b - a)) {
    const many = parts.filter((one) => one === part).length;
    const gain = ((100 * part) % total) * many;
    for (let count = gain === 0 ? -1 : left - many; count >= 0; count--) {
      const before = gains[count] ?? -1;
      if (before < 0 || before + gain <= (gains[count + many] ?? -1)) continue;
      gains[count + many] = before + gain;
      chosen[count + many] = [...(chosen[count] ?? []), part];
    }
  }
  if ((gains[left] ?? -1) < 0) return null;
  return parts.map((part) => floor(part) + Number(chosen[left]?.includes(part)));
}

/**
 * Percentages to show: the fair ones; where there are none, each rounded. `whole` is for parts that overlap, as of
 * several choices: then each is a part of it, rounded.
 */
export function shares(parts: readonly number[], whole: number | null = null): number[] {
  const total = whole ?? sum(parts);
  if (total === 0) return parts.map(() => 0);
  const fair = whole === null ? fairShares(parts) : null;
  return fair ?? parts.map((part) => Math.floor((200 * part + total) / (2 * total)));
}
