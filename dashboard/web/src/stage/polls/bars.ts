/** Shares of a result as lengths and words. Pure. */

import type { Poll } from "../../feed/wire";
import { asksFor, labelsOf } from "../../room/poll";

export interface Bar {
  label: string;
  /** null: not revealed. */
  count: number | null;
  /** 0 to 1, of the people who answered. */
  share: number;
  leading: boolean;
  right: boolean;
}

/** The bars of a poll in the order of its options. */
export function barsOf(poll: Poll): Bar[] {
  const results = poll.state === "revealed" ? (poll.results ?? {}) : null;
  const labels = labelsOf(poll, results ?? {});
  const counts = labels.map((label) => results?.[label] ?? 0);
  const taps = counts.reduce((sum, count) => sum + count, 0);
  const whole = asksFor(poll) === "many" ? (poll.answered ?? taps) : taps;
  const most = Math.max(0, ...counts);
  return labels.map((label, index) => {
    const count = counts[index] ?? 0;
    return {
      label,
      count: results === null ? null : count,
      share: whole === 0 ? 0 : count / whole,
      leading: results !== null && most > 0 && count === most,
      right: poll.right?.includes(label) ?? false,
    };
  });
}
