import { describe, expect, it } from "vitest";
import { CONNECTED, SHOWN, SIMULATED, VISIBLE } from "../src/feed/room";
import { capacity, layOut, place } from "../src/stage/grid";
import { legendRows, shortened } from "../src/stage/legend";
import { lookOf, NEUTRAL } from "../src/stage/look";
import { Marks, NO_COLOUR } from "../src/stage/marks";

describe("the grid", () => {
  it.each([1, 24, 187, 200, 500, 1_000, 2_000, 5_000, 10_000])(
    "has a place for each of %i phones",
    (phones) => {
      const [width, height] = [1_300, 800];
      const cells = capacity(phones);
      const grid = layOut(cells, width, height);
      expect(cells).toBeGreaterThanOrEqual(phones);
      expect(grid.columns * grid.rows).toBeGreaterThanOrEqual(cells);
      const [left, top] = place(grid, cells);
      expect(left + grid.cell).toBeLessThanOrEqual(width);
      expect(top + grid.cell).toBeLessThanOrEqual(height);
    },
  );

  it("has cells as large as the notes ask for", () => {
    expect(layOut(capacity(200), 1_804, 842).cell).toBeGreaterThanOrEqual(80);
    expect(layOut(capacity(10_000), 1_804, 842).cell).toBeGreaterThanOrEqual(12);
  });

  it("never shrinks: people know their place", () => {
    expect(capacity(10, 500)).toBe(500);
    expect(capacity(501, 500)).toBe(630);
  });

  it("survives a window without size", () => {
    expect(layOut(100, 0, 0).cell).toBe(1);
  });
});

describe("marks", () => {
  it("keep state by slot and say which changed", () => {
    const marks = new Marks();
    marks.apply([
      [0, CONNECTED, "", [1]],
      [1, CONNECTED | SHOWN, "A3E635", [9_999]],
    ]);
    expect(marks.takeChanged()).toEqual([1, 9_999]);
    expect(marks.takeChanged()).toEqual([]);
    expect(marks.highest).toBe(9_999);
    expect(marks.colour[9_999]).toBe(0xa3e635);
    expect(marks.colour[1]).toBe(NO_COLOUR);
    expect(marks.count(CONNECTED)).toBe(2);
    expect([...marks.countColours()]).toEqual([
      [NO_COLOUR, 1],
      [0xa3e635, 1],
    ]);
  });

  it("leave an empty place when a phone is gone, and no other moves", () => {
    const marks = new Marks();
    marks.apply([
      [0, CONNECTED, "", [1]],
      [0, CONNECTED, "", [2]],
    ]);
    marks.apply([[-1, 0, "", [1]]]);
    expect(marks.present[1]).toBe(0);
    expect(marks.highest).toBe(2);
    expect(marks.count(CONNECTED)).toBe(1);
  });

  it("ignore slots that no room has", () => {
    const marks = new Marks();
    marks.apply([
      [0, 1, "", [0]],
      [0, 1, "", [-3]],
      [0, 1, "", [1e9]],
      [0, 1, "", [1.5]],
    ]);
    expect(marks.highest).toBe(0);
    expect(marks.hasChanged).toBe(false);
  });
});

describe("the look of a mark", () => {
  const awake = CONNECTED | VISIBLE;

  it("is hollow until the phone has reported the scene, then filled", () => {
    expect(lookOf(awake, 0x2563eb)).toMatchObject({ filled: false, dim: false, colour: 0x2563eb });
    expect(lookOf(awake | SHOWN, 0x2563eb).filled).toBe(true);
  });

  it("is dim when the phone is asleep or away", () => {
    expect(lookOf(CONNECTED | SHOWN, 0x2563eb).dim).toBe(true);
    expect(lookOf(VISIBLE, 0x2563eb).dim).toBe(true);
  });

  it("is neutral without a colour, and visible even for a black phone", () => {
    expect(lookOf(awake, NO_COLOUR).colour).toBe(NEUTRAL);
    expect(lookOf(awake | SHOWN, 0x000000)).toMatchObject({ filled: false });
    expect(lookOf(awake | SHOWN, 0x000000).colour).not.toBe(0);
  });

  it("tells the simulated from the real", () => {
    expect(lookOf(awake | SIMULATED, 0).simulated).toBe(true);
    expect(lookOf(awake, 0).simulated).toBe(false);
  });
});

describe("the legend", () => {
  const counts = {
    joined: 9,
    connected: 9,
    visible: 9,
    answered: 0,
    os: { other: 5, iOS: 1, Android: 3, Linux: 0 },
  };

  it("has the families by number, the others last, and none that is empty", () => {
    const rows = legendRows(null, counts, new Map());
    expect(rows.map((row) => row.name)).toEqual(["Android", "iOS", "other"]);
    expect(rows[0]).toMatchObject({ family: "Android", colour: null, count: 3 });
  });

  it("counts other facts by the colours that phones report", () => {
    const palette = { fr: "#2563EB", en: "#A3E635", de: "#475569", other: "#475569" };
    const colours = new Map([
      [0x2563eb, 4],
      [0xa3e635, 5],
      [0x475569, 1],
    ]);
    const rows = legendRows({ version: 1, at: 0, by: "language", palette }, counts, colours);
    expect(rows.map((row) => [row.name, row.count])).toEqual([
      ["en", 5],
      ["fr", 4],
      ["de, other", 1],
    ]);
  });

  it("is shortened without losing anybody", () => {
    const rows = legendRows(null, counts, new Map());
    const short = shortened(rows, 2, "others");
    expect(short.map((row) => [row.name, row.count])).toEqual([
      ["Android", 3],
      ["others", 6],
    ]);
    expect(shortened(rows, 3, "others")).toBe(rows);
  });
});
