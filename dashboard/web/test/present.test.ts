import { describe, expect, it } from "vitest";
import type { PollMessage, Scene } from "../src/feed/wire";
import { rowsOf } from "../src/present/factRows";
import { commandOf, type Press } from "../src/present/keys";
import { placeIn, searchOf } from "../src/present/place";
import { backStep, nextStep, commandOf as sceneCommand } from "../src/present/steps";
import { remoteEn } from "../src/text/remoteEn";
import { remoteFr } from "../src/text/remoteFr";

const press = (key: string, more: Partial<Press> = {}): Press => ({
  key,
  modified: false,
  repeat: false,
  on: "page",
  ...more,
});

describe("keys and clickers", () => {
  it.each(["PageDown", "ArrowRight", " "])("%s is the next step", (key) => {
    expect(commandOf(press(key))).toEqual({ do: "next" });
  });

  it.each(["PageUp", "ArrowLeft"])("%s is back", (key) => {
    expect(commandOf(press(key))).toEqual({ do: "back" });
  });

  it.each(["b", "B", "."])("%s is the clicker's black screen", (key) => {
    expect(commandOf(press(key))).toEqual({ do: "blank" });
  });

  it("digits choose a fact, zero clears", () => {
    expect(commandOf(press("1"))).toEqual({ do: "dimension", index: 0 });
    expect(commandOf(press("9"))).toEqual({ do: "dimension", index: 8 });
    expect(commandOf(press("0"))).toEqual({ do: "clear" });
  });

  it("belong to the field that is typed in, to the browser with a modifier, and come once when held", () => {
    for (const key of ["b", "PageDown", "1", "?", " "]) {
      expect(commandOf(press(key, { on: "field" }))).toBeNull();
      expect(commandOf(press(key, { modified: true }))).toBeNull();
      expect(commandOf(press(key, { repeat: true }))).toBeNull();
    }
  });

  it("leave the space bar to the button that has the focus", () => {
    expect(commandOf(press(" ", { on: "control" }))).toBeNull();
    expect(commandOf(press("PageDown", { on: "control" }))).toEqual({ do: "next" });
  });

  it("are no others", () => {
    for (const key of ["a", "Enter", "Escape", "Tab", "F5", "Home"]) expect(commandOf(press(key))).toBeNull();
  });
});

const by = (fact: string): Scene => ({ version: 1, at: 0, by: fact, palette: { other: "#475569" } });
const asked = (state: "open" | "locked" | "revealed"): PollMessage => ({
  version: 1,
  poll: {
    id: "p1-2",
    poll_id: "p1",
    kind: "yesno",
    question: "?",
    options: ["Yes", "No"],
    state,
    anonymous: true,
  },
});
const dimensions = ["os", "form", "browser"];

describe("the clicker's two buttons", () => {
  it("go through the facts and around the end", () => {
    expect(nextStep(null, null, dimensions, false)).toEqual({ kind: "by", fact: "os" });
    expect(nextStep(by("os"), null, dimensions, false)).toEqual({ kind: "by", fact: "form" });
    expect(nextStep(by("browser"), null, dimensions, false)).toEqual({ kind: "by", fact: "os" });
    expect(backStep(by("form"), null, dimensions)).toEqual({ kind: "by", fact: "os" });
    expect(backStep(by("os"), null, dimensions)).toEqual({ kind: "by", fact: "browser" });
    expect(backStep(null, null, dimensions)).toEqual({ kind: "by", fact: "browser" });
  });

  it("close and reveal the question that is being asked, by its id in the API", () => {
    expect(nextStep(by("os"), asked("open"), dimensions, false)).toEqual({
      kind: "poll",
      id: "p1",
      event: "lock",
    });
    expect(nextStep(null, asked("locked"), dimensions, false)).toEqual({
      kind: "poll",
      id: "p1",
      event: "reveal",
    });
    expect(backStep(null, asked("locked"), dimensions)).toEqual({ kind: "poll", id: "p1", event: "reopen" });
    expect(nextStep(null, asked("revealed"), dimensions, false)).toEqual({ kind: "by", fact: "os" });
  });

  it("ask the next question that was prepared, once the one before is revealed", () => {
    for (const poll of [null, asked("revealed")]) {
      expect(nextStep(by("os"), poll, dimensions, true)).toEqual({ kind: "programme" });
    }
    expect(nextStep(null, asked("open"), dimensions, true)).toMatchObject({ event: "lock" });
  });

  it("do nothing where there is nothing", () => {
    expect(nextStep(null, null, [], false)).toBeNull();
    expect(backStep(null, { version: 1, poll: null }, [])).toBeNull();
  });
});

describe("the order that shows a scene again", () => {
  it("is the scene without its version and time", () => {
    const wave = { colors: ["#2563EB", "#A3E635"], period_ms: 4_000, slots: 20 };
    expect(sceneCommand(by("os"))).toEqual({ by: "os", palette: { other: "#475569" } });
    expect(sceneCommand({ version: 1, at: 0, color: "#2563EB" })).toEqual({ color: "#2563EB" });
    expect(sceneCommand({ version: 1, at: 0, wave })).toEqual({ wave });
    expect(sceneCommand({ version: 1, at: 0, blank: true })).toEqual({ blank: true });
    expect(sceneCommand({ version: 1, at: 0 })).toEqual({});
    expect(sceneCommand(null)).toEqual({});
  });
});

describe("a fact's table", () => {
  it("has the most frequent value first, the rest last, and everybody in it", () => {
    expect(rowsOf({ fr: 2, other: 5, en: 3, de: 2, nl: 0 }, 14)).toEqual([
      { value: "en", count: 3, share: { percent: 22, part: 3, whole: 14 } },
      { value: "de", count: 2, share: { percent: 14, part: 2, whole: 14 } },
      { value: "fr", count: 2, share: { percent: 14, part: 2, whole: 14 } },
      { value: "other", count: 5, share: { percent: 36, part: 5, whole: 14 } },
      { value: null, count: 2, share: { percent: 14, part: 2, whole: 14 } },
    ]);
    expect(rowsOf({}, 0)).toEqual([]);
  });
});

describe("where one is, in the address", () => {
  it("comes back from it, and leaves the rest of it alone", () => {
    const place = { section: "phones", inspector: true, device: { slot: 7 } } as const;
    const search = searchOf(place, "?lang=fr&section=room");
    expect(search).toBe("?lang=fr&section=phones&inspect=7");
    expect(placeIn(search)).toEqual(place);
    expect(searchOf({ section: "room", inspector: false, device: null }, search)).toBe("?lang=fr");
  });

  it("is the first section when it names none that there is", () => {
    expect(placeIn("?section=nowhere")).toEqual({ section: "room", inspector: false, device: null });
  });
});

describe("the remote's words", () => {
  const holes = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

  it("are there in both languages with the same holes, none empty", () => {
    expect(Object.keys(remoteFr).sort()).toEqual(Object.keys(remoteEn).sort());
    for (const key of Object.keys(remoteEn) as (keyof typeof remoteEn)[]) {
      expect(remoteFr[key].trim()).not.toBe("");
      expect([key, holes(remoteFr[key])]).toEqual([key, holes(remoteEn[key])]);
    }
  });
});
