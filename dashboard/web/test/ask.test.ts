import { afterEach, describe, expect, it, vi } from "vitest";
import { canListen, type Listener, listen, localeOf } from "../src/present/speech";
import { askEn } from "../src/text/askEn";
import { askFr } from "../src/text/askFr";

const holes = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

/** A recogniser whose results the test gives. */
class Fake {
  static newest: Fake;
  lang = "";
  maxAlternatives = 1;
  onresult: ((event: unknown) => void) | null = null;
  onerror: ((event: { error: string }) => void) | null = null;
  onend: (() => void) | null = null;
  start = vi.fn();
  stop = vi.fn();
  constructor() {
    Fake.newest = this;
  }
  say(isFinal: boolean, ...readings: string[]): void {
    const result = Object.assign(
      readings.map((transcript) => ({ transcript })),
      { isFinal },
    );
    this.onresult?.({ results: [result] });
  }
}

const listener = () =>
  ({ hearing: vi.fn(), heard: vi.fn(), failed: vi.fn(), ended: vi.fn() }) satisfies Listener;

afterEach(() => vi.unstubAllGlobals());

describe("listening", () => {
  it("is not there in every browser", () => {
    expect(canListen()).toBe(false);
    expect(listen("en-US", listener())).toBeNull();
  });

  it("tells what is heard so far, then every reading once, the likeliest first", () => {
    vi.stubGlobal("webkitSpeechRecognition", Fake);
    const ear = listener();
    const stop = listen(localeOf("fr"), ear);
    expect(Fake.newest).toMatchObject({ lang: "fr-FR", maxAlternatives: 5 });
    Fake.newest.say(false, "efface");
    Fake.newest.say(true, " efface tout ", "efface toutes", "efface tout", "");
    expect(ear.hearing.mock.calls).toEqual([["efface"], ["efface tout"]]);
    expect(ear.heard.mock.calls).toEqual([[["efface tout", "efface toutes"]]]);
    stop?.();
    expect(Fake.newest.stop).toHaveBeenCalled();
  });

  it("says why nothing was heard", () => {
    vi.stubGlobal("SpeechRecognition", Fake);
    const ear = listener();
    listen("en-US", ear);
    Fake.newest.onerror?.({ error: "no-speech" });
    Fake.newest.onend?.();
    expect(ear.failed.mock.calls).toEqual([["no-speech"]]);
    expect(ear.ended).toHaveBeenCalled();
  });
});

describe("the words of asking", () => {
  it("are there in both languages with the same holes", () => {
    expect(Object.keys(askFr).sort()).toEqual(Object.keys(askEn).sort());
    for (const key of Object.keys(askEn) as (keyof typeof askEn)[]) {
      expect(holes(askFr[key])).toEqual(holes(askEn[key]));
      expect(askFr[key].trim()).not.toBe("");
    }
  });
});
