/** The room by any fact that phones report: how many have which value, and one tap to colour the room by it. */

import { useEffect, useState } from "preact/hooks";
import type { Counts, Scene } from "../feed/wire";
import { number, percent } from "../text/language";
import { valueName } from "../ui/names";
import { Shape } from "../ui/Shape";
import { rowsOf } from "./factRows";
import { factName, tell } from "./words";

function Sign(props: { fact: string; value: string | null; colour: string | null }) {
  const { fact, value, colour } = props;
  if (fact === "os" && value !== null) return <Shape family={value} colour={null} />;
  return <span class="swatch" style={colour === null ? {} : { background: colour }} />;
}

function FactTable(props: {
  fact: string;
  counts: Readonly<Record<string, number>>;
  connected: number;
  scene: Scene | null;
}) {
  const { fact, counts, connected, scene } = props;
  const palette = scene?.by === fact ? (scene.palette ?? {}) : {};
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
        {rowsOf(counts, connected).map(({ value, count }) => {
          const colour = value === null ? null : (palette[value] ?? palette.other ?? null);
          return (
            <tr key={value ?? ""} style={{ "--share": `${(100 * count) / Math.max(connected, 1)}%` }}>
              <th scope="row">
                <Sign fact={fact} value={value} colour={colour} />
                {value === null ? tell("facts.unsaid") : valueName(fact, value)}
              </th>
              <td>{number(count)}</td>
              <td>{percent(count, connected)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

export function Facts(props: { counts: Counts; scene: Scene | null; colourBy(fact: string): void }) {
  const { counts, scene, colourBy } = props;
  const { facts, connected } = counts;
  const dimensions = Object.keys(facts);
  const [chosen, choose] = useState<string | null>(null);
  // What the room shows is what one wants to read, whoever showed it.
  useEffect(() => {
    if (scene?.by) choose(null);
  }, [scene?.by]);
  const fact = chosen ?? scene?.by ?? dimensions[0] ?? "os";
  const shown = scene?.by === fact;
  return (
    <section class="panel" aria-labelledby="facts-title">
      <h2 id="facts-title">{tell("facts.title")}</h2>
      <fieldset class="row choices">
        <legend class="visually-hidden">{tell("facts.choose")}</legend>
        {dimensions.map((one) => (
          <button type="button" key={one} aria-pressed={one === fact} onClick={() => choose(one)}>
            {factName(one)}
          </button>
        ))}
      </fieldset>
      {connected === 0 ? (
        <p class="faint">{tell("facts.nobody")}</p>
      ) : (
        <FactTable fact={fact} counts={facts[fact] ?? {}} connected={connected} scene={scene} />
      )}
      <button type="button" class="primary wide" aria-pressed={shown} onClick={() => colourBy(fact)}>
        {tell(shown ? "facts.shown" : "facts.colour", { fact: factName(fact) })}
      </button>
    </section>
  );
}
