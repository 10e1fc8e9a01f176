import { describe, expect, it } from "vitest";
import { offsetOf, remember, sample, waitFor } from "../src/phone/clock";

describe("room time", () => {
  it("is taken from the middle of a request", () => {
    expect(sample(10_100, 1_000, 1_200)).toEqual({ offset: 9_000, rtt: 200, takenAt: 1_200 });
  });

  it("believes the quickest request", () => {
    const samples = remember([sample(10_000, 0, 400)], sample(10_010, 500, 510));
    expect(offsetOf(samples)).toBe(9_505);
    expect(offsetOf([])).toBe(0);
  });

  it("forgets everything when the phone's clock was set", () => {
    const samples = remember([sample(10_000, 0, 2)], sample(10_500, 60_000, 60_200));
    expect(samples).toHaveLength(1);
    expect(offsetOf(samples)).toBe(-49_600);
  });
});

describe("a scene's time", () => {
  it("is waited for when it is ahead", () => {
    expect(waitFor(1_400, 1_000)).toBe(400);
  });

  it("is now when it is past, missing or absurd", () => {
    for (const at of [999, 0, null, undefined, Number.NaN, 1_000 + 3_600_000]) {
      expect(waitFor(at, 1_000)).toBe(0);
    }
  });
});
