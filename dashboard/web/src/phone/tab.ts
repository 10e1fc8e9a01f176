/**
 * One tab at a time: two tabs of one browser are one phone, and would throw each other off the broker for ever.
 *
 * Web Locks need a secure context and BroadcastChannel a newer Safari; the `storage` event is everywhere.
 */

import { store } from "./identity";

export class Tab {
  private readonly id = `${Date.now().toString(36)}.${Math.random().toString(36).slice(2)}`;
  private readonly key: string;

  /** `lost` is called when another tab of the same room takes over. */
  constructor(room: string, lost: () => void) {
    this.key = `shadowroom.tab.${room}`;
    addEventListener("storage", (event) => {
      if (event.key === this.key && event.newValue !== null && event.newValue !== this.id) lost();
    });
  }

  /** This tab has the room now; every other one hears of it. */
  claim(): void {
    store(this.key, this.id);
  }

  /** Nothing of it stays. */
  forget(): void {
    store(this.key, null);
  }
}
