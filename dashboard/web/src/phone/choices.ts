/** Options to tap: one, many, or a number on a scale; after the reveal each with its share. */

import type { Poll } from "../feed/wire";
import { asksFor, labelsOf, letter, optionClass, optionShape, sharesOf } from "../room/poll";
import { NO_SHARE } from "../room/shares";
import { number, percent, unbroken } from "../text/language";
import { valueName } from "../ui/names";
import type { Answer } from "./answer";
import type { Control, Give } from "./controls";
import { drawing, make, say, silent } from "./page";
import { tell } from "./words";

interface Row {
  value: string;
  label: HTMLLabelElement;
  input: HTMLInputElement;
  result: HTMLElement;
  share: HTMLElement;
}

export class Choices implements Control {
  readonly body = make("div", {});
  private readonly rows: Row[];
  private readonly many: boolean;
  private readonly numbers: boolean;
  private readonly most: number;

  constructor(
    poll: Poll,
    private readonly give: Give,
  ) {
    const asks = asksFor(poll);
    this.many = asks === "many";
    this.numbers = asks === "scale";
    this.most = this.many ? (poll.max_choices ?? poll.options.length) : 1;
    const values = labelsOf(poll, poll.results ?? {});
    this.rows = values.map((value, index) => this.row(poll, value, index));
    if (this.numbers) this.body.className = "scale";
    this.body.append(...this.rows.map((row) => row.label));
    if (this.numbers && poll.labels) this.nameEnds(poll.labels);
  }

  fill(poll: Poll, answer: Answer, open: boolean): void {
    const chosen = this.numbers ? [String(answer.number)] : (answer.choice ?? []);
    const results = poll.state === "revealed" ? poll.results : null;
    const counts = this.rows.map((row) => results?.[row.value] ?? 0);
    const parts = sharesOf(poll, counts);
    this.rows.forEach((row, index) => {
      const mine = chosen.includes(row.value);
      row.input.checked = mine;
      row.input.disabled = !open || (!mine && this.many && chosen.length >= this.most);
      row.label.classList.toggle("mine", mine);
      const right = poll.right?.includes(row.value) ?? false;
      row.label.classList.toggle("right", right);
      const count = number(counts[index] ?? 0);
      const part = this.numbers ? count : `${count}\u00a0·\u00a0${percent(parts[index] ?? NO_SHARE)}`;
      say(row.result, results == null ? "" : `${right ? `✓ ${tell("right")}\n` : ""}${part}`);
      row.share.style.width = `${results == null ? 0 : (parts[index] ?? NO_SHARE).percent}%`;
    });
  }

  private row(poll: Poll, value: string, index: number): Row {
    const idle = asksFor(poll) === "nothing";
    const input = make("input", { type: this.many ? "checkbox" : "radio", name: "choice", value });
    // Not "change": a second tap on the same answer sends it again.
    input.addEventListener("click", () => this.tapped());
    const share = make("span", { className: "share" });
    const result = make("span", { className: "result" });
    const label = make("label", { className: "option" }, share);
    if (!idle) label.prepend(input);
    if (!this.numbers && !idle) {
      const mark = make("span", { className: "letter" }, drawing(optionShape(index), optionClass(index)));
      mark.append(letter(index));
      label.append(silent(mark));
    }
    // An option that is nothing but its letter is seen once, and heard.
    const className = value === letter(index) ? "visually-hidden" : "text";
    label.append(make("span", { className, dir: "auto" }, unbroken(valueName(poll.fact, value))), result);
    return { value, label, input, result, share };
  }

  private nameEnds(labels: readonly string[]): void {
    const [first, last] = [this.rows[0], this.rows[this.rows.length - 1]];
    const names = make("p", { className: "ends small" });
    for (const [row, name] of [
      [first, labels[0]],
      [last, labels[labels.length - 1]],
    ] as const) {
      if (row === undefined || name === undefined) continue;
      names.append(silent(make("span", { dir: "auto" }, unbroken(name))));
      row.input.setAttribute("aria-label", `${row.value} (${name})`);
    }
    this.body.append(names);
  }

  private tapped(): void {
    const chosen = this.rows.filter((row) => row.input.checked).map((row) => row.value);
    if (this.numbers) this.give({ number: Number(chosen[0]) });
    else this.give(chosen.length > 0 ? { choice: chosen } : {});
  }
}
