/** The presenter's page: everything that a talk needs, in the order in which it needs it. */

import { useCallback, useState } from "preact/hooks";
import type { RoomView } from "../feed/room";
import type { FeedState } from "../feed/socket";
import type { Counts } from "../feed/wire";
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

export function Present(props: { room: string; view: RoomView; state: FeedState; api: PresenterApi }) {
  const { room, view, state, api } = props;
  const [problem, setProblem] = useState("");
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
      <header>
        <h1>{room}</h1>
        <Lamp live={state === "live"} words={words(state === "live" ? "present.live" : "present.lost")} />
        <a href={`/stage/${encodeURIComponent(room)}`} target="_blank" rel="noopener noreferrer">
          {words("present.stage")}
        </a>
      </header>
      <p class="problem" role="alert">
        {problem}
      </p>
      <Numbers counts={view.counts} />
      <div class="panels">
        <div>
          <Ask api={api} attempt={attempt} />
          <Scenes api={api} attempt={attempt} scene={view.scene} />
          <OnePhone api={api} attempt={attempt} />
        </div>
        <Polls api={api} attempt={attempt} live={view.poll} counts={view.counts} />
      </div>
      <footer>
        <Health />
      </footer>
    </main>
  );
}
