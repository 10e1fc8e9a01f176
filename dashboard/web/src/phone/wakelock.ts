/**
 * Keeps the screen on: by a wake lock where there is one (secure contexts only), else by a silent video that plays.
 * A nicety: a browser may refuse both, and the phone keeps its place all the same.
 */

interface Lockable {
  wakeLock?: { request(kind: "screen"): Promise<unknown> };
}

/** Ten black seconds, 16 pixels wide, made by `ffmpeg -f lavfi -i color=black:s=16x16:r=1 -t 10`; under 2 KB. */
const STILL = "/assets/still.mp4";

let video: HTMLVideoElement | null = null;

function play(): void {
  if (video === null) {
    video = document.createElement("video");
    video.muted = true;
    video.loop = true;
    video.setAttribute("playsinline", "");
    video.setAttribute("aria-hidden", "true");
    video.className = "still";
    video.src = STILL;
    document.body.append(video);
  }
  video.play().catch(() => undefined);
}

/** Asks now (a browser may want a tap first) and whenever the page is shown again, since hiding releases it. */
export function keepAwake(): void {
  const { wakeLock } = navigator as Navigator & Lockable;
  const ask = (otherwise: () => void): void => {
    if (document.visibilityState !== "visible") return;
    if (wakeLock === undefined) otherwise();
    else wakeLock.request("screen").catch(otherwise);
  };
  // Only a tap allows the video, and nobody should load it for nothing.
  addEventListener("click", () => ask(play), { once: true });
  document.addEventListener("visibilitychange", () => ask(() => video !== null && play()));
  ask(() => undefined);
}
