/** Puts the phone's model on the screen. Knows the document, and nothing of the network. */

import { inkOn } from "../room/colour";
import { shapeOf } from "../room/shapes";
import type { Key } from "../text/en";
import { language, number, switchTo, unbroken, words } from "../text/language";
import type { Give } from "./controls";
import type { LinkState } from "./link";
import type { Model } from "./model";
import { choosable, type DeviceFacts, isSignInWindow } from "./os";
import { element, say, show } from "./page";
import { PollCard } from "./pollCard";

const NIGHT = "#0B1020";

const systemWord = (facts: DeviceFacts): string => {
  if (facts.os_name === "unknown") return words("os.unknown");
  return facts.os_name === "other" ? words("os.other") : facts.os_name;
};

/** The word under the shape: the fact that the scene colours by, so that the wall's legend can be found again. */
function factWord(model: Model): string {
  const { facts, shown } = model;
  if (shown?.by === "form") return words(`form.${facts.form}` as Key);
  if (shown?.by === "theme") return words(`theme.${facts.theme}` as Key);
  if (shown?.by === "browser") return facts.browser;
  if (shown?.by === "language") return languageName(model.language);
  return systemWord(facts);
}

function languageName(code: string): string {
  try {
    return new Intl.DisplayNames([language], { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}

const statusKeys: Record<LinkState, Key> = {
  joining: "phone.joining",
  connecting: "phone.connecting",
  connected: "phone.connected",
  reconnecting: "phone.reconnecting",
  offline: "phone.offline",
  away: "phone.away",
  left: "phone.left",
  refused: "phone.refused",
  parked: "phone.parked",
  outside: "phone.outside",
};

export interface Taps {
  answer: Give;
  /** Room time. */
  now(): number;
  correct(name: string): void;
  /** "Use this tab", "Try again" or "Join again". */
  act(): void;
  forget(): void;
}

export class View {
  private readonly status = element<HTMLElement>("status");
  private readonly hint = element<HTMLElement>("hint");
  private readonly card: PollCard;

  constructor(
    private readonly room: string,
    private readonly taps: Taps,
  ) {
    document.documentElement.lang = language;
    document.body.classList.add("awake");
    document.title = words("phone.title", { room });
    say(element("room"), room);
    say(element("you-label"), words("phone.you"));
    say(element("other-code"), words("phone.otherCode"));
    say(element("wrong-label"), words("phone.wrongLabel"));
    say(element("wrong-summary"), words("phone.wrong"));
    this.offerSystems();
    this.offerLanguage();
    say(element("forget-summary"), words("phone.forget"));
    say(element("forget-hint"), words("phone.forgetHint"));
    say(element("forget-yes"), words("phone.forget"));
    element("forget-yes").addEventListener("click", () => taps.forget());
    element("act").addEventListener("click", () => taps.act());
    this.card = new PollCard(taps.answer, taps.now);
  }

  private offerLanguage(): void {
    const other = language === "en" ? "fr" : "en";
    const button = element<HTMLButtonElement>("language");
    button.lang = other;
    say(button, words("phone.language"));
    button.addEventListener("click", () => switchTo(other));
  }

  private offerSystems(): void {
    const select = element<HTMLSelectElement>("wrong-choice");
    select.add(new Option("…", ""));
    for (const [name] of choosable) select.add(new Option(name === "other" ? words("os.other") : name, name));
    select.addEventListener("change", () => {
      if (select.value !== "") this.taps.correct(select.value);
      element<HTMLDetailsElement>("wrong").open = false;
    });
  }

  /** The whole screen in one colour, or the calm dark of a phone that waits. */
  ground(colour: string | null): void {
    const ground = colour ?? NIGHT;
    const style = document.documentElement.style;
    style.setProperty("--ground", ground);
    style.setProperty("--ink", colour === null ? "#F8FAFC" : inkOn(ground));
    document.body.classList.toggle("lit", colour !== null);
    document.querySelector('meta[name="theme-color"]')?.setAttribute("content", ground);
  }

  link(state: LinkState, reason: string): void {
    document.body.dataset.link = state;
    this.linkState = state;
    this.sayStatus();
    const act = element<HTMLButtonElement>("act");
    const actKeys: Partial<Record<LinkState, Key>> = {
      parked: "phone.useThisTab",
      refused: "phone.retry",
      left: "phone.joinAgain",
      outside: "phone.joinHere",
    };
    const actKey = actKeys[state];
    show(act, actKey !== undefined);
    if (actKey !== undefined) say(act, words(actKey));
    show(element("other-code"), state === "refused" && reason === "no-room");
    this.linkHint = "";
    if (state === "away") this.linkHint = words("phone.awayHint");
    if (state === "left") this.linkHint = words("phone.leftHint");
    if (state === "parked") this.linkHint = words("phone.parkedHint");
    if (state === "outside") this.linkHint = this.windowHint();
    if (state === "refused") {
      this.linkHint = reason === "no-room" ? words("phone.noRoom", { room: this.room }) : reason;
    }
    say(this.hint, this.linkHint);
  }

  private linkHint = "";
  private linkState: LinkState = "joining";
  private presenterAway = false;

  /** One word, so that who looks or listens knows at once. */
  private sayStatus(): void {
    const alone = this.linkState === "connected" && this.presenterAway;
    say(this.status, words(alone ? "phone.alone" : statusKeys[this.linkState]));
  }

  draw(model: Model): void {
    const { facts, desired, slot } = model;
    if (this.presenterAway !== model.presenterAway) {
      this.presenterAway = model.presenterAway;
      this.sayStatus();
    }
    element<SVGPathElement>("outline").setAttribute("d", shapeOf(facts.os).path);
    say(element("word"), factWord(model));
    say(element("slot"), slot === null ? "" : number(slot));
    show(element("you"), slot !== null);
    show(element("wrong"), slot !== null && !desired.removed);
    show(element("shadow"), slot !== null);
    show(element("forget"), slot !== null);
    say(element("in-app"), this.linkState === "outside" ? "" : this.browserHint(facts));
    say(this.hint, this.hintFor(model));
    const text = desired.message ?? model.notice ?? "";
    show(element("message"), text !== "" && !desired.removed);
    say(element("message"), unbroken(text));
    document.body.classList.toggle("removed", desired.removed);
    document.body.classList.toggle("blank", model.shown?.blank === true && desired.color === null);
    this.card.draw(model, document.body.dataset.link === "connected");
  }

  /** Whether the presenter points at this phone: it blinks, at most three times a second. */
  pointOut(on: boolean): void {
    if (document.body.classList.contains("pointed") === on) return;
    document.body.classList.toggle("pointed", on);
    say(element("spoken"), on ? words("phone.pointedOut") : "");
  }

  private windowHint(): string {
    return words("phone.captive", { address: `${location.host}${location.pathname}` });
  }

  private browserHint(facts: DeviceFacts): string {
    if (isSignInWindow(navigator.userAgent)) return this.windowHint();
    return facts.inApp ? words("phone.inApp", { app: facts.browser }) : "";
  }

  /** The room could not be told; the person is. */
  forgetFailed(): void {
    say(element("forget-hint"), words("phone.forgetFailed"));
  }

  private hintFor(model: Model): string {
    if (this.linkHint !== "") return this.linkHint;
    if (model.desired.removed) return words("phone.removed");
    if (model.shown?.blank && model.desired.color === null) return words("phone.blank");
    const idle =
      !model.shown?.by && !model.shown?.color && !model.shown?.wave && model.desired.color === null;
    return idle && model.poll === null && model.slot !== null ? words("phone.waiting") : "";
  }
}
