/** The room by any fact that phones report: how many have which value, and one tap to colour the room by it. */

import { useEffect, useState } from "preact/hooks";
import type { Counts, Scene } from "../feed/wire";
import { number, percent } from "../text/language";
import { valueName } from "../ui/names";
import { Shape } from "../ui/Shape";
import type { PresenterApi } from "./api";
import type { Attempt } from "./attempt";
import { rowsOf } from "./factRows";
import { Group } from "./Group";
import { factName, tell } from "./words";

/** The colour of the phones with this value of a fact, when the room is coloured by it. */
function colourIn(scene: Scene | null, fact: string, value: string): string | null {
  if (scene?.by !== fact) return null;
  return scene.palette?.[value] ?? scene.palette?.other ?? null;
}

function Sign(props: { fact: string; value: string; colour: string | null }) {
  const { fact, value, colour } = props;
  return (
    <>
      {colour !== null && <span class="swatch" style={{ background: colour }} />}
      {fact === "os" && <Shape family={value} colour={null} />}
    </>
  );
}

function FactTable(props: {
  fact: string;
  counts: Readonly<Record<string, number>>;
  connected: number;
  scene: Scene | null;
  group: string | null;
  choose(value: string): void;
}) {
  const { fact, counts, connected, scene, group, choose } = props;
  return (
    <table class="facts">
      <caption class="visually-hidden">{tell("facts.caption", { fact: factName(fact) })}</caption>
      <thead>
        <tr>
          <th scope="col">{factName(fact)}</th>
          <th scope="col">{tell("facts.phones")}</th>
          <th scope="col">{tell("facts.share")}</th>
        </tr>
      </thead>
      <tbody>
        {rowsOf(counts, connected).map(({ value, count, share }) => {
          return (
            <tr key={value ?? ""} style={{ "--share": `${(100 * count) / Math.max(connected, 1)}%` }}>
              <th scope="row" class="pick">
                {value === null ? (
                  <span class="unsaid">{tell("facts.unsaid")}</span>
                ) : (
                  <button type="button" aria-pressed={value === group} onClick={() => choose(value)}>
                    <Sign fact={fact} value={value} colour={colourIn(scene, fact, value)} />
                    {valueName(fact, value)}
                  </button>
                )}
              </th>
              <td>{number(count)}</td>
              <td>{percent(share)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

export function Facts(props: { counts: Counts; scene: Scene | null; api: PresenterApi; attempt: Attempt }) {
  const { counts, scene, api, attempt } = props;
  const { facts, connected } = counts;
  const dimensions = Object.keys(facts);
  const [chosen, choose] = useState<string | null>(null);
  const [group, setGroup] = useState<string | null>(null);
  // What the room shows is what one wants to read, whoever showed it.
  useEffect(() => {
    if (scene?.by) choose(null);
  }, [scene?.by]);
  const fact = chosen ?? scene?.by ?? dimensions[0] ?? "os";
  const shown = scene?.by === fact;
  const values = facts[fact] ?? {};
  const painted = group !== null && group in values ? group : null;
  const look = (next: string): void => {
    choose(next);
    setGroup(null);
  };
  return (
    <section class="panel" aria-labelledby="facts-title">
      <h2 id="facts-title">{tell("facts.title")}</h2>
      <fieldset class="row choices">
        <legend class="visually-hidden">{tell("facts.choose")}</legend>
        {dimensions.map((one) => (
          <button type="button" key={one} aria-pressed={one === fact} onClick={() => look(one)}>
            {factName(one)}
          </button>
        ))}
      </fieldset>
      {connected === 0 ? (
        <p class="faint">{tell("facts.nobody")}</p>
      ) : (
        <FactTable
          fact={fact}
          counts={values}
          connected={connected}
          scene={scene}
          group={painted}
          choose={(value) => setGroup(value === group ? null : value)}
        />
      )}
      {painted !== null && (
        <Group
          api={api}
          attempt={attempt}
          fact={fact}
          value={painted}
          colour={colourIn(scene, fact, painted)}
        />
      )}
      <button
        type="button"
        class="primary wide"
        aria-pressed={shown}
        onClick={() => void attempt(() => api.scene({ by: fact }))}
      >
        {tell(shown ? "facts.shown" : "facts.colour", { fact: factName(fact) })}
      </button>
    </section>
  );
}
