/** "Your shadow" at the foot of the phone page: asks the service for it while it is open, and shows its answer. */

import { words } from "../text/language";
import { explain, type OwnShadows, type ShadowDocument } from "./shadow";

/** Between two questions to the service: a hall that looks at its shadows at once stays bearable. */
const ASK_AGAIN_MS = 500;

function part(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}

function fill(list: HTMLElement, lines: string[]): void {
  list.textContent = "";
  for (const line of lines) {
    const item = document.createElement("li");
    item.textContent = line;
    list.append(item);
  }
}

export class OwnShadow {
  private shadows: OwnShadows = { classic: null, ballot: null };
  private readonly details = part("shadow") as HTMLDetailsElement;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private poll: string | null = null;

  /** `ask` sends a get for both shadows. */
  constructor(private readonly ask: () => void) {
    part("shadow-summary").textContent = words("shadow.title");
    part("shadow-raw").textContent = words("shadow.raw");
    part("shadow-reported-title").textContent = words("shadow.reportedTitle");
    part("shadow-desired-title").textContent = words("shadow.desiredTitle");
    part("shadow-version").textContent = words("shadow.asking");
    this.details.addEventListener("toggle", () => this.asked());
  }

  /** Something was changed, or the connection is new: what is shown may be old. */
  asked(): void {
    if (!this.details.open) return;
    clearTimeout(this.timer);
    this.ask();
  }

  changed(): void {
    if (!this.details.open) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.asked(), ASK_AGAIN_MS);
  }

  /** An answer about one of the shadows. */
  heard(which: keyof OwnShadows, what: string, content: Record<string, unknown>): void {
    if (what === "update/accepted") this.changed();
    if (what === "get/accepted") this.know(which, content as ShadowDocument);
    if (what === "get/rejected") this.know(which, null);
  }

  draw(poll: string | null): void {
    this.poll = poll;
    const explained = explain(this.shadows, poll, words);
    if (!this.details.open || explained === null) return;
    fill(part("shadow-reported"), explained.reported);
    fill(part("shadow-desired"), explained.desired);
    part("shadow-version").textContent = explained.version;
    const { classic, ballot } = this.shadows;
    const raw = ballot === null ? classic : { classic, ballot };
    part("shadow-json").textContent = JSON.stringify(raw, null, 2);
  }

  private know(which: keyof OwnShadows, document: ShadowDocument | null): void {
    this.shadows = { ...this.shadows, [which]: document };
    this.draw(this.poll);
  }
}
