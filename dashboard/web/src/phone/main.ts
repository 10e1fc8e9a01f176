/** The phone page: finds the room in the address, starts the phone, and tells it when the page sleeps and wakes. */

import { roomInPath } from "../room/address";
import { Phone } from "./phone";
import { jumped, TICK_MS } from "./resume";
import { keepAwake } from "./wakelock";

const room = roomInPath(location.pathname);
if (room === null) {
  location.replace("/");
} else {
  run(new Phone(room));
}

function run(phone: Phone): void {
  let ticking: ReturnType<typeof setInterval> | undefined;
  let lastTick = Date.now();

  function tick(): void {
    const now = Date.now();
    if (jumped(lastTick, now)) phone.woken();
    lastTick = now;
    phone.tick();
  }

  // No timers while hidden: they would run late, all at once, or not at all.
  function startTicking(): void {
    clearInterval(ticking);
    lastTick = Date.now();
    ticking = setInterval(tick, TICK_MS);
  }

  function onVisibility(): void {
    if (document.visibilityState === "hidden") {
      clearInterval(ticking);
      phone.hidden();
    } else {
      startTicking();
      phone.shown();
    }
  }

  document.addEventListener("visibilitychange", onVisibility);
  addEventListener("pagehide", () => phone.hidden());
  addEventListener("pageshow", (event) => {
    if (event.persisted) onVisibility();
  });
  addEventListener("online", () => phone.woken());
  startTicking();
  phone.start();
  keepAwake();
}
