/** The programme: every poll in its order, to be opened, changed, moved or deleted. */

import type { DeskKey } from "../text/deskEn";
import type { PollInfo } from "./api";
import { Buttons, type Desk, State } from "./PollArticle";
import { moved } from "./polls/program";
import { Sure } from "./polls/Sure";
import { tell } from "./polls/words";

export function PollList(props: {
  desk: Desk;
  polls: PollInfo[];
  look(poll: PollInfo): void;
  edit(poll: PollInfo): void;
  put(ids: string[]): void;
  remove(id: string): void;
}) {
  const { desk, polls, look, edit, put, remove } = props;
  const mover = (poll: PollInfo, by: 1 | -1, end: boolean) => (
    <button
      type="button"
      class="mover"
      disabled={end}
      aria-label={tell(by < 0 ? "up" : "down", { question: poll.question })}
      onClick={() => put(moved(polls, poll.id, by))}
    >
      {by < 0 ? "↑" : "↓"}
    </button>
  );
  return (
    <ol class="programme">
      {polls.map((poll, index) => (
        <li key={poll.id} class={poll.state}>
          <p>
            <b>{poll.question}</b> <State poll={poll} />
            <span class="faint"> {tell(`kind.${poll.kind}` as DeskKey)}</span>
          </p>
          <div class="row">
            {mover(poll, -1, index === 0)}
            {mover(poll, 1, index === polls.length - 1)}
            {poll.state === "draft" ? (
              <>
                <Buttons poll={poll} change={desk.change} />
                <button type="button" onClick={() => edit(poll)}>
                  {tell("edit")}
                </button>
              </>
            ) : (
              <button type="button" onClick={() => look(poll)}>
                {tell("look")}
              </button>
            )}
            {poll.state !== "open" && (
              <Sure label={tell("remove")} sure={tell("removeSure")} act={() => remove(poll.id)} />
            )}
          </div>
        </li>
      ))}
    </ol>
  );
}
