/** Shares of a result as lengths and words. Pure. */

import type { Poll } from "../../feed/wire";
import { labelsOf, sharesOf } from "../../room/poll";
import { NO_SHARE, type Share } from "../../room/shares";

export interface Bar {
  label: string;
  /** null: not revealed. */
  count: number | null;
  /** Of the answers, or of the people who gave several. */
  share: Share;
  leading: boolean;
  right: boolean;
}

/** The bars of a poll in the order of its options. */
export function barsOf(poll: Poll): Bar[] {
  const results = poll.state === "revealed" ? (poll.results ?? {}) : null;
  const labels = labelsOf(poll, results ?? {});
  const counts = labels.map((label) => results?.[label] ?? 0);
  const parts = sharesOf(poll, counts);
  const most = Math.max(0, ...counts);
  return labels.map((label, index) => {
    const count = counts[index] ?? 0;
    return {
      label,
      count: results === null ? null : count,
      share: parts[index] ?? NO_SHARE,
      leading: results !== null && most > 0 && count === most,
      right: poll.right?.includes(label) ?? false,
    };
  });
}
