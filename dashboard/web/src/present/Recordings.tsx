/** What was recorded, to be played on a stage of its own address, at the speed of then or ten times as fast. */

import { useCallback, useEffect, useState } from "preact/hooks";
import { language, number } from "../text/language";
import type { PresenterApi, Recording } from "./api";
import type { Attempt } from "./attempt";
import { tell } from "./words";

const SPEEDS = [1, 10] as const;

const when = (at: number): string =>
  new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(at);

const size = (bytes: number): string => tell("replay.size", { n: number(Math.ceil(bytes / 1_024)) });

export function Recordings(props: { api: PresenterApi; attempt: Attempt }) {
  const { api, attempt } = props;
  const [recordings, setRecordings] = useState<Recording[] | null>(null);
  const [address, setAddress] = useState<string | null>(null);
  const look = useCallback(
    () => void attempt(async () => setRecordings((await api.recordings()).recordings)),
    [api, attempt],
  );
  useEffect(look, [look]);

  const play = (name: string, speed: number): void => {
    // Opened while the hand is on the button: later a browser would take it for a pop-up.
    const stage = window.open("about:blank", "_blank");
    void attempt(async () => {
      try {
        const { stage_url } = await api.replay(name, speed);
        setAddress(stage_url);
        if (stage !== null) {
          stage.opener = null;
          stage.location.href = new URL(stage_url, location.href).href;
        }
      } catch (error) {
        stage?.close();
        throw error;
      }
    });
  };

  return (
    <section class="panel" aria-labelledby="recordings-title">
      <h2 id="recordings-title">{tell("replay.title")}</h2>
      <p class="faint">{tell("replay.hint")}</p>
      {recordings?.length === 0 && <p>{tell("replay.none")}</p>}
      <ul class="recordings">
        {recordings?.map(({ name, at, bytes }) => (
          <li key={name}>
            <div>
              <b>{when(at)}</b> <span class="way">{size(bytes)}</span>
              <p class="way">{name}</p>
            </div>
            <div class="row">
              {SPEEDS.map((speed) => (
                <button type="button" key={speed} onClick={() => play(name, speed)}>
                  {tell("replay.play", { speed })}
                  <span class="visually-hidden"> {name}</span>
                </button>
              ))}
            </div>
          </li>
        ))}
      </ul>
      <p role="status">
        {address !== null && (
          <a class="wide-link" href={address} target="_blank" rel="noopener noreferrer">
            {tell("replay.open")}
          </a>
        )}
      </p>
      <button type="button" onClick={look}>
        {tell("replay.again")}
      </button>
    </section>
  );
}
