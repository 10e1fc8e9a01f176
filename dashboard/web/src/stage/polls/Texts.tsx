/** What was written, pinned first, and questions by their votes: as many as can be read from the last row. */

import type { Entry, Poll } from "../../feed/wire";
import { number, unbroken } from "../../text/language";
import { tell } from "./words";

const MOST_SHOWN = 6;

/** Pinned first; then by votes as far as they are told. The order that came is kept among equals. */
export const ranked = (entries: readonly Entry[]): Entry[] =>
  [...entries].sort(
    (a, b) => Number(b.pinned ?? false) - Number(a.pinned ?? false) || (b.votes ?? 0) - (a.votes ?? 0),
  );

export function Texts(props: { poll: Poll }) {
  const { poll } = props;
  const entries = ranked(poll.entries ?? []);
  const hidden = Math.max(0, entries.length - MOST_SHOWN) + (poll.more ?? 0);
  const voted = poll.kind === "questions" && poll.state === "revealed";
  if (entries.length === 0)
    return <p class="hint">{tell((poll.answered ?? 0) > 0 ? "unread" : "nothingYet")}</p>;
  return (
    <>
      <ul class={`texts ${entries.length > 3 ? "crowded" : ""}`}>
        {entries.slice(0, MOST_SHOWN).map((entry) => (
          <li key={entry.id} class={entry.pinned ? "pinned" : ""}>
            {voted && (
              <b class="votes">
                ▲ {number(entry.votes ?? 0)}
                <span class="visually-hidden"> {tell("votes", { n: number(entry.votes ?? 0) })}</span>
              </b>
            )}
            <span class="text" dir="auto">
              {unbroken(entry.text)}
            </span>
            {entry.pinned && <span class="pin">★ {tell("pinned")}</span>}
          </li>
        ))}
      </ul>
      {hidden > 0 && <p class="answered">{tell("more", { n: number(hidden) })}</p>}
    </>
  );
}
