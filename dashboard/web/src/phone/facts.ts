/** Reads from the browser what `os.ts` judges. Everything here may be missing. */

import type { Hints } from "./os";

interface ClientHints {
  platform?: string;
  mobile?: boolean;
}

function matches(query: string): boolean {
  return typeof matchMedia === "function" && matchMedia(query).matches;
}

export function readHints(): Hints {
  const browser = navigator as Navigator & { userAgentData?: ClientHints };
  const hints: Hints = {
    ua: browser.userAgent,
    platform: browser.platform ?? "",
    maxTouchPoints: browser.maxTouchPoints ?? 0,
    standalone: "standalone" in browser,
    finger: matches("(pointer: coarse) and (hover: none)"),
    screenMin: Math.min(screen.width, screen.height),
    dark: matches("(prefers-color-scheme: dark)"),
  };
  const { userAgentData } = browser;
  if (userAgentData?.platform) hints.uaPlatform = userAgentData.platform;
  if (typeof userAgentData?.mobile === "boolean") hints.uaMobile = userAgentData.mobile;
  return hints;
}
