import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { rowsOf } from "../src/present/factRows";
import { fairShares, shares, together, written } from "../src/room/shares";
import { groupRows } from "../src/stage/groups";
import { legendRows, shortened } from "../src/stage/legend";

interface Vector {
  parts: number[];
  whole?: number;
  shares: number[];
  written: string[];
  fair?: boolean;
}

const vectors = JSON.parse(
  readFileSync(new URL("../../../tests/data/shares.json", import.meta.url), "utf8"),
) as Vector[];

describe("percentages", () => {
  it.each(vectors)("of $parts are those that the room speaks of", ({ parts, whole, fair, ...all }) => {
    const found = shares(parts, whole ?? null);
    expect(found.map((share) => share.percent)).toEqual(all.shares);
    expect(found.map((share) => written(share, "en"))).toEqual(all.written);
    if (fair !== undefined) expect(fairShares(parts) !== null).toBe(fair);
  });

  it("have a narrow space in French, in which no line breaks", () => {
    expect(shares([1, 299, 0]).map((share) => written(share, "fr"))).toEqual([
      "<1\u202f%",
      ">99\u202f%",
      "0\u202f%",
    ]);
  });

  it("of several together are never a whole percent from the truth", () => {
    const few = shares([...new Array<number>(10).fill(3), 970]).slice(0, 10);
    expect([written(together(few), "en"), written(together(few.slice(0, 3)), "en")]).toEqual(["3%", "<1%"]);
  });
});

describe("a room of which some say nothing", () => {
  const os = { Android: 1005, iOS: 663, Windows: 151, macOS: 89, Linux: 67 };
  const connected = 2_000;
  const counts = { joined: 2_000, connected, visible: 0, answered: 0, os, facts: { os } };

  it("has the same percentages in legend, columns and the presenter's table", () => {
    const rows = legendRows(null, { counts, simulated: 0, colours: new Map() });
    const table = rowsOf(os, connected);
    expect(rows.map((row) => row.share)).toEqual(table.slice(0, -1).map((row) => row.share));
    expect(table.reduce((sum, row) => sum + row.share.percent, 0)).toBe(100);
    const groups = groupRows(rows, connected, "others");
    expect(groups.map((row) => row.share)).toEqual(table.map((row) => row.share));
  });

  it("gives the others together what they have one by one", () => {
    const rows = legendRows(null, { counts, simulated: 0, colours: new Map() });
    const some = shortened(rows, 3, "others");
    const sum = (all: typeof rows): number =>
      all.reduce((total, row) => total + (row.share?.percent ?? 0), 0);
    expect([some.length, sum(some)]).toEqual([3, sum(rows)]);
  });
});
