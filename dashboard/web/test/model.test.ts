import { describe, expect, it } from "vitest";
import type { Poll, Scene } from "../src/feed/wire";
import * as rules from "../src/phone/model";
import { detect } from "../src/phone/os";

const facts = detect({
  ua: "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1",
});
const fresh = rules.begin("DEMO", facts, "fr");
const byOs: Scene = { version: 3, at: 0, by: "os", palette: { iOS: "#2563EB", other: "#475569" } };
const showing = rules.withSceneShown(rules.withScene({ ...fresh, slot: 7 }, byOs, true));
const poll: Poll = {
  id: "p1",
  kind: "single",
  question: "?",
  options: ["A", "B"],
  state: "open",
  anonymous: true,
};
const asked = rules.withPoll(showing, { version: 1, poll }, true);

describe("a scene", () => {
  it("is shown only when its time has come", () => {
    const heard = rules.withScene({ ...fresh, slot: 7 }, byOs, false);
    expect(rules.shownColour(heard, 0)).toBeNull();
    expect(rules.shownColour(rules.withSceneShown(heard), 0)).toBe("#2563EB");
  });

  it("that is older is old news, unless a fresh subscription says so", () => {
    const older: Scene = { version: 2, at: 0, color: "#FF0000" };
    expect(rules.withScene(showing, older, false)).toBe(showing);
    expect(rules.withScene(showing, older, true).scene).toBe(older);
  });

  it("is reported with its version and colour", () => {
    expect(rules.shownReport(showing, 0)).toEqual({
      scene: 3,
      color: "#2563EB",
      message: null,
      removed: null,
      highlight: null,
    });
    expect(rules.fullReport(showing, 0)).toMatchObject({
      room: "DEMO",
      os: "iOS",
      language: "fr",
      visible: true,
    });
  });
});

describe("what only this phone should do", () => {
  const orange = rules.withDelta(showing, { version: 5, state: { color: "#d55e00", message: "Hello" } });

  it("is shown over the scene, and reported as it was written, so that the delta goes away", () => {
    expect(rules.shownColour(orange, 0)).toBe("#D55E00");
    expect(rules.shownReport(orange, 0)).toMatchObject({ color: "#d55e00", message: "Hello" });
  });

  it("can be taken back, which no delta tells but the whole shadow does", () => {
    const back = rules.withOwnShadow(orange, { version: 7, state: { reported: { color: "#d55e00" } } });
    expect(rules.shownColour(back, 0)).toBe("#2563EB");
    expect(rules.shownReport(back, 0).message).toBeNull();
  });

  it("is not undone by an older message", () => {
    expect(rules.withDelta(orange, { version: 4, state: { color: "#000000" } })).toBe(orange);
  });

  it("is exactly what the whole shadow says after a resume", () => {
    const resumed = rules.withOwnShadow(orange, { version: 2, state: { desired: { removed: true } } });
    expect(resumed.desired).toEqual({ color: null, message: null, removed: true, highlight: null });
    expect(rules.shownColour(resumed, 0)).toBeNull();
    expect(rules.shownReport(resumed, 0)).toMatchObject({ removed: true, color: null });
  });
});

describe("a vote", () => {
  const tapped = rules.withAnswer(asked, { choice: ["B"] });

  it("is shown at once and counted when the service has it", () => {
    expect(rules.answerOf(tapped)).toEqual({ choice: ["B"] });
    expect(tapped.ballot).toBe("sending");
    expect(rules.withBallot(tapped, { p1: { choice: ["B"] } }).ballot).toBe("counted");
  });

  it("is not taken for counted by the answer to an earlier tap", () => {
    const changed = rules.withAnswer(rules.withBallot(tapped, { p1: { choice: ["B"] } }), {
      choice: ["A"],
    });
    const late = rules.withBallot(changed, { p1: { choice: ["B"] } });
    expect(late.ballot).toBe("sending");
    expect(rules.answerOf(late)).toEqual({ choice: ["A"] });
  });

  it("is found again in the shadow after a reload", () => {
    const found = rules.withBallot(asked, { p1: { choice: ["A"] }, p0: { choice: ["Z"] } });
    expect(rules.answerOf(found)).toEqual({ choice: ["A"] });
    expect(found.ballot).toBe("counted");
  });

  it("cannot be cast on a closed question, or for an option that is not there", () => {
    const locked = rules.withPoll(asked, { version: 2, poll: { ...poll, state: "locked" } }, false);
    expect(rules.withAnswer(locked, { choice: ["A"] })).toBe(locked);
    expect(rules.withAnswer(asked, { choice: ["C"] })).toBe(asked);
  });

  it("stays counted while the same question is locked and revealed, and not for the next one", () => {
    const counted = rules.withBallot(tapped, { p1: { choice: ["B"] } });
    const locked = rules.withPoll(counted, { version: 2, poll: { ...poll, state: "locked" } }, false);
    expect(locked.ballot).toBe("counted");
    const next = rules.withPoll(locked, { version: 3, poll: { ...poll, id: "p2" } }, false);
    expect(next.ballot).toBe("none");
    expect(rules.answerOf(next)).toEqual({});
  });

  it("survives nonsense", () => {
    for (const nonsense of [null, 7, "x", { p1: null }, { p1: { choice: "B" } }, { p1: { choice: [] } }]) {
      expect(rules.withBallot(asked, nonsense)).toBe(asked);
    }
  });
});
