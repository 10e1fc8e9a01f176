/** The list of polls as the presenter sees it. Pure. */

import type { PollMessage } from "../../feed/wire";
import type { PollEvent, PollInfo } from "../api";

/** What can be done with a poll; the first is what usually comes next. */
export const actions: Record<PollInfo["state"], PollEvent[]> = {
  draft: ["open"],
  open: ["lock", "reset"],
  locked: ["reveal", "reopen", "reset"],
  revealed: ["hide", "reset"],
};

/** The list with the feed's live numbers put in: the feed is quicker than asking again. */
export function withLive(polls: PollInfo[], live: PollMessage | null): PollInfo[] {
  const asked = live?.poll;
  if (!asked) return polls;
  return polls.map((poll) => {
    if (poll.id !== asked.poll_id) return poll;
    return {
      ...poll,
      state: asked.state,
      tally: asked.tally ?? poll.tally,
      answered: asked.answered ?? poll.answered,
      summary: asked.summary ?? poll.summary ?? null,
      queue: asked.queue ?? poll.queue ?? null,
    };
  });
}

/** The ids with one moved by a place; as they were at an end. */
export function moved(polls: readonly { id: string }[], id: string, by: 1 | -1): string[] {
  const ids = polls.map((poll) => poll.id);
  const [from, to] = [ids.indexOf(id), ids.indexOf(id) + by];
  if (from < 0 || to < 0 || to >= ids.length) return ids;
  ids.splice(to, 0, ...ids.splice(from, 1));
  return ids;
}
