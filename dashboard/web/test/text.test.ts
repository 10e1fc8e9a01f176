import { describe, expect, it } from "vitest";
import { en, type Key } from "../src/text/en";
import { fr } from "../src/text/fr";
import { pickLanguage, primaryLanguage, wordsOf } from "../src/text/language";

const holes = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

describe("the words", () => {
  it("are there in both languages, none empty", () => {
    expect(Object.keys(fr).sort()).toEqual(Object.keys(en).sort());
    for (const text of [...Object.values(en), ...Object.values(fr)]) expect(text.trim()).not.toBe("");
  });

  it.each(Object.keys(en) as Key[])("%s has the same holes in both", (key) => {
    expect(holes(fr[key])).toEqual(holes(en[key]));
  });

  it("are filled in, and leave unknown holes as they are", () => {
    expect(wordsOf("en")("phone.title", { room: "DEMO" })).toBe("Room DEMO");
    expect(wordsOf("fr")("phone.title")).toBe("Salle {room}");
  });
});

describe("languages", () => {
  it("are the browser's first that we speak, else English", () => {
    expect(pickLanguage(["de-DE", "fr-CA", "en"])).toBe("fr");
    expect(pickLanguage(["de"])).toBe("en");
    expect(pickLanguage([])).toBe("en");
  });

  it("are reported by their primary part", () => {
    expect(primaryLanguage(["pt-BR", "en"])).toBe("pt");
    expect(primaryLanguage(["x-klingon"])).toBe("other");
    expect(primaryLanguage([])).toBe("other");
  });
});
