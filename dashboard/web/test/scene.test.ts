import { describe, expect, it } from "vitest";
import { colour, contrast, DARK_INK, inkOn } from "../src/room/colour";
import { CHANGE_SPACING_MS, sceneColour, untilWaveChange, waveIndex, waveOf } from "../src/room/scene";
import { shapeOf, shapes } from "../src/room/shapes";

const facts = { os: "iOS", form: "tablet", visible: true, sim: undefined };
const palette = { iOS: "#2563EB", Android: "#A3E635", other: "#475569" };

describe("the colour of a phone", () => {
  it("is its fact's in the palette, else the others', else none", () => {
    expect(sceneColour({ version: 1, at: 0, by: "os", palette }, facts, 1, 0)).toBe("#2563EB");
    expect(sceneColour({ version: 1, at: 0, by: "form", palette }, facts, 1, 0)).toBe("#475569");
    expect(sceneColour({ version: 1, at: 0, by: "nothing", palette: {} }, facts, 1, 0)).toBeNull();
  });

  it("knows facts that are no text as JSON writes them", () => {
    const scene = { version: 1, at: 0, by: "visible", palette: { true: "#FFFFFF", other: "#000000" } };
    expect(sceneColour(scene, facts, 1, 0)).toBe("#FFFFFF");
  });

  it("is everyone's, black, or none", () => {
    expect(sceneColour({ version: 1, at: 0, color: "#ff8800" }, facts, 1, 0)).toBe("#FF8800");
    expect(sceneColour({ version: 1, at: 0, blank: true }, facts, 1, 0)).toBe("#000000");
    expect(sceneColour({ version: 1, at: 0 }, facts, 1, 0)).toBeNull();
    expect(sceneColour(null, facts, 1, 0)).toBeNull();
  });
});

describe("a wave", () => {
  const wave = { colors: ["#111111", "#222222", "#333333"], period_ms: 3_000, slots: 10 };

  it("runs through the slots, once each period", () => {
    expect(waveIndex(wave, 0, 0)).toBe(0);
    expect(waveIndex(wave, 0, 1_500)).toBe(1);
    expect(waveIndex(wave, 0, 3_000)).toBe(0);
    expect(waveIndex(wave, 5, 1_500)).toBe(0);
    expect(waveIndex(wave, 10, 1_500)).toBe(1);
  });

  it("says when a slot changes next, and is then at the next colour", () => {
    for (let slot = 0; slot < 25; slot++) {
      for (const since of [0, 17, 999, 2_345, 1e6]) {
        const wait = untilWaveChange(wave, slot, since);
        expect(wait).toBeGreaterThanOrEqual(CHANGE_SPACING_MS);
        expect(wait).toBeLessThanOrEqual(1_001);
        const step = waveIndex(wave, slot, since + wait + 1) - waveIndex(wave, slot, since);
        expect((step + 3) % 3).toBe(1);
      }
    }
  });

  it("that could not be shown is none", () => {
    for (const bad of [
      { ...wave, colors: ["#111111"] },
      { ...wave, colors: ["red", "blue"] },
      { ...wave, period_ms: 10 },
      { ...wave, slots: 0 },
    ]) {
      expect(waveOf({ version: 1, at: 0, wave: bad })).toBeNull();
    }
  });
});

describe("colours", () => {
  it("are six digits in upper case, or nothing", () => {
    expect(colour("#2563eb")).toBe("#2563EB");
    expect(colour("2563eb")).toBe("#2563EB");
    expect(colour("#28f")).toBe("#2288FF");
    for (const bad of ["", "red", "#12345", null, 7, undefined]) expect(colour(bad)).toBeNull();
  });

  it("get an ink that can be read on them", () => {
    expect(inkOn("#A3E635")).toBe(DARK_INK);
    for (let hue = 0; hue < 0xffffff; hue += 70_001) {
      const ground = `#${hue.toString(16).padStart(6, "0")}`;
      expect(contrast(ground, inkOn(ground))).toBeGreaterThan(4.2);
    }
  });
});

describe("shapes", () => {
  it("are different for every family, and a ring for one that nobody knows", () => {
    expect(new Set(Object.values(shapes).map((shape) => shape.path)).size).toBe(8);
    expect(shapeOf("TempleOS")).toBe(shapes.other);
  });
});
