/** One phone: what comes in goes through the model, what the model says goes out and onto the screen. */

import type { PollMessage, Scene } from "../feed/wire";
import { CHANGE_SPACING_MS, spreadOf, untilWaveChange, waveOf } from "../room/scene";
import { browserLanguage } from "../text/language";
import { type Answer, takesAnswers } from "./answer";
import { arrived, Ballots } from "./ballots";
import { type ClockSample, delayOf, offsetOf, remember, sample, waitFor } from "./clock";
import { readHints } from "./facts";
import { forgetToken, inFragment, keepToken, readToken, recall, store } from "./identity";
import { type Joined, type JoinRequest, leave, roomTime } from "./join";
import { Link, type LinkOwner, type LinkState } from "./link";
import * as rules from "./model";
import type { Connection } from "./mqtt";
import { corrected, detect, isSignInWindow } from "./os";
import { OwnShadow } from "./ownShadow";
import { Tab } from "./tab";
import * as topics from "./topics";
import { View } from "./view";

const CORRECTION = "shadowroom.os";
/** A report that the service refused is sent again, no more often than this. */
const REPORT_AGAIN_MS = 5_000;
/** Longer than the room lets a phone blink that is pointed out. */
const POINT_MS = 10_000;

/** What an MQTT payload says, or an empty object when it is no JSON object. */
function parsed(payload: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(payload);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

export class Phone implements LinkOwner {
  private model: rules.Model;
  private samples: ClockSample[] = [];
  private readonly link: Link;
  private readonly tab: Tab;
  private readonly view: View;
  private readonly ballots: Ballots;
  private readonly own: OwnShadow;
  private parked = false;
  private insists = false;
  private painted: string | null = null;
  private paintedAt = 0;
  private repaintTimer: ReturnType<typeof setTimeout> | undefined;
  private sceneTimer: ReturnType<typeof setTimeout> | undefined;
  private pointTimer: ReturnType<typeof setTimeout> | undefined;
  private reported = "";
  private reportTimer: ReturnType<typeof setTimeout> | undefined;
  private reportedScene: number | null = null;
  /** What the timer will report. */
  private reportDue: string | null = null;
  private refusedAt = 0;

  constructor(private readonly room: string) {
    const facts = corrected(detect(readHints()), recall(CORRECTION));
    this.model = rules.begin(room, facts, browserLanguage);
    this.ballots = new Ballots(room);
    this.link = new Link(room, this);
    this.tab = new Tab(room, () => this.park());
    this.view = new View(room, {
      answer: (answer) => this.answer(answer),
      now: () => this.roomNow(),
      correct: (name) => this.correct(name),
      act: () => {
        this.insists = true;
        this.start();
      },
      forget: () => void this.forget(),
    });
    this.own = new OwnShadow(() => this.askForShadows());
    const { pending } = this.ballots;
    if (pending !== null) this.model = { ...this.model, answers: { [pending.poll]: pending.answer } };
  }

  start(): void {
    // A window that will close and forget takes no place in the room, unless the person says so.
    if (!this.insists && isSignInWindow(navigator.userAgent)) return this.link.stop("outside");
    this.parked = false;
    this.tab.claim();
    this.view.draw(this.model);
    this.link.start();
  }

  roomNow(): number {
    return Date.now() + offsetOf(this.samples);
  }

  // The person.

  private answer(answer: Answer): void {
    const next = rules.withAnswer(this.model, answer);
    if (next === this.model || next.poll === null || !takesAnswers(next.poll, this.roomNow())) return;
    const { id, question, kind } = next.poll;
    const timing = { at: Math.round(this.roomNow()), delay: Math.round(delayOf(this.samples)) };
    const pending = { poll: id, question, answer };
    this.ballots.cast(kind === "quiz" ? { ...pending, timing } : pending, Date.now());
    this.become(next);
    this.sendBallot();
  }

  private correct(name: string): void {
    store(CORRECTION, name);
    this.become({ ...this.model, facts: corrected(this.model.facts, name) });
    this.reportAll();
    this.repaint();
  }

  /** Out of the room for good, and nothing of it stays in this browser. */
  private async forget(): Promise<void> {
    const token = readToken(this.room);
    // Silence first: what is said after leaving would make the shadow anew.
    this.link.forget();
    try {
      if (token !== null) await leave(this.room, token);
    } catch {
      this.link.start();
      return this.view.forgetFailed();
    }
    forgetToken(this.room);
    store(CORRECTION, null);
    this.ballots.settle();
    this.tab.forget();
    clearTimeout(this.sceneTimer);
    this.samples = [];
    this.model = rules.begin(this.room, detect(readHints()), browserLanguage);
    this.view.draw(this.model);
    this.repaint();
  }

  // The page.

  shown(): void {
    this.setVisible(true);
    if (this.parked) return this.start();
    this.link.wake();
    void this.measureClock(Math.random() * 500);
    this.scheduleScene();
    this.repaint();
  }

  hidden(): void {
    this.setVisible(false);
  }

  /** The network is back, or the clock jumped. */
  woken(): void {
    if (!this.parked) this.link.wake();
  }

  tick(): void {
    const now = Date.now();
    this.link.tick();
    if (this.ballots.dueAgain(now)) this.sendBallot();
    if (this.ballots.overdue(now) && this.model.ballot === "sending") {
      this.become({ ...this.model, ballot: "failed" });
    }
    if (this.refusedAt > 0 && now - this.refusedAt > REPORT_AGAIN_MS) this.reportAll();
  }

  private setVisible(visible: boolean): void {
    if (this.model.visible === visible) return;
    this.model = { ...this.model, visible };
    this.report({ visible });
  }

  private park(): void {
    this.parked = true;
    this.link.stop("parked");
  }

  // The link.

  request(): JoinRequest {
    const { os, os_name, os_evidence, form, browser, theme } = this.model.facts;
    const request: JoinRequest = {
      os,
      os_name,
      os_evidence,
      form,
      browser,
      theme,
      lang: this.model.language,
    };
    const token = readToken(this.room);
    const code = new URLSearchParams(location.search).get("code") ?? inFragment(location.hash, "code");
    if (token !== null) request.token = token;
    if (code !== null) request.code = code;
    return request;
  }

  joined(answer: Joined, sentAt: number, receivedAt: number): void {
    const known = readToken(this.room);
    // The room was started anew: what was known of the phone in the old one is over.
    if (known !== null && known !== answer.token) this.beginAnew();
    keepToken(this.room, answer.token);
    this.samples = remember(this.samples, sample(answer.room_time, sentAt, receivedAt));
    let next: rules.Model = { ...this.model, slot: answer.slot };
    next = rules.withScene(next, answer.scene, true);
    next = rules.withPoll(next, answer.poll, true);
    this.become(this.resumeBallot(next));
    this.scheduleScene();
  }

  private beginAnew(): void {
    const { facts, language, visible } = this.model;
    this.ballots.settle();
    this.reported = "";
    this.model = { ...rules.begin(this.room, facts, language), visible };
  }

  connected(connection: Connection, thing: string): void {
    this.reportAll();
    const get = JSON.stringify({ clientToken: "resume" });
    connection.publish(`${topics.classic(thing)}/get`, get).catch(() => undefined);
    if (this.model.poll !== null || this.ballots.pending !== null) this.askForBallot();
    this.sendBallot();
    this.own.asked();
    void this.measureClock(200 + Math.random() * 2_000);
  }

  state(state: LinkState, reason: string): void {
    this.view.link(state, reason);
    if (state !== "refused" && state !== "parked") this.view.draw(this.model);
  }

  message(topic: string, payload: string, authoritative: boolean): void {
    const thing = this.link.thing;
    const content = parsed(payload);
    if (topic === topics.scene(this.room)) return this.heardScene(content as unknown as Scene, authoritative);
    if (topic === topics.poll(this.room))
      return this.heardPoll(content as unknown as PollMessage, authoritative);
    if (topic === topics.notice(this.room)) {
      const notice = typeof content.text === "string" ? content.text : null;
      return this.become({ ...this.model, notice, presenterAway: content.presenter === false });
    }
    if (thing === null) return;
    const own = topics.classic(thing);
    const ballot = topics.ballot(thing);
    if (topic.startsWith(`${ballot}/`)) return this.heardBallot(topic.slice(ballot.length + 1), content);
    if (topic.startsWith(`${own}/`)) return this.heardOwn(topic.slice(own.length + 1), content);
  }

  private heardScene(scene: Scene, authoritative: boolean): void {
    this.become(rules.withScene(this.model, scene, authoritative));
    this.scheduleScene();
  }

  private heardPoll(message: PollMessage, authoritative: boolean): void {
    this.become(this.resumeBallot(rules.withPoll(this.model, message, authoritative)));
  }

  private heardOwn(what: string, content: Record<string, unknown>): void {
    this.own.heard("classic", what, content);
    if (what === "update/rejected") this.refusedAt = Date.now();
    if (what === "update/delta") this.become(rules.withDelta(this.model, content));
    if (what === "get/accepted") this.become(rules.withOwnShadow(this.model, content));
    this.repaint();
  }

  private heardBallot(what: string, content: Record<string, unknown>): void {
    this.own.heard("ballot", what, content);
    if (what === "update/rejected") return this.become({ ...this.model, ballot: "failed" });
    if (what === "get/rejected") return this.judge(null);
    if (what !== "update/accepted" && what !== "get/accepted") return;
    const state = content.state as { reported?: unknown } | null | undefined;
    const next = rules.withBallot(this.model, state?.reported);
    if (next !== this.model && !rules.isOnItsWay(next)) this.ballots.settle();
    this.become(next);
    if (what === "get/accepted") this.judge(state?.reported);
  }

  // Out.

  private become(next: rules.Model): void {
    if (next === this.model) return;
    this.model = next;
    this.view.draw(next);
    this.own.draw(next.poll?.id ?? null);
    this.pointOut();
  }

  /** Blinks for as long as the presenter points at this phone; the clocks may differ, so never for long. */
  private pointOut(): void {
    clearTimeout(this.pointTimer);
    const left = Math.min((this.model.desired.highlight ?? 0) - this.roomNow(), POINT_MS);
    this.view.pointOut(left > 0);
    if (left > 0) this.pointTimer = setTimeout(() => this.pointOut(), left);
  }

  private askForShadows(): void {
    const thing = this.link.thing;
    const connection = this.link.live;
    if (thing === null || connection === null) return;
    const get = JSON.stringify({ clientToken: "look" });
    for (const shadow of [topics.classic(thing), topics.ballot(thing)]) {
      connection.publish(`${shadow}/get`, get).catch(() => undefined);
    }
  }

  /** An answer that was given before a reload or without a network is still on its way. */
  private resumeBallot(model: rules.Model): rules.Model {
    const { pending } = this.ballots;
    if (pending === null) return model;
    if (model.poll?.id !== pending.poll) {
      // Whether it came in time, and only the word of it was lost, the shadow knows.
      this.askForBallot();
      return model;
    }
    return model.ballot === "none" ? { ...model, ballot: "sending" } : model;
  }

  /** What the shadow holds says whether an answer to an earlier question is there or came too late. */
  private judge(reported: unknown): void {
    const { pending } = this.ballots;
    if (pending === null || pending.poll === this.model.poll?.id) return;
    this.ballots.settle();
    const missed = { question: pending.question, unsure: arrived(pending, reported) };
    this.become({ ...this.model, missed });
  }

  private askForBallot(): void {
    const { thing, live } = this.link;
    if (thing === null || live === null) return;
    live
      .publish(`${topics.ballot(thing)}/get`, JSON.stringify({ clientToken: "resume" }))
      .catch(() => undefined);
  }

  private sendBallot(): void {
    const thing = this.link.thing;
    const update = this.ballots.update();
    const connection = this.link.live;
    const { poll } = this.model;
    if (thing === null || update === null || connection === null || poll === null) return;
    if (poll.id !== this.ballots.pending?.poll || !takesAnswers(poll, this.roomNow())) return;
    this.ballots.sent(Date.now());
    connection.publish(`${topics.ballot(thing)}/update`, update).catch(() => undefined);
  }

  private report(reported: Record<string, unknown>): void {
    const thing = this.link.thing;
    const connection = this.link.live;
    if (thing === null || connection === null) return;
    connection
      .publish(`${topics.classic(thing)}/update`, JSON.stringify({ state: { reported } }))
      .then(() => this.own.changed())
      .catch(() => undefined);
  }

  private reportAll(): void {
    this.refusedAt = 0;
    this.takenAsReported();
    this.report(rules.fullReport(this.model, this.roomNow()));
  }

  /** What makes a new report due. A wave's colour is worked out by everyone from the clock, so it is not in it. */
  private reportKey(): string {
    const { scene, color, message, removed, highlight } = rules.shownReport(this.model, this.roomNow());
    const inWave = waveOf(this.model.shown) !== null && this.model.desired.color === null;
    return JSON.stringify([scene, inWave ? "wave" : color, message, removed, highlight]);
  }

  // The screen.

  private scheduleScene(): void {
    clearTimeout(this.sceneTimer);
    if (this.model.scene === this.model.shown) return;
    const wait = waitFor(this.model.scene?.at, this.roomNow());
    if (wait > 0) {
      this.sceneTimer = setTimeout(() => this.showScene(), wait);
    } else {
      this.showScene();
    }
  }

  private showScene(): void {
    this.become(rules.withSceneShown(this.model));
    this.repaint();
  }

  /** Shows the colour of this moment, no sooner after the last change than eyes can bear, then reports it. */
  private repaint(): void {
    clearTimeout(this.repaintTimer);
    const roomNow = this.roomNow();
    const next = rules.shownColour(this.model, roomNow);
    if (next !== this.painted) {
      const wait = this.paintedAt + CHANGE_SPACING_MS - Date.now();
      if (wait > 0 && wait <= CHANGE_SPACING_MS) {
        this.repaintTimer = setTimeout(() => this.repaint(), wait);
        return;
      }
      this.painted = next;
      this.paintedAt = Date.now();
      this.view.ground(next);
    }
    this.reportShown();
    const wave = waveOf(this.model.shown);
    if (wave !== null && this.model.desired.color === null && this.model.visible) {
      const since = roomNow - (this.model.shown?.at ?? 0);
      this.repaintTimer = setTimeout(
        () => this.repaint(),
        untilWaveChange(wave, this.model.slot ?? 0, since),
      );
    }
  }

  /** Reports what is shown; a new scene after a time of this phone's own, when the room asks for that. */
  private reportShown(): void {
    const key = this.reportKey();
    if (key === this.reported || key === this.reportDue || this.link.live === null) return;
    const { shown } = this.model;
    const spread = shown !== null && shown.version !== this.reportedScene ? spreadOf(shown) : 0;
    if (spread === 0) return this.reportNow();
    this.reportedScene = shown?.version ?? null;
    this.reportDue = key;
    clearTimeout(this.reportTimer);
    this.reportTimer = setTimeout(() => this.reportNow(), Math.random() * spread);
  }

  private reportNow(): void {
    if (this.reportKey() === this.reported || this.link.live === null) return;
    this.takenAsReported();
    this.report(rules.shownReport(this.model, this.roomNow()));
  }

  private takenAsReported(): void {
    clearTimeout(this.reportTimer);
    this.reportDue = null;
    this.reported = this.reportKey();
    this.reportedScene = this.model.shown?.version ?? null;
  }

  private async measureClock(afterMs: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    try {
      const sentAt = Date.now();
      const now = await roomTime();
      this.samples = remember(this.samples, sample(now, sentAt, Date.now()));
      this.scheduleScene();
    } catch {
      // The next connection measures again.
    }
  }
}
