import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { choosable, corrected, detect, type Hints } from "../src/phone/os";

interface Case {
  name: string;
  ua: string;
  hints?: Omit<Hints, "ua">;
  expected: { os: string; os_name: string; form: string; browser: string };
}

const corpus: Case[] = JSON.parse(
  readFileSync(new URL("../../../tests/data/user_agents.json", import.meta.url), "utf8"),
);

describe("detect", () => {
  it("has a corpus worth the name", () => {
    expect(corpus.length).toBeGreaterThanOrEqual(60);
    expect(new Set(corpus.map((one) => one.name)).size).toBe(corpus.length);
  });

  it.each(corpus)("$name", ({ ua, hints, expected }) => {
    expect(detect({ ua, ...hints })).toMatchObject(expected);
  });

  it("knows the browsers inside other apps, which forget everything when closed", () => {
    const apps = corpus
      .filter((one) => detect({ ua: one.ua, ...one.hints }).inApp)
      .map((one) => one.expected.browser);
    expect(apps).toEqual(expect.arrayContaining(["Instagram", "WebView", "captive portal", "WeChat"]));
    expect(apps).not.toContain("Safari");
    expect(apps).not.toContain("Chrome");
  });
});

describe("corrected", () => {
  const guess = detect({ ua: "Mozilla/5.0 (X11; Linux x86_64)" });

  it("puts a person's word in the place of the guess", () => {
    expect(corrected(guess, "iPadOS")).toMatchObject({ os: "iOS", os_name: "iPadOS", os_evidence: "person" });
  });

  it("leaves the guess alone when nobody spoke, or spoke nonsense", () => {
    expect(corrected(guess, null)).toBe(guess);
    expect(corrected(guess, "toaster")).toBe(guess);
  });

  it("offers every family", () => {
    expect(new Set(choosable.map(([, family]) => family)).size).toBe(8);
  });
});
