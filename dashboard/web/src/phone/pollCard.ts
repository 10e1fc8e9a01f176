/** The question on the phone: its words, its controls, the time that is left, and what became of the answer. */

import type { Poll } from "../feed/wire";
import { asksFor } from "../room/poll";
import { number, unbroken } from "../text/language";
import { valueName } from "../ui/names";
import { takesAnswers } from "./answer";
import { Choices } from "./choices";
import type { Control, Give } from "./controls";
import { answerOf, type Model, reportedFacts } from "./model";
import { element, make, say, show } from "./page";
import { spoken } from "./spoken";
import { fate, inShort, isWritten, regret, standing } from "./verdict";
import { tell } from "./words";
import { writingFor } from "./writing";

/** How often the time that is left is looked at, ms: a second that is shown is never wrong by more. */
const LOOK_MS = 250;
/** Words and texts that a phone lists; the wall has them all. */
const MOST_LISTED = 20;

export class PollCard {
  private control: Control | null = null;
  private drawn = "";
  private before: Model | null = null;
  private timer: ReturnType<typeof setInterval> | undefined;
  private readonly controls = element<HTMLElement>("controls");

  constructor(
    private readonly give: Give,
    private readonly now: () => number,
  ) {
    element("ballot-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.control?.submit?.();
    });
  }

  draw(model: Model, live: boolean): void {
    const { poll } = model;
    const visible = poll !== null && !model.desired.removed;
    show(element("poll"), visible);
    document.body.classList.toggle("asked", visible);
    say(element("missed"), model.missed === null ? "" : regret(model.missed));
    this.speak(model);
    clearInterval(this.timer);
    if (poll === null) return;
    this.layOut(poll);
    this.fill(model, poll, live);
    if (poll.closes_at != null && takesAnswers(poll, this.now())) {
      this.timer = setInterval(() => this.fill(model, poll, live), LOOK_MS);
    }
  }

  private speak(model: Model): void {
    const sentence = this.before === null ? null : spoken(this.before, model);
    this.before = model;
    if (sentence !== null) element("spoken").textContent = sentence;
  }

  /** The controls, made anew only when the question is another: nobody loses what is typed. */
  private layOut(poll: Poll): void {
    const counted = asksFor(poll) === "nothing" ? Object.keys(poll.results ?? {}) : [];
    const drawn = JSON.stringify([poll.id, poll.kind, poll.question, poll.options, counted]);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    say(element("question"), unbroken(poll.question));
    this.control = writingFor(poll, this.give) ?? new Choices(poll, this.give);
    this.controls.textContent = "";
    this.controls.append(this.control.body);
    const anonymous = isWritten(poll) ? "anonymousText" : "anonymous";
    say(element("anonymous"), tell(poll.anonymous ? anonymous : "notAnonymous"));
  }

  private fill(model: Model, poll: Poll, live: boolean): void {
    const now = this.now();
    const open = takesAnswers(poll, now);
    element("poll").className = `card poll ${open ? "open" : poll.state === "open" ? "locked" : poll.state}`;
    const value = factOf(model, poll);
    this.control?.fill(poll, value === null ? answerOf(model) : { choice: [value] }, open);
    const left = open && poll.closes_at != null ? Math.ceil((poll.closes_at - now) / 1_000) : null;
    say(element("left"), left === null ? "" : tell("seconds", { n: number(left) }));
    const ballot = element("ballot");
    say(ballot, fate(model, poll, live, now));
    ballot.className = open ? model.ballot : "";
    this.fillOutcome(model, poll);
  }

  private fillOutcome(model: Model, poll: Poll): void {
    const outcome = element("outcome");
    const value = factOf(model, poll);
    const lines = value === null ? [] : [tell("fact", { value: valueName(poll.fact, value) })];
    if (poll.state === "revealed") lines.push(...linesOf(model, poll));
    const told = lines.join("\n");
    if (outcome.getAttribute("data-told") === told) return;
    outcome.setAttribute("data-told", told);
    outcome.textContent = "";
    for (const line of lines) outcome.append(make("li", { dir: "auto" }, unbroken(line)));
  }
}

/** What this phone is counted as when devices are asked and not people. */
const factOf = (model: Model, poll: Poll): string | null =>
  poll.fact == null ? null : String(reportedFacts(model)[poll.fact]);

/** The results that are no shares of options, in lines. */
function linesOf(model: Model, poll: Poll): string[] {
  const lines = standing(model);
  if (poll.summary) lines.push(inShort(poll.summary, poll.unit ?? ""));
  if (poll.kind === "wordcloud") {
    const words = Object.entries(poll.results ?? {}).slice(0, MOST_LISTED);
    lines.push(...words.map(([word, count]) => `${word} · ${number(count)}`));
  }
  if (poll.kind === "text") {
    lines.push(...(poll.entries ?? []).slice(0, MOST_LISTED).map((entry) => entry.text));
  }
  const best = poll.leaderboard_top ?? [];
  if (best.length > 0) lines.push(tell("leaders"));
  for (const { rank, slot, score } of best.slice(0, 5)) {
    const points = tell("points", { n: number(score) });
    lines.push(`${number(rank)}. ${tell("phone", { slot: number(slot) })} · ${points}`);
  }
  return lines;
}
