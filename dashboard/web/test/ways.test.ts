import { describe, expect, it } from "vitest";
import { FIRST_WAY, heard, probed, unheard, untilProbe } from "../src/net/ways";

describe("the way that packets go", () => {
  it("is by requests after two websockets of which nothing was heard, and then by websocket again", () => {
    const once = unheard(FIRST_WAY);
    expect(once.way).toBe("websocket");
    const twice = unheard(once);
    expect(twice.way).toBe("requests");
    expect(unheard(twice)).toMatchObject({ way: "websocket", silent: 0 });
  });

  it("counts only failures in a row", () => {
    expect(unheard(heard(unheard(FIRST_WAY))).way).toBe("websocket");
  });

  it("stays by requests while the websocket does not open, and looks less and less often", () => {
    let ways = unheard(unheard(FIRST_WAY));
    const waits: number[] = [];
    for (let look = 0; look < 6; look += 1) {
      waits.push(untilProbe(ways));
      ways = probed(heard(ways), false);
      expect(ways.way).toBe("requests");
    }
    expect(waits).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000]);
  });

  it("returns to a websocket that opens, and remembers looks until it has worked", () => {
    const back = probed(unheard(unheard(FIRST_WAY)), true);
    expect(back).toEqual({ way: "websocket", silent: 0, probes: 1 });
    expect(heard(back)).toEqual(FIRST_WAY);
  });
});
