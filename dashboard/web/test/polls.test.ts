import { describe, expect, it } from "vitest";
import type { Poll } from "../src/feed/wire";
import { answersOf } from "../src/stage/polls/answers";
import { barsOf } from "../src/stage/polls/bars";
import { sizes } from "../src/stage/polls/Cloud";
import { ranked } from "../src/stage/polls/Texts";
import { pollsEn } from "../src/text/pollsEn";
import { pollsFr } from "../src/text/pollsFr";

const poll: Poll = {
  id: "p1",
  kind: "single",
  question: "Why?",
  options: ["A", "B", "C"],
  state: "revealed",
  anonymous: false,
  results: { A: 2, B: 1, C: 0 },
  slots: { A: [1, 4], B: [2], C: [] },
};

describe("marks that fly to their answers", () => {
  it("stand in the column of what their phone answered, and the silent in the last", () => {
    const answers = answersOf(poll, 5, "no answer");
    expect(answers?.rows.map(({ name, count }) => [name, count])).toEqual([
      ["A A", 2],
      ["B B", 1],
      ["C C", 0],
      ["no answer", 2],
    ]);
    expect([1, 2, 3, 4].map((slot) => answers?.groupOf(slot))).toEqual([0, 1, 3, 0]);
  });

  it("stay where they are before the reveal, in an anonymous poll, and where a phone has several answers", () => {
    for (const other of [
      { ...poll, state: "locked" as const },
      { ...poll, anonymous: true },
      { ...poll, kind: "multiple" },
      { ...poll, kind: "quiz", max_choices: 2 },
      { ...poll, slots: null },
      null,
    ]) {
      expect(answersOf(other, 5, "no answer")).toBeNull();
    }
  });

  it("stay where more names would stand below them than can be read, but for numbers", () => {
    const twelve = (name: string): Poll => {
      const options = Array.from({ length: 12 }, (_, index) => `${name}${index}`);
      return { ...poll, options, slots: Object.fromEntries(options.map((option) => [option, []])) };
    };
    expect(answersOf(twelve("Provence "), 5, "no answer")).toBeNull();
    expect(answersOf(twelve(""), 5, "no answer")?.rows).toHaveLength(13);
  });
});

describe("bars", () => {
  it("have no length and no number before the reveal", () => {
    for (const bar of barsOf({ ...poll, state: "locked" })) {
      expect(bar).toMatchObject({ count: null, share: { percent: 0 }, leading: false });
    }
  });

  it("are parts of the answers, and of the people where each may choose several", () => {
    expect(barsOf(poll).map((bar) => bar.share.percent)).toEqual([67, 33, 0]);
    const many = { ...poll, kind: "multiple", results: { A: 4, B: 2, C: 0 }, answered: 4 };
    expect(barsOf(many).map((bar) => bar.share.percent)).toEqual([100, 50, 0]);
  });

  it("stand for what was counted when devices were asked", () => {
    const fact = { ...poll, kind: "fact", options: [], results: { iOS: 3, Android: 1 } };
    expect(barsOf(fact).map((bar) => bar.label)).toEqual(["iOS", "Android"]);
  });
});

describe("what was written", () => {
  it("is shown by votes, pinned first", () => {
    const entries = [
      { id: "a", text: "a", votes: 1 },
      { id: "b", text: "b", votes: 5 },
      { id: "c", text: "c", votes: 0, pinned: true as const },
    ];
    expect(ranked(entries).map((entry) => entry.id)).toEqual(["c", "b", "a"]);
  });

  it("is larger the more often it was said, and never too small to read", () => {
    const words = sizes({ rare: 1, often: 25, some: 9 });
    expect(words.map((word) => word.text)).toEqual(["often", "some", "rare"]);
    expect(words[0]?.size).toBeGreaterThan(words[1]?.size ?? 0);
    expect(words.at(-1)?.size).toBeGreaterThanOrEqual(30);
  });
});

describe("the stage's words", () => {
  it("are there in both languages with the same holes", () => {
    const holes = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();
    expect(Object.keys(pollsFr).sort()).toEqual(Object.keys(pollsEn).sort());
    for (const [key, text] of Object.entries(pollsEn)) {
      expect(holes(pollsFr[key as keyof typeof pollsEn])).toEqual(holes(text));
    }
  });
});
