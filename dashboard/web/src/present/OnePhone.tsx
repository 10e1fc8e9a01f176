/** One phone: its desired state, which it comes to show, asleep or not; where it is on the wall; out of the room. */

import { useState } from "preact/hooks";
import { say } from "../inspect/words";
import { words } from "../text/language";
import type { PresenterApi } from "./api";
import type { Attempt } from "./attempt";
import { Sure } from "./polls/Sure";
import { tell } from "./words";

export function OnePhone(props: { api: PresenterApi; attempt: Attempt; inspect(slot: number): void }) {
  const { api, attempt, inspect } = props;
  const [slot, setSlot] = useState("");
  const [color, setColor] = useState("#D55E00");
  const [message, setMessage] = useState("");
  const [done, setDone] = useState("");
  const chosen = Number.parseInt(slot, 10);
  const ready = chosen >= 1;

  const order = (work: () => Promise<unknown>, said: string): void =>
    void attempt(async () => {
      setDone("");
      await work();
      setDone(said);
    });
  const text = message.trim();
  const send = (): void =>
    order(
      () => api.desire(chosen, { color, message: text === "" ? null : text }),
      words("present.sentTo", { slot: chosen }),
    );
  const takeBack = (): void =>
    order(
      () => api.desire(chosen, { color: null, message: null }),
      words("present.takenBack", { slot: chosen }),
    );
  const pointOut = (): void => order(() => api.highlight(chosen), tell("phone.pointedOut", { slot: chosen }));
  const remove = (): void =>
    order(() => api.desire(chosen, { removed: true }), tell("phone.removed", { slot: chosen }));

  return (
    <section class="panel">
      <h2>{words("present.phone")}</h2>
      <form
        class="one-phone"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) send();
        }}
      >
        <input
          type="number"
          min="1"
          inputmode="numeric"
          aria-label={words("present.slot")}
          placeholder={words("present.slot")}
          value={slot}
          onInput={(event) => setSlot(event.currentTarget.value)}
        />
        <input
          type="color"
          aria-label={words("present.colours")}
          value={color}
          onInput={(event) => setColor(event.currentTarget.value.toUpperCase())}
        />
        <input
          type="text"
          aria-label={words("present.message")}
          placeholder={words("present.message")}
          value={message}
          maxLength={200}
          onInput={(event) => setMessage(event.currentTarget.value)}
        />
        <button type="submit" class="primary" disabled={!ready}>
          {words("present.send")}
        </button>
        <button type="button" disabled={!ready} onClick={takeBack}>
          {words("present.takeBack")}
        </button>
        <div class="row">
          <button type="button" disabled={!ready} onClick={pointOut}>
            {tell("phone.pointOut")}
          </button>
          <button type="button" class="quiet" disabled={!ready} onClick={() => inspect(chosen)}>
            {say("nav.inspector")}
          </button>
          <Sure label={tell("phone.remove")} sure={tell("phone.removeSure")} disabled={!ready} act={remove} />
        </div>
      </form>
      <p class="faint" role="status">
        {done}
      </p>
    </section>
  );
}
