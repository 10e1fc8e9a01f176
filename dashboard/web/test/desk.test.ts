import { describe, expect, it } from "vitest";
import type { PollInfo } from "../src/present/api";
import { columnsOf } from "../src/present/PollCross";
import { BLANK, draftOf, type Fields, fieldsOf, isComplete, KINDS } from "../src/present/polls/draft";
import { moved, withLive } from "../src/present/polls/program";
import { deskEn } from "../src/text/deskEn";
import { deskFr } from "../src/text/deskFr";

const poll: PollInfo = {
  id: "p1",
  kind: "single",
  question: "Why?",
  options: ["A", "B"],
  anonymous: true,
  state: "open",
  shown: true,
  answered: 1,
  tally: { A: 1, B: 0 },
};
const full: Fields = {
  ...BLANK,
  question: " Why? ",
  options: ["A", " ", "B"],
  right: [false, true, true],
  seconds: "20",
  maxChoices: "2",
  min: "0",
  max: "10",
  low: "bad",
  high: "good",
  unit: "kg",
  maxWords: "2",
  leaderboard: true,
  explanation: "So.",
};

describe("a draft", () => {
  const of = (kind: Fields["kind"]) => draftOf({ ...full, kind }, "en");
  const common = { question: "Why?", language: "en", anonymous: true };

  it("has what its kind takes, and nothing else", () => {
    const timed = { ...common, seconds: 20 };
    const texts = { moderation: "before", profanity: "mask" };
    expect(of("single")).toEqual({ ...timed, kind: "single", options: ["A", "B"] });
    expect(of("multiple")).toEqual({ ...timed, kind: "multiple", options: ["A", "B"], max_choices: 2 });
    expect(of("yesno")).toEqual({ ...timed, kind: "yesno" });
    expect(of("rating")).toEqual({ ...timed, kind: "rating", min: 0, max: 10, labels: ["bad", "good"] });
    expect(of("estimate")).toEqual({ ...timed, kind: "estimate", min: 0, max: 10, unit: "kg" });
    expect(of("wordcloud")).toEqual({ ...timed, kind: "wordcloud", max_words: 2, ...texts });
    expect(of("text")).toEqual({ ...timed, kind: "text", ...texts });
    expect(of("questions")).toEqual({ ...timed, kind: "questions", ...texts });
    expect(of("fact")).toEqual({ ...common, kind: "fact", fact: "os" });
    expect(of("quiz")).toEqual({
      question: "Why?",
      language: "en",
      seconds: 20,
      kind: "quiz",
      options: ["A", "B"],
      right: ["B"],
      leaderboard: true,
      explanation: "So.",
    });
  });

  it.each(KINDS)("of %s comes back into the form and out again the same", (kind) => {
    const draft = of(kind);
    const back = fieldsOf({ ...poll, ...draft, options: draft.options ?? [] } as PollInfo);
    expect(draftOf(back, "en")).toEqual(draft);
  });

  it("is complete with a question, two options, and a right one where there must be one", () => {
    expect(isComplete(BLANK)).toBe(false);
    expect(isComplete(full)).toBe(true);
    expect(isComplete({ ...full, options: ["A", ""] })).toBe(false);
    expect(isComplete({ ...full, kind: "quiz", right: [] })).toBe(false);
    expect(isComplete({ ...full, kind: "text", options: [] })).toBe(true);
  });
});

describe("the programme", () => {
  it("moves a poll by a place, and not beyond its ends", () => {
    const polls = [{ id: "a" }, { id: "b" }, { id: "c" }];
    expect(moved(polls, "b", -1)).toEqual(["b", "a", "c"]);
    expect(moved(polls, "b", 1)).toEqual(["a", "c", "b"]);
    expect(moved(polls, "a", -1)).toEqual(["a", "b", "c"]);
    expect(moved(polls, "x", 1)).toEqual(["a", "b", "c"]);
  });

  it("has the feed's numbers, which are quicker than those that were loaded", () => {
    const live = { id: "p1-2", kind: "single", question: "Why?", options: [], anonymous: true };
    const asked = { ...live, state: "locked" as const, poll_id: "p1", tally: { A: 2, B: 1 }, answered: 3 };
    const [found] = withLive([poll], { version: 2, poll: asked });
    expect(found).toMatchObject({ state: "locked", tally: { A: 2, B: 1 }, answered: 3 });
    expect(withLive([poll], { version: 2, poll: null })).toEqual([poll]);
  });
});

describe("a comparison", () => {
  it("has a column for every answer that some group gave, in the poll's order", () => {
    const group = (tally: Record<string, number>) => ({ value: "x", answered: 5, tally });
    const grouped = { by: "os", hidden: 0, groups: [group({ B: 5 }), group({ A: 5, Z: 1 })] };
    expect(columnsOf(poll, grouped)).toEqual(["A", "B", "Z"]);
  });
});

describe("the presenter's words", () => {
  it("are there in both languages with the same holes", () => {
    const holes = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();
    expect(Object.keys(deskFr).sort()).toEqual(Object.keys(deskEn).sort());
    for (const [key, text] of Object.entries(deskEn)) {
      expect(holes(deskFr[key as keyof typeof deskEn])).toEqual(holes(text));
    }
  });
});
