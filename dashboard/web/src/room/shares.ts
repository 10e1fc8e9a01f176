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

/** A part of a whole, and the percentage that stands for it: with its neighbours it adds up to 100 where it can. */
export interface Share {
  percent: number;
  part: number;
  whole: number;
}

/** Nobody of nobody. */
export const NO_SHARE: Share = { percent: 0, part: 0, whole: 0 };

/**
 * Shares to show: the fair percentages; where there are none, each rounded. `whole` is for parts that overlap, as of
 * several choices: then each is a part of it, rounded.
 */
export function shares(parts: readonly number[], whole: number | null = null): Share[] {
  const total = whole ?? sum(parts);
  const fair = whole === null ? fairShares(parts) : null;
  const rounded = (part: number): number =>
    total === 0 ? 0 : Math.floor((200 * part + total) / (2 * total));
  return parts.map((part, index) => ({ percent: fair?.[index] ?? rounded(part), part, whole: total }));
}

/** Several shares of one whole as one: their percentages together, unless that is a whole percent from the truth. */
export function together(all: readonly Share[]): Share {
  const [part, whole] = [sum(all.map((one) => one.part)), all[0]?.whole ?? 0];
  const exact = whole === 0 ? 0 : (100 * part) / whole;
  const percent = sum(all.map((one) => one.percent));
  return { percent: Math.min(Math.max(percent, Math.floor(exact)), Math.ceil(exact)), part, whole };
}

/** What the percentage lacks to be true where it was rounded to 0 or 100: "<1%" of a few, ">99%" of nearly all. */
export function bound({ percent, part, whole }: Share): "" | "<" | ">" {
  if (percent === 0 && part > 0) return "<";
  return percent === 100 && part < whole ? ">" : "";
}

/** A share as people read it: "42%", "<1%", ">99%"; in French with a narrow no-break space before the sign. */
export function written(share: Share, language: string): string {
  const number = { "": String(share.percent), "<": "<1", ">": ">99" }[bound(share)];
  return `${number}${language === "fr" ? "\u202f" : ""}%`;
}
