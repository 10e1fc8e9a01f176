import { describe, expect, it } from "vitest";
import { asleep, MOST_MESSAGES, NOTHING_SEEN, reduce, shadowOf, wakefulness } from "../src/inspect/fold";
import { bytesOf, typed } from "../src/inspect/json";
import { deltaOf, flatten, leaves } from "../src/inspect/leaves";
import { ago, exact } from "../src/inspect/times";
import { about, presenceOf, pretty, sections, shortTopic } from "../src/inspect/topics";
import { deviceOf, nameOf } from "../src/inspect/useInspection";
import { advance, coloured, freshColour, START, stateOf, type Walk } from "../src/inspect/walk";
import type { HeardMessage, InspectedPhone, InspectedShadow, Inspection } from "../src/inspect/wire";
import { inspectEn } from "../src/text/inspectEn";
import { inspectFr } from "../src/text/inspectFr";

const shadow = (version: number, state: Record<string, unknown>, name: string | null = null) =>
  ({ name, version, timestamp: 1, state, metadata: {} }) satisfies InspectedShadow;
const phone: InspectedPhone = { slot: 4, connected: true, visible: true, sim: false, session: 1 };
const message = (n: number): HeardMessage => ({ n, at: n, topic: "t", payload: "{}", size: 2 });
const first: Inspection = {
  type: "inspection",
  room: "DEMO",
  thing: "phone-a",
  now: 5_000,
  phone,
  shadows: [shadow(2, { reported: {} }, "ballot"), shadow(3, { reported: { color: "#2563EB" } })],
  more: 0,
  messages: [message(1), message(2)],
  problem: null,
};
const view = reduce(NOTHING_SEEN, first, 4_000);

describe("a device, folded from the inspector's frames", () => {
  it("begins with everything, the classic shadow first and the newest message first", () => {
    expect(view.shadows.map((one) => one.name)).toEqual([null, "ballot"]);
    expect(view.messages.map((one) => one.n)).toEqual([2, 1]);
    expect(view.clockOffset).toBe(1_000);
  });

  it("keeps what a change leaves out and drops what is gone or null", () => {
    const next = reduce(view, { type: "inspected", now: 6_000, gone: ["ballot"], phone: null }, 5_000);
    expect(next.shadows.map((one) => one.name)).toEqual([null]);
    expect(next.phone).toBeNull();
    expect(next.messages).toBe(view.messages);
  });

  it("replaces a shadow by its name, and takes new ones in", () => {
    const changed = [shadow(4, { reported: {} }), shadow(1, {}, "a")];
    const next = reduce(view, { type: "inspected", now: 6_000, shadows: changed }, 5_000);
    expect(next.shadows.map((one) => [one.name, one.version])).toEqual([
      [null, 4],
      ["a", 1],
      ["ballot", 2],
    ]);
    expect(shadowOf(next, null)?.version).toBe(4);
  });

  it("holds no more messages than it shows, and counts those it missed", () => {
    const many = Array.from({ length: 3 * MOST_MESSAGES }, (_, n) => message(n + 3));
    const next = reduce(view, { type: "inspected", now: 0, messages: many, missed: 7 }, 0);
    expect(next.messages).toHaveLength(MOST_MESSAGES);
    expect(next.messages[0]?.n).toBe(3 * MOST_MESSAGES + 2);
    expect(next.missed).toBe(7);
  });

  it("says whether a phone sleeps", () => {
    expect(wakefulness(phone)).toBe("awake");
    expect(wakefulness({ ...phone, visible: false })).toBe("hidden");
    expect(wakefulness({ ...phone, connected: false })).toBe("away");
    expect(wakefulness({ ...phone, connected: null })).toBe("away");
    expect(asleep(null)).toBe(false);
  });
});

describe("the rows of a shadow", () => {
  const mixed: InspectedShadow = {
    name: null,
    version: 1,
    timestamp: 9,
    state: {
      desired: { color: "#D55E00", net: { wifi: true, ssid: "hall" } },
      reported: { color: "#2563EB", net: { wifi: true }, list: [1, [2]], os: "iOS" },
      delta: { color: "#D55E00", net: { ssid: "hall" } },
    },
    metadata: {
      desired: { color: { timestamp: 7 }, net: { wifi: { timestamp: 1 }, ssid: { timestamp: 2 } } },
      reported: {
        color: { timestamp: 3 },
        list: [{ timestamp: 4 }, [{ timestamp: 6 }]],
        os: { timestamp: 5 },
      },
    },
  };

  it("are leaves, what is desired first, then the newest report first", () => {
    expect(leaves(mixed).map((leaf) => [leaf.path, leaf.accord])).toEqual([
      ["color", "differs"],
      ["net.ssid", "differs"],
      ["net.wifi", "agrees"],
      ["list", "told"],
      ["os", "told"],
    ]);
  });

  it("have the values as JSON and the time of each", () => {
    const [color, , , list] = leaves(mixed);
    expect(color).toMatchObject({ desired: '"#D55E00"', reported: '"#2563EB"', desiredAt: 7, reportedAt: 3 });
    expect(list).toMatchObject({ desired: null, reported: "[1,[2]]", reportedAt: 6 });
  });

  it("agree when there is no delta", () => {
    expect(deltaOf(mixed)).toEqual({ color: "#D55E00", net: { ssid: "hall" } });
    expect(deltaOf(shadow(1, { reported: {} }))).toBeNull();
    expect(deltaOf(null)).toBeNull();
  });

  it("survive nonsense and names with dots", () => {
    expect(flatten(null).size).toBe(0);
    expect(flatten({ a: {}, b: { c: null } })).toEqual(
      new Map<string, unknown>([
        ["a", {}],
        ["b.c", null],
      ]),
    );
    const dotted = {
      ...shadow(1, { reported: { "a.b": 1 } }),
      metadata: { reported: { "a.b": { timestamp: 8 } } },
    };
    expect(leaves(dotted)[0]).toMatchObject({ path: "a.b", reportedAt: 8 });
  });
});

describe("what a message is about", () => {
  it("is told from its topic", () => {
    expect(about("$aws/things/x/shadow/update")).toMatchObject({
      direction: "toService",
      operation: "update",
    });
    expect(about("$aws/things/x/shadow/name/ballot/get/rejected")).toEqual({
      direction: "fromService",
      operation: "get",
      answer: "rejected",
      shadow: "ballot",
    });
    expect(about("room/DEMO/presence/x").direction).toBe("presence");
    expect(about("$aws/things/x/shadow/custom").direction).toBe("other");
    expect(shortTopic("$aws/things/x/shadow/update")).toBe("…/shadow/update");
    expect(shortTopic("room/DEMO/presence/phone-x")).toBe("room/DEMO/presence/…");
  });

  it("and from its payload, whatever that is", () => {
    expect(sections('{"state":{"desired":null}}')).toEqual(["desired"]);
    expect(sections('{"state":{"reported":{},"desired":{}}}')).toEqual(["desired", "reported"]);
    for (const nonsense of ["", "[]", "null", '{"state":7}']) expect(sections(nonsense)).toEqual([]);
    expect(presenceOf('{"session":1,"connected":false}')).toBe(false);
    expect(presenceOf("?")).toBeNull();
    expect(pretty('{"a":1}')).toBe('{\n  "a": 1\n}');
    expect(pretty('{"a":')).toBe('{"a":');
  });
});

describe("typed desired state", () => {
  it("is an object, with its size in bytes", () => {
    expect(typed('{"message":"é"}')).toEqual({ value: { message: "é" }, bytes: 16 });
    expect(bytesOf({})).toBe(2);
  });

  it.each([
    ['{\n "color": "#FF0000"\n "x": 1}', "json.comma", 3, 2],
    ['{"a" 1}', "json.colon", 1, 6],
    ['{"a":}', "json.value", 1, 6],
    ["{a:1}", "json.symbol", 1, 2],
    ['{"a":1', "json.brace", 1, 7],
    ['{"a":[1', "json.bracket", 1, 8],
    ['{"a":1,}', "json.name", 1, 8],
    ['{"a":1} {}', "json.end", 1, 9],
    ['{"a":1 // b\n}', "json.comment", 1, 8],
    ["[1]", "json.object", 1, 1],
    ["", "json.value", 1, 1],
  ])("%j is refused with the reason and the place", (text, problem, line, column) => {
    expect(typed(text)).toEqual({ problem, line, column });
  });
});

describe("the guided walk", () => {
  const hidden = { ...view, phone: { ...phone, visible: false } };
  const asking = (colour: string, delta: boolean, who: InspectedPhone = hidden.phone) => ({
    ...hidden,
    phone: who,
    shadows: [
      shadow(5, {
        desired: { color: colour },
        reported: { color: delta ? "#2563EB" : colour },
        ...(delta ? { delta: { color: colour } } : {}),
      }),
    ],
  });
  const asked = (at: number): Walk => coloured(advance(START, hidden, 0), "#D55E00", at);

  it("begins with a phone, waits until it sleeps, and then offers to colour it", () => {
    expect(advance(START, NOTHING_SEEN, 0).step).toBe("pick");
    const awake = advance(START, view, 0);
    expect(awake.step).toBe("sleep");
    expect(advance(awake, hidden, 0).step).toBe("colour");
  });

  it("advances by the shadow alone: desired and delta, then reported and no delta", () => {
    const walk = asked(0);
    expect(advance(walk, hidden, 100_000).step).toBe("colour");
    const waiting = advance(walk, asking("#D55E00", true), 100);
    expect(waiting.step).toBe("wake");
    expect(advance(waiting, asking("#D55E00", true), 100_000)).toBe(waiting);
    const done = advance(waiting, asking("#D55E00", false, phone), 60_000);
    expect(done).toMatchObject({ step: "done", tooQuick: false });
    expect(stateOf(done, "wake")).toBe("past");
  });

  it("sees that a phone had been awake all along, unless it was away", () => {
    expect(advance(asked(0), asking("#D55E00", false), 300)).toMatchObject({ step: "done", tooQuick: true });
    const away = advance(asked(0), asking("#D55E00", true, { ...phone, connected: false }), 100);
    expect(advance(away, asking("#D55E00", false, phone), 300)).toMatchObject({
      step: "done",
      tooQuick: false,
    });
  });

  it("goes back when somebody desires something else, and begins anew with another device", () => {
    const waiting = advance(asked(0), asking("#D55E00", true), 100);
    expect(advance(waiting, asking("#000000", true), 200)).toMatchObject({ step: "colour", colour: null });
    expect(advance(waiting, { ...view, thing: "phone-b" }, 200)).toMatchObject({
      step: "sleep",
      thing: "phone-b",
    });
  });

  it("takes a thing that is no phone as it is", () => {
    expect(advance(START, { ...view, phone: null }, 0).step).toBe("colour");
  });

  it("picks a colour that makes a difference", () => {
    expect(freshColour(view)).toBe("#D55E00");
    expect(freshColour(asking("#d55e00", false))).toBe("#7C3AED");
    expect(freshColour({ ...view, shadows: [] })).toBe("#D55E00");
  });
});

describe("times", () => {
  it("are said as people say them, and exactly", () => {
    expect(ago(0, 2_000, "en")).toBe("2s ago");
    expect(ago(0, 2_000, "fr")).toMatch(/^il y a 2\ss$/);
    expect(ago(5_000, 0, "en")).toBe("now");
    expect(ago(0, 7_300_000, "en")).toBe("2h ago");
    const noon = new Date(2_026, 10, 22, 14, 3, 22).getTime();
    expect(exact(noon, noon, "en")).toBe("14:03:22");
    expect(exact(noon, noon + 172_800_000, "en")).toBe("Nov 22, 2026 14:03:22");
  });
});

describe("a typed device", () => {
  it("is a number of the room or a thing's name", () => {
    expect(deviceOf(" 12 ")).toEqual({ slot: 12 });
    expect(deviceOf("lamp-7")).toEqual({ thing: "lamp-7" });
    expect(deviceOf("  ")).toBeNull();
    expect(nameOf(deviceOf("12"))).toBe("12");
    expect(nameOf(null)).toBe("");
  });
});

describe("the inspector's words", () => {
  const holes = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();
  it("are there in both languages with the same holes", () => {
    expect(Object.keys(inspectFr).sort()).toEqual(Object.keys(inspectEn).sort());
    for (const key of Object.keys(inspectEn) as (keyof typeof inspectEn)[]) {
      expect(inspectFr[key].trim()).not.toBe("");
      expect([key, holes(inspectFr[key])]).toEqual([key, holes(inspectEn[key])]);
    }
  });
});
