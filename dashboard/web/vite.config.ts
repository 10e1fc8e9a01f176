import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

const page = (name: string): string => resolve(import.meta.dirname, name);
const backend = process.env.SHADOWROOM_URL ?? "http://127.0.0.1:8000";

export default defineConfig({
  // Hashed files live under /assets/, so that the server may cache them for ever and never caches a page.
  base: "/",
  publicDir: "public",
  // u8-mqtt reads globalThis.sessionStorage when it is loaded. A browser that blocks storage throws there, and the
  // phone page would be blank; the library needs it only to invent a client id, which we give it.
  define: { "globalThis.sessionStorage": "undefined" },
  build: {
    outDir: "../static",
    emptyOutDir: true,
    // The oldest phones that we promise to serve.
    target: ["chrome80", "safari13", "firefox78"],
    cssTarget: ["chrome80", "safari13", "firefox78"],
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: {
        index: page("index.html"),
        join: page("join.html"),
        stage: page("stage.html"),
        present: page("present.html"),
      },
    },
  },
  server: {
    proxy: {
      "/api": { target: backend, ws: true },
      "/mqtt": { target: backend, ws: true },
    },
  },
  test: { include: ["test/**/*.test.ts"], environment: "node" },
});
