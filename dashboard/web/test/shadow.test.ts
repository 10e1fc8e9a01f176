import { describe, expect, it } from "vitest";
import { explain, type ShadowDocument } from "../src/phone/shadow";
import { wordsOf } from "../src/text/language";

const en = wordsOf("en");
const reported = {
  os: "iOS",
  os_name: "iOS",
  os_evidence: "agent",
  form: "phone",
  browser: "Safari",
  language: "fr",
  visible: true,
  scene: 3,
  color: "#2563EB",
};
const classic: ShadowDocument = { version: 9, state: { reported } };
const said = (document: ShadowDocument, ballot: ShadowDocument | null = null, poll: string | null = null) =>
  explain({ classic: document, ballot }, poll, en);

describe("your shadow", () => {
  it("is nothing while it is not known", () => {
    expect(explain({ classic: null, ballot: null }, null, en)).toBeNull();
  });

  it("says what was reported and why", () => {
    expect(said(classic)).toEqual({
      reported: [
        "Your browser says it is Safari on an iPhone, so os = iOS.",
        "form = phone, from your screen and the name of your browser.",
        "language = fr, the first language of your browser.",
        "visible = true, because this page is on your screen.",
        "scene = 3, the scene that your screen shows.",
        "color = #2563EB, because the scene gives it to your phone.",
        "No answer, because nothing is asked.",
      ],
      desired: ["Nothing. Your phone does what the room does."],
      version: "Version 9: one more with every change. It is kept while your phone sleeps.",
    });
  });

  it.each([
    ["hint", "Android", "Your browser names its system, Android, so os = Android."],
    ["person", "Android", "You said that you have Android, so os = Android."],
    ["linux+touch", "Android", "Your browser says Linux, but you use a finger: Android, so os = Android."],
    ["none", "other", "Your browser does not say what it runs on, so os = other."],
    [undefined, "other", "Your browser does not say what it runs on, so os = other."],
  ])("names its evidence: %s", (os_evidence, os, sentence) => {
    const document = { state: { reported: { ...reported, os, os_name: os, os_evidence } } };
    expect(said(document)?.reported[0]).toBe(sentence);
  });

  it("knows an iPad that says it is a Mac", () => {
    const ipad = { ...reported, os_name: "iPadOS", os_evidence: "mac+touch" };
    expect(said({ state: { reported: ipad } })?.reported[0]).toBe(
      "Your browser says Mac, but your screen can be touched: an iPad, so os = iOS.",
    );
  });

  it("says what is desired, and whether it is done", () => {
    const desired = { color: "#D55E00", message: null };
    const open = said({ state: { reported, desired, delta: { color: "#D55E00" } } });
    expect(open?.desired).toEqual(["Desired: color = #D55E00.", "Still to do, the delta: color = #D55E00."]);
    const done = said({
      state: { reported: { ...reported, color: "#D55E00" }, desired: { color: "#D55E00" } },
    });
    expect(done?.desired[1]).toBe("Done: your phone reported the same, so there is no delta.");
    expect(done?.reported).toContain(
      "color = #D55E00, because the presenter desires it of your phone alone.",
    );
  });

  it("says what was voted", () => {
    const ballot = { state: { reported: { p1: { choice: ["Tea"] } } } };
    expect(said(classic, ballot, "p1")?.reported.at(-1)).toBe(
      "In the shadow “ballot”: Tea, because you answered so.",
    );
    expect(said(classic, ballot, "p2")?.reported.at(-1)).toMatch(/given none/);
  });

  it("survives an empty shadow", () => {
    expect(said({})?.reported).toContain("No color, because your screen shows none.");
  });
});
