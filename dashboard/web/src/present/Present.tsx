/** The presenter's page: a remote control that fits a phone, and a desk on a laptop. */

import { useCallback, useState } from "preact/hooks";
import type { RoomView } from "../feed/room";
import type { FeedState } from "../feed/socket";
import { Inspector } from "../inspect/Inspector";
import { say } from "../inspect/words";
import { language, switchTo, words } from "../text/language";
import { Ask } from "./Ask";
import { ApiError, type PresenterApi } from "./api";
import type { Attempt } from "./attempt";
import { Checklist } from "./Checklist";
import { Door } from "./Door";
import { Facts } from "./Facts";
import { Fresh } from "./Fresh";
import { Health } from "./Health";
import { Keys } from "./Keys";
import { Notice } from "./Notice";
import { OnePhone } from "./OnePhone";
import { Polls } from "./Polls";
import { type Place, usePlace } from "./place";
import { Recordings } from "./Recordings";
import { Scenes } from "./Scenes";
import { Section, SectionLinks } from "./Sections";
import { SignIn } from "./SignIn";
import { Strip } from "./Strip";
import { otherTheme, setTheme, theme } from "./theme";
import { useOrders } from "./useOrders";
import { tell } from "./words";

interface Desk {
  view: RoomView;
  api: PresenterApi;
  attempt: Attempt;
  /** The room is heard. */
  live: boolean;
  go(place: Place): void;
  prepared(drafts: number): void;
}

function Sections(props: Desk & { section: Place["section"] }) {
  const { section, view, api, attempt, live, go, prepared } = props;
  const { counts, scene } = view;
  const inspect = (slot: number): void => go({ section, inspector: true, device: { slot } });
  return (
    <div class={`panels at-${section}`}>
      <div>
        <Section name="room">
          <Facts counts={counts} scene={scene} api={api} attempt={attempt} />
        </Section>
        <Section name="colours">
          <Scenes api={api} attempt={attempt} scene={scene} />
        </Section>
        <Section name="phones">
          <OnePhone api={api} attempt={attempt} inspect={inspect} />
          <Notice api={api} attempt={attempt} shown={view.controls?.notice ?? null} />
          <Door api={api} attempt={attempt} controls={view.controls} />
        </Section>
      </div>
      <div>
        <Section name="ask">
          <Ask api={api} attempt={attempt} />
        </Section>
        <Section name="polls">
          <Polls api={api} attempt={attempt} live={view.poll} counts={counts} prepared={prepared} />
        </Section>
      </div>
      <div>
        <Section name="health">
          <Health live={live} health={view.health} />
          <Checklist api={api} attempt={attempt} />
        </Section>
        <Section name="recording">
          <Recordings api={api} attempt={attempt} />
          <Fresh api={api} attempt={attempt} />
        </Section>
      </div>
    </div>
  );
}

function Tools(props: { room: string; keys: preact.ComponentChildren }) {
  const [now, setNow] = useState(theme());
  return (
    <nav class="tools" aria-label={tell("tools.label")}>
      <a href={`/stage/${encodeURIComponent(props.room)}`} target="_blank" rel="noopener noreferrer">
        {words("present.stage")}
      </a>
      <button type="button" class="quiet" onClick={() => setNow(setTheme(otherTheme(now)))}>
        {say(now === "dark" ? "theme.light" : "theme.dark")}
      </button>
      <button
        type="button"
        class="quiet"
        lang={language === "en" ? "fr" : "en"}
        onClick={() => switchTo(language === "en" ? "fr" : "en")}
      >
        {tell("language.other")}
      </button>
      {props.keys}
    </nav>
  );
}

/** Focus on the question's field, once its section is on the page. */
const focusAsk = (): void => {
  requestAnimationFrame(() => document.querySelector<HTMLInputElement>(".ask input")?.focus());
};

export function Present(props: {
  room: string;
  view: RoomView;
  state: FeedState;
  api: PresenterApi;
  /** The network may have changed: the feed's line is to be looked at. */
  doubt(): void;
}) {
  const { room, view, state, api, doubt } = props;
  const [problem, setProblem] = useState("");
  const [place, go] = usePlace();
  const attempt = useCallback(
    async (work: () => Promise<unknown>) => {
      try {
        await work();
        setProblem("");
      } catch (error) {
        if (!(error instanceof ApiError)) doubt();
        const reason = error instanceof Error ? error.message : String(error);
        setProblem(words("present.failed", { reason }));
      }
    },
    [doubt],
  );
  const dimensions = Object.keys(view.counts.facts);
  const [drafts, setDrafts] = useState(0);
  const orders = useOrders(view, dimensions, drafts > 0, api, attempt, () => {
    go({ ...place, section: "ask", inspector: false });
    focusAsk();
  });

  if (state === "refused") return <SignIn room={room} wrong />;
  const { inspector, device, section } = place;
  return (
    <>
      <Tools room={room} keys={<Keys dimensions={dimensions} run={orders.run} />} />
      <header class={inspector ? "bar slim" : "bar"}>
        <Strip
          room={room}
          state={state}
          counts={view.counts}
          blank={view.scene?.blank === true}
          orders={orders}
        />
        <SectionLinks place={place} go={go} />
      </header>
      <main>
        <p class="problem" role="alert">
          {problem}
        </p>
        {inspector ? (
          <Inspector
            room={room}
            api={api}
            attempt={attempt}
            device={device}
            look={(next) => go({ section, inspector: true, device: next })}
          />
        ) : (
          <Sections {...{ view, api, attempt, go, section }} prepared={setDrafts} live={state === "live"} />
        )}
      </main>
    </>
  );
}
