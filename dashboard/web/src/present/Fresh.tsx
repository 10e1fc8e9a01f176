/** Start fresh: what that does is said before it is done. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { PresenterApi } from "./api";
import type { Attempt } from "./attempt";
import { tell } from "./words";

export function Fresh(props: { api: PresenterApi; attempt: Attempt }) {
  const { api, attempt } = props;
  const [asking, setAsking] = useState(false);
  const [done, setDone] = useState("");
  const no = useRef<HTMLButtonElement>(null);
  // The harmless answer has the focus.
  useEffect(() => {
    if (asking) no.current?.focus();
  }, [asking]);

  const begin = (): void => {
    setAsking(false);
    void attempt(async () => {
      setDone(tell("fresh.working"));
      try {
        const { archive } = await api.fresh();
        setDone(tell("fresh.done", { archive }));
      } catch (error) {
        setDone("");
        throw error;
      }
    });
  };

  return (
    <section class="panel">
      <h2>{tell("fresh.title")}</h2>
      {asking ? (
        <fieldset class="sure">
          <legend>{tell("fresh.ask")}</legend>
          <ul>
            <li>{tell("fresh.archived")}</li>
            <li>{tell("fresh.phones")}</li>
            <li>{tell("fresh.stays")}</li>
          </ul>
          <div class="row">
            <button type="button" class="danger" onClick={begin}>
              {tell("fresh.yes")}
            </button>
            <button type="button" ref={no} onClick={() => setAsking(false)}>
              {tell("fresh.no")}
            </button>
          </div>
        </fieldset>
      ) : (
        <button type="button" onClick={() => setAsking(true)}>
          {tell("fresh.begin")}
        </button>
      )}
      <p class="faint" role="status">
        {done}
      </p>
    </section>
  );
}
