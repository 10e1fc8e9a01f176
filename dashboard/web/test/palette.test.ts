/** The palette of systems can be told apart on a projector, on both grounds and by colour-blind people. */

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import {
  type Color,
  converter,
  differenceCiede2000,
  filterDeficiencyDeuter,
  filterDeficiencyProt,
  filterDeficiencyTrit,
  parse,
} from "culori";
import { describe, expect, it } from "vitest";
import { contrast } from "../src/room/colour";
import { shapes } from "../src/room/shapes";
import { EDGE, FAINT } from "../src/stage/sprites";

/** The server deals the colours: its source is asked, so that no copy can differ. */
const source = readFileSync(resolve(import.meta.dirname, "../../rooms/scene.py"), "utf8");
const block = /OS_PALETTE: Final = \{([^}]*)\}/.exec(source)?.[1] ?? "";
const palette = new Map(
  [...block.matchAll(/"(\w+)": "(#[0-9A-F]{6})"/g)].map(([, name = "", hex = ""]) => [name, hex]),
);

const linear = converter("lrgb");
const difference = differenceCiede2000();

/** Machado, Oliveira and Fernandes 2009, severity 1: the matrices are for linear light. */
const eye = (filter: (colour: Color) => Color) => (hex: string) => {
  const { r, g, b } = linear(hex) as { r: number; g: number; b: number };
  const seen = filter({ mode: "rgb", r, g, b }) as { r: number; g: number; b: number };
  return { mode: "lrgb", r: seen.r, g: seen.g, b: seen.b } as Color;
};
const eyes: Record<string, (hex: string) => Color> = {
  trichromat: (hex) => parse(hex) as Color,
  protanope: eye(filterDeficiencyProt(1)),
  deuteranope: eye(filterDeficiencyDeuter(1)),
  tritanope: eye(filterDeficiencyTrit(1)),
};
const distance = (one: string, other: string) =>
  Object.fromEntries(
    Object.entries(eyes).map(([name, see]) => [name, Math.round(difference(see(one), see(other)))]),
  );
const colour = (name: string): string => palette.get(name) ?? "";

const pairs = [...palette.keys()].flatMap((one, index) =>
  [...palette.keys()].slice(index + 1).map((other) => [one, other] as const),
);
const shapeNames = [...palette.keys()].map((name) => shapes[name]?.name);

/** The two grounds of the stage, and the ink of the edge on each (src/styles). */
const grounds = { dark: ["#0b1020", "#f8fafc"], light: ["#f4f6fb", "#0b1020"] } as const;

function blend(ink: string, ground: string, part: number): string {
  const channel = (shift: number): number => {
    const [over, under] = [ink, ground].map((hex) => (Number.parseInt(hex.slice(1), 16) >> shift) & 0xff);
    return Math.round((over ?? 0) * part + (under ?? 0) * (1 - part));
  };
  return `#${[16, 8, 0].map((shift) => channel(shift).toString(16).padStart(2, "0")).join("")}`;
}

describe("the palette of systems", () => {
  it("has a colour and a shape of its own for each", () => {
    expect(palette.size).toBe(8);
    expect(new Set(palette.values()).size).toBe(8);
    expect(new Set(shapeNames).size).toBe(8);
  });

  it("has iOS and Android far apart for every eye, and in grey", () => {
    const seen = distance(colour("iOS"), colour("Android"));
    expect(seen).toEqual({ trichromat: 75, protanope: 72, deuteranope: 73, tritanope: 36 });
    expect(contrast(colour("iOS"), colour("Android"))).toBeGreaterThan(3.4);
  });

  // CIEDE2000 of 10 is a difference at a glance; shapes tell the rest apart.
  it.each(pairs)("%s and %s are told apart at a glance by every eye", (one, other) => {
    for (const value of Object.values(distance(colour(one), colour(other)))) {
      expect(value).toBeGreaterThanOrEqual(15);
    }
  });

  it.each(Object.entries(grounds))(
    "is seen on the %s ground, faint colours by their edge",
    (_, [ground, ink]) => {
      expect(contrast(blend(ink, ground, EDGE), ground)).toBeGreaterThanOrEqual(3);
      for (const hex of palette.values()) {
        if (contrast(hex, ground) >= 3) continue;
        expect(contrast(hex, ground)).toBeLessThan(FAINT);
      }
    },
  );
});

describe("the eyes", () => {
  it("see white as white: the matrices keep what is grey", () => {
    for (const see of Object.values(eyes))
      expect(difference(see("#ffffff"), parse("#ffffff") as Color)).toBeLessThan(1);
  });

  it("know the colours that the notes warn of", () => {
    // Violet beside the blue: the same for some, and no one would see it without being told.
    const seen = Object.values(distance("#2563EB", "#8B5CF6"));
    expect(Math.min(...seen)).toBeLessThan(5);
  });
});
