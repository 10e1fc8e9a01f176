/** The front door: a code leads to its room. */

import { typedCode } from "../room/address";
import type { Key } from "../text/en";
import { language, words } from "../text/language";

const byId = (id: string): HTMLElement => document.getElementById(id) as HTMLElement;
const texts: Record<string, Key> = { title: "home.title", label: "home.label", go: "home.go" };

document.documentElement.lang = language;
for (const [id, key] of Object.entries(texts)) byId(id).textContent = words(key);

const input = byId("code") as HTMLInputElement;
input.addEventListener("input", () => {
  byId("bad").textContent = "";
});
byId("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const code = typedCode(input.value);
  if (code === null) {
    byId("bad").textContent = words("home.bad");
    input.focus();
  } else {
    location.assign(`/j/${code}`);
  }
});
input.focus();
