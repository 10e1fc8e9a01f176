/** Keeps the screen on where the browser can: secure contexts only, so never more than a nicety. */

interface Lockable {
  wakeLock?: { request(kind: "screen"): Promise<unknown> };
}

/** Asks now (a browser may want a tap first) and whenever the page is shown again, since hiding releases it. */
export function keepAwake(): void {
  const { wakeLock } = navigator as Navigator & Lockable;
  if (wakeLock === undefined) return;
  const ask = (): void => {
    if (document.visibilityState === "visible") wakeLock.request("screen").catch(() => undefined);
  };
  addEventListener("pointerdown", ask, { once: true });
  document.addEventListener("visibilitychange", ask);
  ask();
}
