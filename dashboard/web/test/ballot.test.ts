import { describe, expect, it } from "vitest";
import type { Poll } from "../src/feed/wire";
import { answerIn, entryOf, fits, plain, takesAnswers } from "../src/phone/answer";
import { arrived } from "../src/phone/ballots";
import * as rules from "../src/phone/model";
import { detect } from "../src/phone/os";
import { spoken } from "../src/phone/spoken";
import { fate, standing } from "../src/phone/verdict";
import { ballotEn } from "../src/text/ballotEn";
import { ballotFr } from "../src/text/ballotFr";

const poll = (kind: string, more: Partial<Poll> = {}): Poll => ({
  id: "p1",
  kind,
  question: "Why?",
  options: [],
  state: "open",
  anonymous: true,
  ...more,
});
const options = ["A", "B", "C"];
const fresh: rules.Model = { ...rules.begin("DEMO", detect({ ua: "" }), "en"), slot: 7 };
const ask = (one: Poll, model = fresh) =>
  rules.withPoll(model, { version: model.pollVersion + 1, poll: one }, false);

describe("an answer", () => {
  it.each([
    ["single", { options }, { choice: ["B"] }],
    ["multiple", { options }, { choice: ["A", "C"] }],
    ["quiz", { options, max_choices: 1 }, { choice: ["C"] }],
    ["rating", { options: ["1", "2", "3"] }, { number: 2 }],
    ["estimate", {}, { number: 12.5 }],
    ["wordcloud", { max_words: 3 }, { words: ["one", "two"] }],
    ["text", {}, { text: "Because." }],
    ["questions", {}, { questions: ["How?"], upvotes: ["e1"] }],
  ])("to %s goes into the shadow and comes back the same", (kind, more, answer) => {
    const asked = poll(kind, more);
    expect(fits(asked, answer)).toBe(true);
    expect(answerIn({ p1: entryOf(answer) }, "p1")).toEqual(answer);
    expect(rules.withBallot(rules.withAnswer(ask(asked), answer), { p1: entryOf(answer) }).ballot).toBe(
      "counted",
    );
    expect(plain(answer)).not.toBe("");
  });

  it("is no answer to devices that are asked, nor beside a scale, nor an option that is not there", () => {
    expect(fits(poll("fact", { fact: "os" }), { choice: ["iOS"] })).toBe(false);
    expect(fits(poll("rating", { options: ["1", "2"] }), { number: 3 })).toBe(false);
    expect(fits(poll("multiple", { options }), { choice: ["A", "X"] })).toBe(false);
  });

  it("is taken back by null, and is then none", () => {
    const counted = rules.withBallot(ask(poll("multiple", { options })), { p1: { choice: ["A"] } });
    const back = rules.withAnswer(counted, {});
    expect(entryOf(rules.answerOf(back))).toBeNull();
    expect(back.ballot).toBe("sending");
    expect(rules.withBallot(back, { p1: null }).ballot).toBe("none");
  });

  it("is told whole when its lists are questions and votes, so that an emptied list is emptied", () => {
    expect(entryOf({ questions: ["How?"] })).toEqual({ questions: ["How?"], upvotes: [] });
  });

  it("is not taken after the time is up, whatever the state says", () => {
    expect(takesAnswers(poll("quiz", { options, closes_at: 1_000 }), 999)).toBe(true);
    expect(takesAnswers(poll("quiz", { options, closes_at: 1_000 }), 1_000)).toBe(false);
    expect(takesAnswers(poll("quiz", { options, state: "locked" }), 0)).toBe(false);
  });

  it("that was on its way is found in the shadow, or came too late", () => {
    const pending = { poll: "p1", question: "Why?", answer: { choice: ["A"] } };
    expect(arrived(pending, { p1: { choice: ["A"], at: 7 } })).toBe(true);
    expect(arrived(pending, { p1: { choice: ["B"] } })).toBe(false);
    expect(arrived(pending, null)).toBe(false);
    expect(arrived({ ...pending, answer: {} }, {})).toBe(true);
  });
});

describe("what the phone says of it", () => {
  const asked = ask(poll("single", { options }));
  const tapped = rules.withAnswer(asked, { choice: ["A"] });
  const counted = rules.withBallot(tapped, { p1: { choice: ["A"] } });
  const said = (model: rules.Model, live = true, now = 0): string =>
    model.poll === null ? "" : fate(model, model.poll, live, now);

  it("is where the answer is", () => {
    expect(said(asked)).toBe(ballotEn["ask.one"]);
    expect(said(tapped)).toBe(ballotEn.sending);
    expect(said(tapped, false)).toBe(ballotEn.offline);
    expect(said(counted)).toBe(ballotEn.counted);
    expect(said(ask(poll("single", { options, state: "locked" }), counted))).toBe(ballotEn.closed);
  });

  it("is plain when it came too late, before and after the reveal", () => {
    for (const state of ["locked", "revealed"] as const) {
      expect(said(ask(poll("single", { options, state }), tapped))).toBe(ballotEn.late);
    }
  });

  it("does not promise that it counts when the service has it only after the end", () => {
    const locked = ask(poll("single", { options, state: "locked" }), tapped);
    const late = rules.withBallot(locked, { p1: { choice: ["A"] } });
    expect(said(late)).toBe(ballotEn.unsure);
    expect(rules.withBallot(late, { p1: { choice: ["A"] } })).toBe(late);
    expect(spoken(late, { ...late, missed: { question: "When?", unsure: true } })).toContain("may not count");
  });

  it("is aloud once: the question, that it counts, and the result", () => {
    const revealed = ask(poll("single", { options, state: "revealed", results: { A: 3, B: 1 } }), counted);
    expect(spoken(fresh, asked)).toContain("Why?");
    expect(spoken(asked, asked)).toBeNull();
    expect(spoken(asked, tapped)).toBeNull();
    expect(spoken(tapped, counted)).toBe(ballotEn.counted);
    expect(spoken(counted, counted)).toBeNull();
    expect(spoken(counted, revealed)).toContain("First: A, 75%");
    expect(spoken(revealed, { ...revealed, pollVersion: 9 })).toBeNull();
    expect(spoken(asked, { ...asked, missed: { question: "When?", unsure: false } })).toContain("When?");
  });

  it("tells whether a quiz's answer is right, why, and which place it earned", () => {
    const quiz = poll("quiz", {
      options,
      state: "revealed",
      right: ["A"],
      explanation: "It is.",
      leaderboard_top: [{ slot: 7, score: 900, rank: 2 }],
    });
    expect(standing(ask(quiz, counted))).toEqual([
      ballotEn.wasRight,
      "It is.",
      "You are number 2 with 900 points.",
    ]);
    expect(standing(ask({ ...quiz, right: ["B"] }, counted))[0]).toBe(ballotEn.wasWrong);
  });

  it("is there in both languages with the same holes", () => {
    const holes = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();
    expect(Object.keys(ballotFr).sort()).toEqual(Object.keys(ballotEn).sort());
    for (const [key, text] of Object.entries(ballotEn)) {
      expect(holes(ballotFr[key as keyof typeof ballotEn])).toEqual(holes(text));
    }
  });
});
