/** What a kind of question puts on the phone. */

import type { Poll } from "../feed/wire";
import type { Answer } from "./answer";

export type Give = (answer: Answer) => void;

export interface Control {
  readonly body: HTMLElement;
  /** Shows the answer, whether it may be changed, and what is known of the results. */
  fill(poll: Poll, answer: Answer, open: boolean): void;
  /** The button of its form. */
  submit?(): void;
}
