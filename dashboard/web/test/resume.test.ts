import { describe, expect, it } from "vitest";
import { backoff, EAGER_CAP_MS, EAGER_FOR_MS, PATIENT_CAP_MS } from "../src/net/backoff";
import {
  FirstWords,
  FRESH_MS,
  jumped,
  type LinkHealth,
  onTick,
  onWake,
  SILENCE_MS,
} from "../src/phone/resume";

const NOW = 1_000_000;
const live = (silentMs: number): LinkHealth => ({
  phase: "live",
  lastInboundAt: NOW - silentMs,
  attemptAt: NOW - 60_000,
});

describe("after a wake", () => {
  it("trusts a connection that spoke within two seconds", () => {
    expect(onWake(live(FRESH_MS), NOW)).toBe("nothing");
  });

  it("probes one that was silent for longer, whatever its socket says", () => {
    expect(onWake(live(FRESH_MS + 1), NOW)).toBe("probe");
    expect(onWake(live(3_600_000), NOW)).toBe("probe");
  });

  it("probes when the clock was set back and nothing can be known", () => {
    expect(onWake(live(-60_000), NOW)).toBe("probe");
  });

  it("connects at once instead of waiting on", () => {
    expect(onWake({ phase: "waiting", lastInboundAt: 0, attemptAt: NOW - 100 }, NOW)).toBe("rebuild");
  });

  it("gives up an attempt from before the sleep, and not one that has just begun", () => {
    expect(onWake({ phase: "connecting", lastInboundAt: 0, attemptAt: NOW - 10_000 }, NOW)).toBe("rebuild");
    expect(onWake({ phase: "connecting", lastInboundAt: 0, attemptAt: NOW - 100 }, NOW)).toBe("nothing");
  });

  it("leaves a stopped link alone", () => {
    expect(onWake({ phase: "idle", lastInboundAt: 0, attemptAt: 0 }, NOW)).toBe("nothing");
  });
});

describe("on a tick", () => {
  it("probes a connection that should have answered a ping by now", () => {
    expect(onTick(live(SILENCE_MS + 1), NOW)).toBe("probe");
    expect(onTick(live(SILENCE_MS), NOW)).toBe("nothing");
  });

  it("knows a sleep by the gap between two ticks", () => {
    expect(jumped(NOW - 1_000, NOW)).toBe(false);
    expect(jumped(NOW - 5_900, NOW)).toBe(false);
    expect(jumped(NOW - 6_001, NOW)).toBe(true);
    expect(jumped(NOW + 60_000, NOW)).toBe(true);
  });
});

describe("backoff", () => {
  it("uses the whole range: full jitter", () => {
    expect(backoff(3, 0, 0)).toBe(0);
    expect(backoff(0, 0, 0.5)).toBe(250);
  });

  it("never waits longer than two seconds in the first half minute, nor ten after it", () => {
    for (let attempt = 0; attempt < 40; attempt++) {
      expect(backoff(attempt, EAGER_FOR_MS - 1, 0.999_999)).toBeLessThanOrEqual(EAGER_CAP_MS);
      expect(backoff(attempt, EAGER_FOR_MS, 0.999_999)).toBeLessThanOrEqual(PATIENT_CAP_MS);
    }
    expect(backoff(10, EAGER_FOR_MS, 0.999_999)).toBeGreaterThan(9_000);
  });
});

describe("what a connection says first on a topic", () => {
  it("is the truth when it was retained", () => {
    const words = new FirstWords();
    expect(words.take("scene", true)).toBe(true);
    expect(words.take("poll", true)).toBe(true);
  });

  it("is no truth above a later message, which a retained one may come after", () => {
    const words = new FirstWords();
    expect(words.take("scene", false)).toBe(false);
    expect(words.take("scene", true)).toBe(false);
  });
});
