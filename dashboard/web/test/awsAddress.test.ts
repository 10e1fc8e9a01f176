import { describe, expect, it } from "vitest";
import { isSigned, tunnelAddress } from "../src/phone/join";
import { spreadOf } from "../src/room/scene";

const PAGE = { protocol: "https:", host: "room.example" };
const SIGNED =
  "wss://a1-ats.iot.eu-west-3.amazonaws.com/mqtt?X-Amz-Date=x&X-Amz-Signature=y&X-Amz-Security-Token=z";

describe("a signed address of AWS IoT", () => {
  it("is used as it is, to the last character", () => {
    expect(isSigned(SIGNED)).toBe(true);
    expect(tunnelAddress(SIGNED, PAGE)).toBe(SIGNED);
  });

  it("is told from the tunnel's, which is on the page's own origin", () => {
    expect(isSigned("ws://10.0.0.1:8000/mqtt")).toBe(false);
    expect(tunnelAddress("ws://10.0.0.1:8000/mqtt", PAGE)).toBe("wss://room.example/mqtt");
  });
});

describe("the spread of reports", () => {
  it("is none without one, and never longer than a minute", () => {
    expect(spreadOf({ version: 1, at: 0 })).toBe(0);
    expect(spreadOf({ version: 1, at: 0, spread_ms: 2_857 })).toBe(2_857);
    expect(spreadOf({ version: 1, at: 0, spread_ms: 3_600_000 })).toBe(60_000);
  });
});
