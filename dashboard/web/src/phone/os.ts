/**
 * Which operating system, form and browser a phone has, worked out on the phone itself.
 *
 * Pure: everything the browser tells is in `Hints`. Names are reliable, versions and models are not (browsers freeze
 * them), so none is read. The order of the rules matters: several systems claim to be others.
 */

export type Family = "iOS" | "Android" | "HarmonyOS" | "ChromeOS" | "Windows" | "macOS" | "Linux" | "other";
export type Form = "phone" | "tablet" | "desktop";

export interface Hints {
  ua: string;
  /** `navigator.platform`. */
  platform?: string;
  maxTouchPoints?: number;
  /** `navigator.userAgentData`, where there is one: Chromium in a secure context. */
  uaPlatform?: string;
  uaMobile?: boolean;
  /** `'standalone' in navigator`: WebKit on iOS, iPadOS and macOS. */
  standalone?: boolean;
  /** The main pointer is coarse and cannot hover: a finger. */
  finger?: boolean;
  /** The shorter side of the screen in CSS pixels. */
  screenMin?: number;
  /** The person asked their system for dark pages. */
  dark?: boolean;
}

export interface DeviceFacts {
  os: Family;
  os_name: string;
  os_evidence: string;
  form: Form;
  browser: string;
  theme: "dark" | "light";
  /** Opened inside another app, whose page forgets everything when it is closed. */
  inApp: boolean;
}

/** Below this a screen's shorter side is a phone's; the smallest tablets have 600. */
const SMALLEST_TABLET_PX = 600;

interface System {
  os: Family;
  name: string;
  evidence: string;
}

type Rule = (hints: Hints) => System | null;

const found = (os: Family, name: string, evidence: string): System => ({ os, name, evidence });

const byAgent =
  (pattern: RegExp, os: Family, name: string, evidence: string): Rule =>
  ({ ua }) =>
    pattern.test(ua) ? found(os, name, evidence) : null;

const touches = (hints: Hints): boolean => (hints.maxTouchPoints ?? 0) > 0;
const armOrFinger = (hints: Hints): boolean =>
  /arm|aarch/i.test(hints.platform ?? "") || hints.finger === true;

function android(ua: string, evidence: string): System {
  return found("Android", /\bSilk\b|; KF[A-Z]{2,}|; AFT/.test(ua) ? "Fire OS" : "Android", evidence);
}

const clientHintNames: Record<string, [Family, string]> = {
  iOS: ["iOS", "iOS"],
  "Chrome OS": ["ChromeOS", "ChromeOS"],
  "Chromium OS": ["ChromeOS", "ChromeOS"],
  Windows: ["Windows", "Windows"],
  macOS: ["macOS", "macOS"],
  Linux: ["Linux", "Linux"],
};

function byClientHint(hints: Hints): System | null {
  if (hints.uaPlatform === "Android") return android(hints.ua, "hint");
  const named = clientHintNames[hints.uaPlatform ?? ""];
  if (named === undefined) return null;
  // "Desktop site" on Android says Linux, and is given away by the finger.
  if (named[0] === "Linux" && touches(hints) && !hints.uaMobile && armOrFinger(hints)) {
    return android(hints.ua, "linux+touch");
  }
  return found(named[0], named[1], "hint");
}

function macWithTouch(hints: Hints): System | null {
  if (!/Macintosh/.test(hints.ua) || (hints.maxTouchPoints ?? 0) <= 1) return null;
  // A Mac with a touch screen would have client hints in Chrome; only WebKit has `standalone`.
  if (hints.standalone !== true || hints.uaPlatform !== undefined) return null;
  const small = (hints.screenMin ?? SMALLEST_TABLET_PX) < SMALLEST_TABLET_PX;
  return found("iOS", small ? "iOS" : "iPadOS", "mac+touch");
}

function linux(hints: Hints): System | null {
  if (!/Linux|X11/.test(hints.ua)) return null;
  if (touches(hints) && armOrFinger(hints)) return android(hints.ua, "linux+touch");
  return found("Linux", "Linux", "agent");
}

/** First match wins. */
const systemRules: Rule[] = [
  byAgent(/OpenHarmony|HarmonyOS|ArkWeb/, "HarmonyOS", "HarmonyOS", "agent"),
  byAgent(/KAIOS/i, "other", "KaiOS", "agent"),
  byAgent(/Tizen/, "other", "Tizen", "agent"),
  byAgent(/Web0S|webOS/, "other", "webOS", "agent"),
  byAgent(/Sailfish/, "other", "Sailfish OS", "agent"),
  byAgent(/Ubuntu.*like Android/, "other", "Ubuntu Touch", "agent"),
  byClientHint,
  // Says Android and iPhone as well, so it comes before both.
  byAgent(/Windows Phone|IEMobile/, "Windows", "Windows Phone", "agent"),
  byAgent(/iPhone|iPod/, "iOS", "iOS", "agent"),
  byAgent(/iPad/, "iOS", "iPadOS", "agent"),
  macWithTouch,
  (hints) => (/Android/.test(hints.ua) ? android(hints.ua, "agent") : null),
  byAgent(/CrOS/, "ChromeOS", "ChromeOS", "agent"),
  byAgent(/Windows NT/, "Windows", "Windows", "agent"),
  byAgent(/Macintosh/, "macOS", "macOS", "agent"),
  byAgent(/FreeBSD/, "other", "FreeBSD", "agent"),
  byAgent(/OpenBSD/, "other", "OpenBSD", "agent"),
  linux,
];

const UNKNOWN: System = found("other", "unknown", "none");

function systemOf(hints: Hints): System {
  for (const rule of systemRules) {
    const system = rule(hints);
    if (system !== null) return system;
  }
  return UNKNOWN;
}

function formOf(hints: Hints, system: System): Form {
  const { ua } = hints;
  const small = (hints.screenMin ?? Number.POSITIVE_INFINITY) < SMALLEST_TABLET_PX;
  if (/SMART-TV|SmartTV|\bTV\b|; AFT|Web0S/.test(ua)) return "desktop";
  if (system.os === "HarmonyOS") {
    if (/\(PC;|2in1/.test(ua)) return "desktop";
    return /\(Tablet;/.test(ua) ? "tablet" : "phone";
  }
  if (system.name === "iPadOS") return "tablet";
  if (system.os === "iOS") return "phone";
  if (system.os === "Android") return hints.uaMobile || /Mobile/.test(ua) || small ? "phone" : "tablet";
  if (system.name === "Windows Phone" || system.name === "KaiOS") return "phone";
  if (system.os === "other") return /Mobile/.test(ua) ? "phone" : /Tablet/.test(ua) ? "tablet" : "desktop";
  return "desktop";
}

/** First match wins; the browsers of other apps come first, since they also name the engine that they embed. */
const browserRules: [RegExp, string, "app"?][] = [
  [/CaptiveNetworkSupport/, "captive portal", "app"],
  [/Instagram/, "Instagram", "app"],
  [/FBAN|FBAV|FB_IAB/, "Facebook", "app"],
  [/MicroMessenger/, "WeChat", "app"],
  [/\bLine\//, "LINE", "app"],
  [/TikTok|musical_ly|BytedanceWebview|trill_/, "TikTok", "app"],
  [/Snapchat/, "Snapchat", "app"],
  [/LinkedInApp/, "LinkedIn", "app"],
  [/\bGSA\//, "Google app", "app"],
  [/HuaweiBrowser/, "Huawei Browser"],
  [/ArkWeb/, "ArkWeb"],
  [/SamsungBrowser/, "Samsung Internet"],
  [/Edg(e|A|iOS)?\//, "Edge"],
  [/OPR\/|OPT\/|OPiOS\/|OPX\/|Opera/, "Opera"],
  [/Vivaldi/, "Vivaldi"],
  [/YaBrowser/, "Yandex"],
  [/UCBrowser/, "UC Browser"],
  [/MiuiBrowser/, "Mi Browser"],
  [/MQQBrowser|QQBrowser/, "QQ Browser"],
  [/\bSilk\//, "Silk"],
  [/DuckDuckGo|Ddg\//, "DuckDuckGo"],
  [/FxiOS|Firefox|Focus\//, "Firefox"],
  [/; wv\)/, "WebView", "app"],
  [/CriOS|Chrome|Chromium/, "Chrome"],
  [/Trident|MSIE/, "Internet Explorer"],
  [/Android.*Version\//, "Android Browser"],
  [/Version\/.*Safari/, "Safari"],
  [/(iPhone|iPad|iPod).*AppleWebKit/, "WebView", "app"],
  [/Safari/, "Safari"],
];

function browserOf(ua: string): { browser: string; inApp: boolean } {
  for (const [pattern, browser, app] of browserRules) {
    if (pattern.test(ua)) return { browser, inApp: app === "app" };
  }
  return { browser: "other", inApp: false };
}

/** The window in which a phone signs in to a Wi-Fi: it closes when it likes, and forgets. */
export const isSignInWindow = (ua: string): boolean => /CaptiveNetworkSupport|CaptivePortal/i.test(ua);

/** The facts of a device; never fails, `other` and `unknown` are answers too. */
export function detect(hints: Hints): DeviceFacts {
  const system = systemOf(hints);
  return {
    os: system.os,
    os_name: system.name,
    os_evidence: system.evidence,
    form: formOf(hints, system),
    theme: hints.dark === true ? "dark" : "light",
    ...browserOf(hints.ua),
  };
}

/** What a person may say instead, in the order in which it is offered. */
export const choosable: [string, Family][] = [
  ["iOS", "iOS"],
  ["iPadOS", "iOS"],
  ["Android", "Android"],
  ["HarmonyOS", "HarmonyOS"],
  ["Windows", "Windows"],
  ["macOS", "macOS"],
  ["Linux", "Linux"],
  ["ChromeOS", "ChromeOS"],
  ["other", "other"],
];

/** The facts with a person's word in place of the guess: people know what they hold. */
export function corrected(facts: DeviceFacts, name: string | null): DeviceFacts {
  const choice = choosable.find(([choosableName]) => choosableName === name);
  if (choice === undefined) return facts;
  return { ...facts, os: choice[1], os_name: choice[0], os_evidence: "person" };
}
