/** The device inspector: any device's shadows, live, what passes over MQTT, and a way to ask it for something. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { PresenterApi } from "../present/api";
import type { Attempt } from "../present/attempt";
import { Lamp } from "../ui/Lamp";
import { Editor } from "./Editor";
import { type InspectView, shadowOf, wakefulness } from "./fold";
import { deltaOf } from "./leaves";
import { Messages } from "./Messages";
import { ShadowTable } from "./ShadowTable";
import { type Device, deviceOf, type Looking, nameOf, useInspection, useNow } from "./useInspection";
import { WalkPanel } from "./WalkPanel";
import { say } from "./words";

function Picker(props: { device: Device | null; look(device: Device): void }) {
  const { device, look } = props;
  const [text, setText] = useState(nameOf(device));
  useEffect(() => setText(nameOf(device)), [device]);
  const typed = deviceOf(text);
  return (
    <form
      class="picker"
      onSubmit={(event) => {
        event.preventDefault();
        if (typed !== null) look(typed);
      }}
    >
      <label for="device">{say("pick.title")}</label>
      <input
        id="device"
        type="text"
        autocapitalize="off"
        autocomplete="off"
        spellcheck={false}
        maxLength={128}
        placeholder={say("pick.label")}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <button type="submit" class="primary" disabled={typed === null}>
        {say("pick.look")}
      </button>
    </form>
  );
}

function Title(props: { looking: Looking }) {
  const { view, state, reason } = props.looking;
  const { phone, thing } = view;
  const awake = wakefulness(phone);
  const name = phone === null ? say("thing.title", { thing }) : say("phone.title", { slot: phone.slot });
  const words = {
    connecting: "link.connecting",
    live: "link.live",
    lost: "link.lost",
    refused: "link.refused",
  };
  return (
    <header class="device">
      <h2>{thing === "" ? say("nav.inspector") : name}</h2>
      {awake !== "unknown" && (
        <p class={`wakefulness ${awake}`} role="status">
          {say(`phone.${awake}`)}
          {phone?.sim && ` (${say("phone.sim")})`}
        </p>
      )}
      <Lamp live={state === "live"} words={reason || say(words[state] as "link.live")} />
      {phone !== null && <p class="thing">{thing}</p>}
    </header>
  );
}

function Tabs(props: { view: InspectView; chosen: string | null; choose(name: string | null): void }) {
  const { view, chosen, choose } = props;
  return (
    <fieldset class="tabs row">
      <legend class="visually-hidden">{say("shadow.tabs")}</legend>
      {view.shadows.map((shadow) => (
        <button
          type="button"
          key={shadow.name ?? ""}
          aria-pressed={shadow.name === chosen}
          onClick={() => choose(shadow.name)}
        >
          {shadow.name ?? say("shadow.classic")}{" "}
          <span class="way">{say("shadow.version", { version: shadow.version })}</span>
          {deltaOf(shadow) !== null && (
            <>
              <b aria-hidden="true"> ≠</b>
              <span class="visually-hidden"> {say("shadow.differs")}</span>
            </>
          )}
        </button>
      ))}
      {view.more > 0 && <span class="way">{say("shadow.more", { n: view.more })}</span>}
    </fieldset>
  );
}

function Shadows(props: { view: InspectView; chosen: string | null; choose(name: string | null): void }) {
  const { view, chosen, choose } = props;
  const now = useNow() + view.clockOffset;
  const shadow = shadowOf(view, chosen);
  return (
    <section class="panel shadows" aria-label={say("shadow.tabs")}>
      {view.problem !== null && <p class="problem">{view.problem}</p>}
      <Tabs view={view} chosen={chosen} choose={choose} />
      {shadow === null ? (
        <p class="faint">{say("shadow.none")}</p>
      ) : (
        <ShadowTable shadow={shadow} now={now} />
      )}
    </section>
  );
}

function useStageSize(): [boolean, (big: boolean) => void] {
  const [big, setBig] = useState(false);
  useEffect(() => {
    const { dataset } = document.documentElement;
    if (big) dataset.size = "stage";
    else delete dataset.size;
    const leave = (event: KeyboardEvent): void => {
      if (event.key === "Escape") setBig(false);
    };
    addEventListener("keydown", leave);
    return () => {
      delete dataset.size;
      removeEventListener("keydown", leave);
    };
  }, [big]);
  return [big, setBig];
}

export function Inspector(props: {
  room: string;
  api: PresenterApi;
  attempt: Attempt;
  device: Device | null;
  look(device: Device): void;
}) {
  const { room, api, attempt, device, look } = props;
  const looking = useInspection(room, api, device);
  const { view } = looking;
  const [chosen, setChosen] = useState<string | null>(null);
  const [big, setBig] = useStageSize();
  const now = useNow() + view.clockOffset;
  const before = useRef("");
  // The classic shadow comes first for every device; one that has none shows what it has.
  useEffect(() => {
    if (before.current === view.thing && shadowOf(view, chosen) !== null) return;
    before.current = view.thing;
    setChosen(view.shadows[0]?.name ?? null);
  }, [view, chosen]);

  const choose = (): void =>
    void attempt(async () => {
      const { slot } = await api.sleeper(view.phone?.slot ?? null);
      look({ slot });
    });

  return (
    <div class="inspector">
      <div class="top">
        <Picker device={device} look={look} />
        <button type="button" class="size" aria-pressed={big} onClick={() => setBig(!big)}>
          {say(big ? "big.off" : "big.on")}
        </button>
      </div>
      <WalkPanel room={room} api={api} attempt={attempt} view={view} choose={choose} />
      {device !== null && <Title looking={looking} />}
      {view.thing === "" ? (
        <p class="faint empty">{device === null && say("pick.empty")}</p>
      ) : (
        <div class="inside">
          <Shadows view={view} chosen={chosen} choose={setChosen} />
          <div class="beside">
            <Editor key={view.thing} api={api} view={view} shadow={chosen} />
            <Messages key={view.thing} messages={view.messages} missed={view.missed} now={now} />
          </div>
        </div>
      )}
    </div>
  );
}
