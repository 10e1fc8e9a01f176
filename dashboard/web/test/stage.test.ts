import { describe, expect, it } from "vitest";
import { CONNECTED, SHOWN, SIMULATED, VISIBLE } from "../src/feed/room";
import { Arrivals, BARS } from "../src/stage/arrivals";
import { capacity, layOut, place } from "../src/stage/grid";
import { grouping, groupRows } from "../src/stage/groups";
import { isByLook, legendRows, shortened } from "../src/stage/legend";
import { lookOf, NEUTRAL } from "../src/stage/look";
import { Marks, NO_COLOUR } from "../src/stage/marks";
import { eased, Motion, STAGGER_MS, TRAVEL_MS } from "../src/stage/motion";
import { barPlaces, columnPlaces, LABEL_PART, NUMBER_PART, roomPlaces } from "../src/stage/views";

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
      [CONNECTED, "", [1]],
      [CONNECTED | SHOWN, "A3E635", [9_999]],
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
      [CONNECTED, "", [1]],
      [CONNECTED, "", [2]],
    ]);
    marks.apply([[-1, "", [1]]]);
    expect(marks.present[1]).toBe(0);
    expect(marks.highest).toBe(2);
    expect(marks.count(CONNECTED)).toBe(1);
  });

  it("ignore slots that no room has", () => {
    const marks = new Marks();
    marks.apply([
      [1, "", [0]],
      [1, "", [-3]],
      [1, "", [1e9]],
      [1, "", [1.5]],
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
    visible: 7,
    answered: 0,
    os: { other: 5, iOS: 1, Android: 3, Linux: 0 },
    facts: { browser: { Safari: 1, Chrome: 7 } },
  };
  const known = { counts, simulated: 4, colours: new Map<number, number>() };
  const by = (fact: string, palette: Record<string, string>) => ({ version: 1, at: 0, by: fact, palette });

  it("has the families by number, the others last, and none that is empty", () => {
    const rows = legendRows(null, known);
    expect(rows.map((row) => row.name)).toEqual(["Android", "iOS", "other"]);
    expect(rows[0]).toMatchObject({ family: "Android", colour: null, count: 3 });
  });

  it("has the values of any fact that phones report, in the scene's colours", () => {
    const rows = legendRows(by("browser", { Chrome: "#2563EB", other: "#475569" }), known);
    expect(rows).toEqual([
      {
        name: "Chrome",
        family: null,
        colour: "#2563EB",
        count: 7,
        share: { percent: 78, part: 7, whole: 9 },
      },
      {
        name: "Safari",
        family: null,
        colour: "#475569",
        count: 1,
        share: { percent: 11, part: 1, whole: 9 },
      },
    ]);
  });

  it.each([
    ["visible", 7, 2],
    ["sim", 4, 5],
  ])("counts %s by the looks of marks", (fact, yes, no) => {
    const rows = legendRows(by(fact, {}), known);
    expect(Object.fromEntries(rows.map((row) => [row.name, row.count]))).toEqual({ true: yes, false: no });
  });

  it("counts what the feed does not tell by the colours that phones report", () => {
    const palette = { fr: "#2563EB", en: "#A3E635", de: "#475569", other: "#475569" };
    const colours = new Map([
      [0x2563eb, 4],
      [0xa3e635, 5],
      [0x475569, 1],
    ]);
    const rows = legendRows(by("shoe", palette), { ...known, colours });
    expect(rows.map((row) => [row.name, row.count])).toEqual([
      ["en", 5],
      ["fr", 4],
      ["de, other", 1],
    ]);
  });

  it("is shortened without losing anybody", () => {
    const rows = legendRows(null, known);
    const short = shortened(rows, 2, "others");
    expect(short.map((row) => [row.name, row.count])).toEqual([
      ["Android", 3],
      ["others", 6],
    ]);
    expect(shortened(rows, 3, "others")).toBe(rows);
  });
});

describe("the views", () => {
  const [width, height] = [1_300, 800];
  const crowd = (phones: number): Marks => {
    const marks = new Marks();
    for (let slot = 1; slot <= phones; slot++) {
      marks.apply([[CONNECTED, "", [slot]]]);
      marks.applyTraits([[[(slot - 1) % 10 < 7 ? 0 : 1], [slot]]]);
    }
    return marks;
  };
  const groupOf = (marks: Marks) => (slot: number) => marks.family[slot] ?? 0;
  const views = {
    room: (marks: Marks) => roomPlaces(marks.highest, 0, width, height),
    groups: (marks: Marks) => columnPlaces(marks, 2, groupOf(marks), width, height),
    numbers: (marks: Marks) => barPlaces(marks, 2, groupOf(marks), width, height),
  };

  it.each(
    (["room", "groups", "numbers"] as const).flatMap((view) =>
      [1, 187, 2_000, 10_000].map((n) => [view, n] as const),
    ),
  )("%s has a place on the wall for each of %i phones, and no two share one", (view, phones) => {
    const places = views[view](crowd(phones));
    const taken = new Set<string>();
    for (let slot = 1; slot <= phones; slot++) {
      const [x = -1, y = -1] = [places.x[slot], places.y[slot]];
      expect(x).toBeGreaterThanOrEqual(view === "numbers" ? width * NUMBER_PART : 0);
      expect(y).toBeGreaterThanOrEqual(0);
      expect(x + places.cell).toBeLessThanOrEqual(width);
      expect(y + places.cell).toBeLessThanOrEqual(view === "groups" ? height * (1 - LABEL_PART) : height);
      taken.add(`${x},${y}`);
    }
    expect(taken.size).toBe(phones);
  });

  it("have columns as high as their groups are large, the phones that are away on top", () => {
    const marks = crowd(100);
    marks.apply([[0, "", [1]]]);
    const { y } = views.groups(marks);
    const top = (family: number) =>
      Math.min(
        ...Array.from({ length: 100 }, (_, i) => i + 1)
          .filter((s) => marks.family[s] === family)
          .map((s) => y[s] ?? 0),
      );
    const floor = Math.floor(height * (1 - LABEL_PART));
    expect((floor - top(0)) / (floor - top(1))).toBeCloseTo(70 / 30, 0);
    expect(y[1]).toBe(top(0));
  });

  it("survive a room without groups", () => {
    expect(columnPlaces(crowd(3), 0, () => -1, width, height).x[1]).toBe(-1);
    expect(barPlaces(crowd(3), 0, () => -1, 0, 0).x[1]).toBe(-1);
  });
});

describe("a transition", () => {
  const at = (cell: number, x: number[], y: number[]) => ({
    cell,
    x: Int16Array.from(x),
    y: Int16Array.from(y),
  });

  it("brings every mark to its place within the time, the first one first", () => {
    const motion = new Motion(at(20, [-1, 0, 0], [-1, 0, 0]), at(10, [-1, 100, 100], [-1, 50, 50]), 2, 1_000);
    expect(motion.x[1]).toBe(0);
    expect(motion.size[1]).toBe(20);
    expect(motion.moveTo(1_000 + TRAVEL_MS / 2)).toBe(false);
    expect(motion.x[1]).toBeGreaterThan(motion.x[2] ?? 0);
    expect(motion.moveTo(1_000 + TRAVEL_MS + STAGGER_MS)).toBe(true);
    expect([...motion.x]).toEqual([-1, 100, 100]);
    expect(motion.size[2]).toBe(10);
  });

  it("can be interrupted without a jump", () => {
    const first = new Motion(at(20, [-1, 0], [-1, 0]), at(10, [-1, 100], [-1, 0]), 1, 0);
    first.moveTo(500);
    const second = new Motion(first, at(30, [-1, 0], [-1, 0]), 1, 500);
    expect(second.x[1]).toBe(first.x[1]);
    expect(second.size[1]).toBe(first.size[1]);
  });

  it("does not fly who has just come", () => {
    const motion = new Motion(at(10, [-1, 0], [-1, 0]), at(10, [-1, 5, 70], [-1, 5, 70]), 2, 0);
    expect(motion.x[2]).toBe(70);
  });

  it("is as long as the notes ask for", () => {
    expect(TRAVEL_MS).toBeGreaterThanOrEqual(600);
    expect(TRAVEL_MS).toBeLessThanOrEqual(900);
    expect(STAGGER_MS).toBeLessThanOrEqual(300);
    expect([eased(0), eased(0.5), eased(1)]).toEqual([0, 0.5, 1]);
  });
});

describe("groups", () => {
  const row = (name: string, family: string | null, colour: string | null, count: number) => ({
    name,
    family,
    colour,
    count,
    share: null,
  });

  it("are systems, the rare ones together, and everybody is in one", () => {
    const rows = ["a", "b", "c", "d", "e", "f", "g"].map((name, index) => row(name, name, null, 10 - index));
    const groups = groupRows(rows, 49, "others");
    expect(groups.map((one) => one.name)).toEqual(["a", "b", "c", "d", "e", "others"]);
    const marks = new Marks();
    marks.apply([
      [CONNECTED, "", [1]],
      [CONNECTED, "", [2]],
    ]);
    marks.applyTraits([
      [[0], [1]],
      [[1], [2]],
    ]);
    const groupOf = grouping(null, groups, { os: ["g", "b"] }, marks);
    expect([groupOf(1), groupOf(2)]).toEqual([5, 1]);
  });

  const by = (fact: string) => ({ version: 1, at: 0, by: fact });
  const named = (...names: string[]) => names.map((name) => row(name, null, "#2563eb", 1));

  it("are the values of any fact, and one for those that do not report it", () => {
    const marks = new Marks();
    marks.applyTraits([
      [[0, 1], [1]],
      [[0, 0], [2]],
      [[0, -1], [3]],
    ]);
    const facts = { os: ["iOS"], browser: ["Chrome", "Safari"] };
    const groups = groupRows(named("Safari", "Chrome"), 3, "others");
    expect(groups.map((one) => [one.name, one.count])).toEqual([
      ["Safari", 1],
      ["Chrome", 1],
      ["others", 1],
    ]);
    const groupOf = grouping(by("browser"), groups, facts, marks);
    expect([groupOf(1), groupOf(2), groupOf(3)]).toEqual([0, 1, 2]);
    expect(isByLook(by("browser"), facts)).toBe(false);
  });

  it("are who is looked at and who is not, and change with it", () => {
    const marks = new Marks();
    marks.apply([
      [CONNECTED | VISIBLE, "", [1]],
      [CONNECTED | SIMULATED, "", [2]],
    ]);
    const rows = named("true", "false");
    const visible = grouping(by("visible"), rows, { os: [] }, marks);
    expect([visible(1), visible(2)]).toEqual([0, 1]);
    const sim = grouping(by("sim"), rows, { os: [] }, marks);
    expect([sim(1), sim(2)]).toEqual([1, 0]);
    expect(isByLook(by("visible"), { os: [] })).toBe(true);
    marks.looksChanged = false;
    marks.apply([[CONNECTED, "", [1]]]);
    expect([marks.looksChanged, visible(1)]).toEqual([true, 1]);
  });

  it("are colours in a scene about a fact that the feed does not tell", () => {
    const groups = groupRows(named("fr"), 2, "others");
    const marks = new Marks();
    marks.apply([
      [CONNECTED, "2563EB", [1]],
      [CONNECTED, "123456", [2]],
    ]);
    const groupOf = grouping(by("shoe"), groups, { os: ["iOS"] }, marks);
    expect([groupOf(1), groupOf(2)]).toEqual([0, 1]);
    expect(isByLook(by("shoe"), { os: ["iOS"] })).toBe(true);
  });
});

describe("the time to colour", () => {
  const awake = CONNECTED | VISIBLE;
  const scene = (version: number, at: number) => ({ version, at, color: "#2563EB" });
  const room = () => {
    const marks = new Marks();
    marks.apply([
      [awake, "", [1]],
      [awake, "", [2]],
      [CONNECTED, "", [3]],
    ]);
    const arrivals = new Arrivals();
    arrivals.hear(null, marks, null, 0);
    return { marks, arrivals };
  };
  const show = (marks: Marks, slot: number) => marks.apply([[awake | SHOWN, "2563EB", [slot]]]);

  it("counts from the scene to each report, once", () => {
    const { marks, arrivals } = room();
    arrivals.hear(scene(1, 1_000), marks, [], 1_010);
    show(marks, 1);
    arrivals.hear(scene(1, 1_000), marks, [1], 1_250);
    arrivals.hear(scene(1, 1_000), marks, [1], 1_900);
    show(marks, 2);
    arrivals.hear(scene(1, 1_000), marks, [2], 60_000);
    const spread = arrivals.spread();
    expect(spread).toMatchObject({ awaited: 2, arrived: 2, half: 250, most: 59_000 });
    expect([spread?.bars[2], spread?.bars[BARS - 1]]).toEqual([1, 1]);
  });

  it("leaves out who slept or came later, and a scene from before", () => {
    const { marks, arrivals } = room();
    arrivals.hear(scene(1, 1_000), marks, [], 1_000);
    show(marks, 3);
    arrivals.hear(scene(1, 1_000), marks, [3], 9_000);
    expect(arrivals.spread()).toMatchObject({ awaited: 2, arrived: 0, half: null });
    const late = new Arrivals();
    late.hear(scene(1, 1_000), marks, null, 5_000);
    expect(late.spread()).toBeNull();
  });

  it("knows no time for what happened while the feed was away", () => {
    const { marks, arrivals } = room();
    arrivals.hear(scene(1, 1_000), marks, [], 1_000);
    show(marks, 1);
    arrivals.hear(scene(1, 1_000), marks, null, 3_000);
    show(marks, 2);
    arrivals.hear(scene(1, 1_000), marks, [2], 3_100);
    expect(arrivals.spread()).toMatchObject({ awaited: 1, arrived: 1, half: 2_100 });
  });

  it("does not wait for who is gone, nor for the next one with that number", () => {
    const { marks, arrivals } = room();
    arrivals.hear(scene(1, 1_000), marks, [], 1_000);
    marks.apply([[-1, "", [1]]]);
    arrivals.hear(scene(1, 1_000), marks, [1], 1_100);
    show(marks, 1);
    arrivals.hear(scene(1, 1_000), marks, [1], 9_000);
    expect(arrivals.spread()).toMatchObject({ awaited: 1, arrived: 0 });
  });

  it("begins again with the next scene", () => {
    const { marks, arrivals } = room();
    arrivals.hear(scene(1, 1_000), marks, [], 1_000);
    show(marks, 1);
    arrivals.hear(scene(1, 1_000), marks, [1], 1_100);
    marks.apply([[awake, "2563EB", [1]]]);
    arrivals.hear(scene(2, 2_000), marks, [1], 2_000);
    expect(arrivals.spread()).toMatchObject({ awaited: 2, arrived: 0 });
  });
});
