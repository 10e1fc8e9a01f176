/** What the built pages promise: builds once, into a folder of its own, and looks at the result. */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** All bytes of the phone page until it is connected. */
const PHONE_BUDGET = 60 * 1_024;

const out = mkdtempSync(join(tmpdir(), "shadowroom-web-"));
const read = (name: string): string => readFileSync(join(out, name), "utf8");
const pages = ["index.html", "join.html", "stage.html", "present.html"];

/** The files that a page loads, its scripts' imports included. */
function filesOf(page: string): string[] {
  const seen = new Set<string>([page]);
  for (const name of seen) {
    if (!/\.(html|js|css)$/.test(name)) continue;
    for (const [, found] of read(name).matchAll(
      /["'(](?:\.?\/)?(?:assets\/)?([\w-]+\.(?:js|css|svg))["')]/g,
    )) {
      seen.add(`assets/${found}`);
    }
  }
  return [...seen];
}

beforeAll(async () => {
  await build({ logLevel: "error", build: { outDir: out, emptyOutDir: true } });
}, 60_000);
afterAll(() => rmSync(out, { recursive: true, force: true }));

describe("the built pages", () => {
  it("are four", () => {
    for (const page of pages) expect(read(page)).toContain("<!doctype html>");
  });

  it("keep the phone page within its budget, all bytes counted", () => {
    const files = filesOf("join.html");
    expect(files.filter((name) => name.endsWith(".js")).length).toBeGreaterThanOrEqual(1);
    expect(files.filter((name) => name.endsWith(".css")).length).toBeGreaterThanOrEqual(1);
    // The page names its video in the script alone.
    files.push("assets/still.mp4");
    const total = files.reduce((sum, name) => sum + gzipSync(readFileSync(join(out, name))).length, 0);
    expect(total).toBeLessThanOrEqual(PHONE_BUDGET);
  });

  it("have no inline script and no inline style, so that the strictest policy does", () => {
    for (const page of pages) {
      expect(read(page)).not.toMatch(/<script(?![^>]*\bsrc=)/);
      expect(read(page)).not.toMatch(/<style|\sstyle=|\son\w+=/);
    }
  });

  it("ask nobody else for anything", () => {
    const names = readdirSync(join(out, "assets")).map((name) => `assets/${name}`);
    for (const name of [...pages, ...names]) {
      const text = read(name).replaceAll(/http:\/\/www\.w3\.org\/[\w/]+/g, "");
      // Preact names its own documentation in no production build; what is left would be a request.
      expect(text.match(/(?:https?:)?\/\/[a-z0-9-]+\.[a-z]{2,}[^\s"'`)]*/gi) ?? []).toEqual([]);
    }
  });

  it("use no syntax that the oldest phones lack", () => {
    for (const name of filesOf("join.html").filter((one) => one.endsWith(".js"))) {
      expect(read(name)).not.toMatch(/\?\?=|\|\|=|&&=/);
      expect(read(name)).not.toMatch(/[\w)\]]\?\.[\w[(]/);
      expect(read(name)).not.toMatch(/randomUUID/);
      expect(read(name)).not.toMatch(/\bstatic\s*\{|[{;]#\w/);
    }
  });
});
