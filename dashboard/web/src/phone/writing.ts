/** Answers that are written: a number, some words, a text, questions with votes for those of others. */

import type { Entry, Poll } from "../feed/wire";
import { asksFor } from "../room/poll";
import { number } from "../text/language";
import type { Answer } from "./answer";
import type { Control, Give } from "./controls";
import { make, show, silent } from "./page";
import { tell } from "./words";

/** Characters and questions when the room does not say. */
const TEXT_MAX = 280;
const QUESTIONS_MAX = 3;

/** A form with one button; what is typed is not overwritten by what the shadow says. */
abstract class Form implements Control {
  readonly body = make("div", { className: "writing" });
  protected readonly button = make("button", { type: "submit", className: "send" }, tell("send"));
  private filled = "";

  abstract read(): Answer | null;
  protected abstract write(answer: Answer): void;

  constructor(protected readonly give: Give) {}

  submit(): void {
    const answer = this.read();
    if (answer !== null) this.give(answer);
  }

  fill(poll: Poll, answer: Answer, open: boolean): void {
    const told = JSON.stringify(answer);
    if (told !== this.filled) this.write(answer);
    this.filled = told;
    // Who wrote nothing has nothing to see here any more but the results.
    show(this.body, poll.state !== "revealed" || Object.keys(answer).length > 0);
    for (const field of Array.from(this.body.querySelectorAll("input, textarea, button"))) {
      (field as HTMLInputElement).disabled = !open;
    }
  }
}

export class NumberForm extends Form {
  private readonly input = make("input", {
    type: "number",
    step: "any",
    inputMode: "decimal",
    required: true,
  });
  private readonly range: HTMLInputElement | null = null;

  constructor(poll: Poll, give: Give) {
    super(give);
    this.input.setAttribute("aria-label", `${tell("yours")} ${poll.unit ?? ""}`.trim());
    const line = make(
      "div",
      { className: "line" },
      this.input,
      make("span", { className: "unit" }, poll.unit ?? ""),
    );
    this.body.append(line);
    const { min, max } = poll;
    if (min != null) this.input.min = String(min);
    if (max != null) this.input.max = String(max);
    if (min != null && max != null) {
      // The slider is a second way in; the number beside it is the one that counts.
      const range = make("input", { type: "range", min: String(min), max: String(max), step: "any" });
      range.setAttribute("aria-label", tell("yours"));
      const fine = max - min <= 1 ? 100 : 1;
      range.addEventListener("input", () => {
        this.input.value = String(Math.round(Number(range.value) * fine) / fine);
      });
      this.input.addEventListener("input", () => {
        range.value = this.input.value;
      });
      this.range = range;
      this.body.append(range);
    }
    this.body.append(this.button);
  }

  read(): Answer | null {
    const value = this.input.valueAsNumber;
    return Number.isFinite(value) ? { number: value } : null;
  }

  protected write({ number: value }: Answer): void {
    if (value === undefined) return;
    this.input.value = String(value);
    if (this.range !== null) this.range.value = String(value);
  }
}

export class WordsForm extends Form {
  private readonly inputs: HTMLInputElement[];

  constructor(poll: Poll, give: Give) {
    super(give);
    this.inputs = Array.from({ length: poll.max_words ?? 1 }, (_, index) => {
      const input = make("input", {
        type: "text",
        maxLength: poll.max_chars ?? TEXT_MAX,
        autocomplete: "off",
      });
      input.setAttribute("aria-label", tell("word", { n: number(index + 1) }));
      return input;
    });
    this.body.append(...this.inputs, this.button);
  }

  read(): Answer {
    const words = this.inputs.map((input) => input.value.trim()).filter((word) => word !== "");
    return words.length > 0 ? { words } : {};
  }

  protected write({ words = [] }: Answer): void {
    this.inputs.forEach((input, index) => {
      input.value = words[index] ?? "";
    });
  }
}

function textArea(poll: Poll, label: string): HTMLTextAreaElement {
  const area = make("textarea", { rows: 3, maxLength: poll.max_chars ?? TEXT_MAX });
  area.setAttribute("aria-label", label);
  return area;
}

export class TextForm extends Form {
  private readonly area: HTMLTextAreaElement;

  constructor(poll: Poll, give: Give) {
    super(give);
    this.area = textArea(poll, tell("yours"));
    this.body.append(this.area, this.button);
  }

  read(): Answer {
    const text = this.area.value.trim();
    return text === "" ? {} : { text };
  }

  protected write({ text }: Answer): void {
    this.area.value = text ?? "";
  }
}

export class QuestionsForm extends Form {
  private readonly area: HTMLTextAreaElement;
  private readonly mine = make("ul", { className: "mine-list" });
  private readonly others = make("div", {});
  private answer: Answer = {};
  private listed = "";
  private readonly most: number;

  constructor(poll: Poll, give: Give) {
    super(give);
    this.most = poll.max_questions ?? QUESTIONS_MAX;
    this.area = textArea(poll, tell("yourQuestion"));
    this.body.append(this.area, this.button, this.mine, this.others);
  }

  read(): Answer | null {
    const text = this.area.value.trim();
    const { questions = [] } = this.answer;
    if (text === "" || questions.includes(text) || questions.length >= this.most) return null;
    this.area.value = "";
    return { ...this.answer, questions: [...questions, text] };
  }

  protected write(answer: Answer): void {
    this.answer = answer;
    const questions = answer.questions ?? [];
    this.mine.textContent = "";
    if (questions.length > 0) this.mine.append(make("li", { className: "small" }, tell("asked")));
    for (const text of questions) this.mine.append(make("li", {}, text));
  }

  override fill(poll: Poll, answer: Answer, open: boolean): void {
    this.list(poll.entries ?? [], answer.upvotes ?? []);
    super.fill(poll, answer, open);
    show(this.body, true);
    show(this.area, open);
    this.area.disabled = !open || (answer.questions?.length ?? 0) >= this.most;
  }

  /** The questions that are shown, each with a button to vote for it. */
  private list(entries: readonly Entry[], mine: readonly string[]): void {
    const told = JSON.stringify([entries, mine]);
    if (told === this.listed) return;
    this.listed = told;
    const focused = document.activeElement?.getAttribute("data-entry");
    this.others.textContent = "";
    if (entries.length === 0) this.others.append(make("p", { className: "small" }, tell("noQuestions")));
    for (const entry of entries) this.others.append(this.entryRow(entry, mine.includes(entry.id)));
    if (focused) (this.others.querySelector(`[data-entry="${focused}"]`) as HTMLElement | null)?.focus();
  }

  private entryRow(entry: Entry, voted: boolean): HTMLElement {
    // How many voted is not told before the reveal, so that nobody follows the crowd.
    const count = entry.votes == null ? "" : ` ${number(entry.votes)}`;
    const label = make("span", { className: "visually-hidden" }, `${tell("upvote")}: ${entry.text}`);
    const arrow = silent(make("span", {}, "▲"));
    const button = make("button", { type: "button", className: "upvote" }, arrow, count, label);
    button.setAttribute("aria-pressed", String(voted));
    button.dataset.entry = entry.id;
    button.addEventListener("click", () => {
      const { upvotes = [] } = this.answer;
      const others = upvotes.filter((id) => id !== entry.id);
      this.give(tidy({ ...this.answer, upvotes: voted ? others : [...others, entry.id] }));
    });
    return make("div", { className: "entry" }, make("span", { className: "text" }, entry.text), button);
  }
}

/** Without lists that are empty. */
function tidy(answer: Answer): Answer {
  const next = { ...answer };
  if (next.upvotes?.length === 0) delete next.upvotes;
  if (next.questions?.length === 0) delete next.questions;
  return next;
}

/** The form for a kind that is answered in writing, or none. */
export function writingFor(poll: Poll, give: Give): Form | null {
  const asks = asksFor(poll);
  if (asks === "number") return new NumberForm(poll, give);
  if (asks === "words") return new WordsForm(poll, give);
  if (asks === "text") return new TextForm(poll, give);
  return asks === "questions" ? new QuestionsForm(poll, give) : null;
}
