/** How well the room is: how the phones follow, and whether the parts behind it answer. */

import type { Health as Measured, RoundTrip, ToColour } from "../feed/wire";
import { number, words } from "../text/language";
import { tell } from "./words";

const parts = ["broker", "bridge", "store"] as const;

const ms = (value: number | null): string => (value === null ? "–" : tell("health.ms", { n: number(value) }));

function Colouring(props: { times: ToColour | null }) {
  const { times } = props;
  if (times === null) return <p class="faint">{tell("health.noScene")}</p>;
  const values = [
    [tell("health.half"), ms(times.p50_ms)],
    [tell("health.most"), ms(times.p95_ms)],
    [tell("health.shown"), tell("health.of", { n: number(times.shown), all: number(times.awaited) })],
  ];
  return (
    <dl class="figures">
      {values.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Part(props: { name: (typeof parts)[number]; trip: RoundTrip }) {
  const { name, trip } = props;
  return (
    <tr>
      <th scope="row">{tell(`health.${name}`)}</th>
      <td>
        <span class={`health ${trip.up ? "good" : "bad"}`}>
          {tell(trip.up ? "health.up" : "health.down")}
        </span>
      </td>
      <td>{ms(trip.ms)}</td>
    </tr>
  );
}

/** One sentence for those who do not look at the table, said when it changes. */
function summary(health: Measured): string {
  const bad = parts.filter((part) => !health[part].up).map((part) => tell(`health.${part}`));
  return bad.length === 0 ? words("present.healthy") : words("present.unhealthy", { parts: bad.join(", ") });
}

export function Health(props: { live: boolean; health: Measured | null }) {
  const { live, health } = props;
  const well = live && health !== null && parts.every((part) => health[part].up);
  const text = live
    ? health === null
      ? tell("health.measuring")
      : summary(health)
    : words("present.unreachable");
  return (
    <section class="panel" aria-labelledby="health-title">
      <h2 id="health-title">{words("present.health")}</h2>
      <p class={`health ${well ? "good" : live && health === null ? "unknown" : "bad"}`} role="status">
        {text}
      </p>
      {health !== null && (
        <div class={live ? "" : "stale"}>
          <h3>{tell("health.toColour")}</h3>
          <Colouring times={health.to_colour} />
          <h3>{tell("health.phones")}</h3>
          <dl class="figures">
            <div>
              <dt>{tell("health.asleep")}</dt>
              <dd>{number(health.asleep)}</dd>
            </div>
            <div>
              <dt>{tell("health.reconnecting")}</dt>
              <dd>{number(health.reconnecting)}</dd>
            </div>
          </dl>
          <table class="facts parts">
            <thead>
              <tr>
                <th scope="col">{tell("health.part")}</th>
                <th scope="col">{tell("health.state")}</th>
                <th scope="col">{tell("health.trip")}</th>
              </tr>
            </thead>
            <tbody>
              {parts.map((part) => (
                <Part key={part} name={part} trip={health[part]} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
