/** One phone's desired state: asleep or not, it comes to show it. */

import { useState } from "preact/hooks";
import { say } from "../inspect/words";
import { words } from "../text/language";
import type { PresenterApi } from "./api";
import type { Attempt } from "./attempt";

export function OnePhone(props: { api: PresenterApi; attempt: Attempt; inspect(slot: number): void }) {
  const { api, attempt, inspect } = props;
  const [slot, setSlot] = useState("");
  const [color, setColor] = useState("#D55E00");
  const [message, setMessage] = useState("");
  const [done, setDone] = useState("");
  const chosen = Number.parseInt(slot, 10);
  const ready = chosen >= 1;

  const desire = (take: boolean): void =>
    void attempt(async () => {
      setDone("");
      const text = message.trim();
      await api.desire(
        chosen,
        take ? { color: null, message: null } : { color, message: text === "" ? null : text },
      );
      setDone(words(take ? "present.takenBack" : "present.sentTo", { slot: chosen }));
    });

  return (
    <section class="panel">
      <h2>{words("present.phone")}</h2>
      <form
        class="one-phone"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) desire(false);
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
        <button type="button" disabled={!ready} onClick={() => desire(true)}>
          {words("present.takeBack")}
        </button>
        <button type="button" class="quiet" disabled={!ready} onClick={() => inspect(chosen)}>
          {say("nav.inspector")}
        </button>
      </form>
      <p class="faint" role="status">
        {done}
      </p>
    </section>
  );
}
