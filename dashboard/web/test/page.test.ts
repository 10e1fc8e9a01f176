import { describe, expect, it } from "vitest";
import { inFragment } from "../src/phone/identity";
import { tunnelAddress } from "../src/phone/join";
import { filters } from "../src/phone/topics";
import { tokenIn, tokenInFragment } from "../src/present/token";
import { roomInPath, typedCode } from "../src/room/address";

describe("addresses", () => {
  it("tell the room", () => {
    expect(roomInPath("/j/DEMO")).toBe("DEMO");
    expect(roomInPath("/stage/DEMO/")).toBe("DEMO");
    expect(roomInPath("/present/A%42")).toBe("AB");
    for (const path of ["/", "/j/", "/j", "/x/DEMO", "/j/%"]) expect(roomInPath(path)).toBeNull();
  });

  it("take a code as people type it", () => {
    expect(typedCode(" de mo ")).toBe("DEMO");
    expect(typedCode("de-mo")).toBe("DEMO");
    for (const text of ["", "dé", "../x", "a/b"]) expect(typedCode(text)).toBeNull();
  });

  it("carry tokens in the fragment", () => {
    expect(inFragment("#t=a.b-c_d", "t")).toBe("a.b-c_d");
    expect(inFragment("#x=1&t=a%20b", "t")).toBe("a b");
    expect(inFragment("#t=%", "t")).toBeNull();
    expect(inFragment("", "t")).toBeNull();
    expect(tokenInFragment("#token=abc")).toBe("abc");
    expect(tokenInFragment("#token=")).toBeNull();
    expect(tokenInFragment("")).toBeNull();
    expect(tokenIn(" http://x/present/DEMO?lang=fr#token=abc ")).toBe("abc");
    expect(tokenIn("abc")).toBe("abc");
    expect(tokenIn("http://x/#")).toBe("");
  });

  it("lead to the broker on the page's own origin, whatever host the answer names", () => {
    const page = { protocol: "https:", host: "room.example:8443" };
    expect(tunnelAddress("ws://10.0.0.1:8000/mqtt", page)).toBe("wss://room.example:8443/mqtt");
    expect(tunnelAddress("/mqtt", { protocol: "http:", host: "a" })).toBe("ws://a/mqtt");
    expect(tunnelAddress("nonsense", page)).toBe("wss://room.example:8443/mqtt");
  });
});

describe("a phone's subscriptions", () => {
  it("are its own shadows first, then the room's three topics, and nothing else", () => {
    expect(filters("DEMO", "phone-x")).toEqual([
      "$aws/things/phone-x/shadow/update/delta",
      "$aws/things/phone-x/shadow/get/accepted",
      "$aws/things/phone-x/shadow/+/rejected",
      "$aws/things/phone-x/shadow/name/ballot/update/delta",
      "$aws/things/phone-x/shadow/name/ballot/+/accepted",
      "$aws/things/phone-x/shadow/name/ballot/+/rejected",
      "room/DEMO/scene",
      "room/DEMO/poll",
      "room/DEMO/notice",
    ]);
  });
});
