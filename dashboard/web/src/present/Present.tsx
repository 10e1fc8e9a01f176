/** The presenter's page: everything that a talk needs, in the order in which it needs it. */

import { useCallback, useEffect, useState } from "preact/hooks";
import type { RoomView } from "../feed/room";
import type { FeedState } from "../feed/socket";
import type { Counts } from "../feed/wire";
import { Inspector } from "../inspect/Inspector";
import { type Device, deviceOf, nameOf } from "../inspect/useInspection";
import { say } from "../inspect/words";
import type { Key } from "../text/en";
import { number, words } from "../text/language";
import { Lamp } from "../ui/Lamp";
import { Shape } from "../ui/Shape";
import { Ask } from "./Ask";
import type { PresenterApi } from "./api";
import { Health } from "./Health";
import { OnePhone } from "./OnePhone";
import { Polls } from "./Polls";
import { Scenes } from "./Scenes";
import { otherTheme, setTheme, theme } from "./theme";

const numbers = ["connected", "visible", "answered", "joined"] as const;

function Numbers(props: { counts: Counts }) {
  const { counts } = props;
  const families = Object.entries(counts.os)
    .filter(([, count]) => count > 0)
    .sort((a, b) => b[1] - a[1]);
  return (
    <section class="numbers">
      <dl>
        {numbers.map((name) => (
          <div key={name}>
            <dt>{words(`present.${name}` as Key)}</dt>
            <dd>{number(counts[name])}</dd>
          </div>
        ))}
      </dl>
      <p class="families">
        {families.map(([family, count]) => (
          <span key={family}>
            <Shape family={family} colour={null} /> {number(count)} {family}
          </span>
        ))}
      </p>
    </section>
  );
}

/** Room or inspector, kept in the address, so that a reload is where it was. */
function usePlace(): [Place, (place: Place) => void] {
  const [place, setPlace] = useState(() => placeIn(location.search));
  useEffect(() => history.replaceState(history.state, "", location.pathname + searchOf(place)), [place]);
  return [place, setPlace];
}

interface Place {
  inspector: boolean;
  device: Device | null;
}

function placeIn(search: string): Place {
  const asked = new URLSearchParams(search).get("inspect");
  return { inspector: asked !== null, device: deviceOf(asked ?? "") };
}

const searchOf = ({ inspector, device }: Place): string =>
  inspector ? `?${new URLSearchParams({ inspect: nameOf(device) })}` : "";

function Views(props: { place: Place; go(place: Place): void }) {
  const { place, go } = props;
  const [now, setNow] = useState(theme());
  const button = (inspector: boolean, label: string) => (
    <button
      type="button"
      aria-current={place.inspector === inspector ? "page" : undefined}
      onClick={() => go({ ...place, inspector })}
    >
      {label}
    </button>
  );
  return (
    <nav class="views" aria-label={say("nav.label")}>
      {button(false, say("nav.room"))}
      {button(true, say("nav.inspector"))}
      <button type="button" class="quiet" onClick={() => setNow(setTheme(otherTheme(now)))}>
        {say(now === "dark" ? "theme.light" : "theme.dark")}
      </button>
    </nav>
  );
}

export function Present(props: { room: string; view: RoomView; state: FeedState; api: PresenterApi }) {
  const { room, view, state, api } = props;
  const [problem, setProblem] = useState("");
  const [place, go] = usePlace();
  const attempt = useCallback(async (work: () => Promise<unknown>) => {
    try {
      await work();
      setProblem("");
    } catch (error) {
      setProblem(words("present.failed", { reason: error instanceof Error ? error.message : String(error) }));
    }
  }, []);

  if (state === "refused") return <p class="refused">{words("present.badToken")}</p>;
  return (
    <main>
      <header class="page">
        <h1>{room}</h1>
        <Views place={place} go={go} />
        <Lamp live={state === "live"} words={words(state === "live" ? "present.live" : "present.lost")} />
        <a href={`/stage/${encodeURIComponent(room)}`} target="_blank" rel="noopener noreferrer">
          {words("present.stage")}
        </a>
      </header>
      <p class="problem" role="alert">
        {problem}
      </p>
      {place.inspector ? (
        <Inspector
          room={room}
          api={api}
          attempt={attempt}
          device={place.device}
          look={(device) => go({ inspector: true, device })}
        />
      ) : (
        <>
          <Numbers counts={view.counts} />
          <div class="panels">
            <div>
              <Ask api={api} attempt={attempt} />
              <Scenes api={api} attempt={attempt} scene={view.scene} />
              <OnePhone
                api={api}
                attempt={attempt}
                inspect={(slot) => go({ inspector: true, device: { slot } })}
              />
            </div>
            <Polls api={api} attempt={attempt} live={view.poll} counts={view.counts} />
          </div>
        </>
      )}
      <footer>
        <Health />
      </footer>
    </main>
  );
}
