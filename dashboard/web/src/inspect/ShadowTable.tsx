/** One shadow: what is desired beside what is reported, and what is left between them. */

import { colour } from "../room/colour";
import { language } from "../text/language";
import { deltaOf, type Leaf, leaves } from "./leaves";
import { ago, exact } from "./times";
import type { InspectedShadow } from "./wire";
import { say } from "./words";

/** JSON, with the colour itself beside a colour's name. */
export function Value(props: { json: string }) {
  const { json } = props;
  const shown = colour(json.startsWith('"') ? json.slice(1, -1) : null);
  return (
    <code>
      {shown !== null && <i class="swatch" style={{ background: shown }} aria-hidden="true" />}
      {json}
    </code>
  );
}

function When(props: { at: number | null; now: number }) {
  const { at, now } = props;
  if (at === null) return null;
  const ms = at * 1_000;
  return (
    <time dateTime={new Date(ms).toISOString()}>
      {say("shadow.atTime", { ago: ago(ms, now, language), exact: exact(ms, now, language) })}
    </time>
  );
}

function Cell(props: { json: string | null; at: number | null; now: number }) {
  const { json, at, now } = props;
  return (
    <td>
      {json === null ? <span class="nothing">–</span> : <Value json={json} />}
      {json !== null && <When at={at} now={now} />}
    </td>
  );
}

const SIGNS = { differs: "≠", agrees: "=", told: "" } as const;

function Row(props: { leaf: Leaf; now: number }) {
  const { leaf, now } = props;
  const { accord } = leaf;
  return (
    <tr class={accord}>
      <th scope="row">{leaf.path}</th>
      <Cell json={leaf.desired} at={leaf.desiredAt} now={now} />
      <td class="accord">
        {accord !== "told" && (
          <>
            <b aria-hidden="true">{SIGNS[accord]}</b>{" "}
            <span>{say(accord === "differs" ? "shadow.differs" : "shadow.agrees")}</span>
          </>
        )}
      </td>
      <Cell json={leaf.reported} at={leaf.reportedAt} now={now} />
    </tr>
  );
}

function Delta(props: { delta: Record<string, unknown> | null }) {
  const { delta } = props;
  return (
    <div class={`delta ${delta === null ? "settled" : "open"}`}>
      <h3>
        {say("shadow.delta")} <small>{say("shadow.deltaHint")}</small>
      </h3>
      {delta === null ? (
        <p>
          <span aria-hidden="true">✓ </span>
          {say("shadow.noDelta")}
        </p>
      ) : (
        <ul>
          {Object.entries(delta).map(([name, value]) => (
            <li key={name}>
              {name} → <Value json={JSON.stringify(value)} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** `now` is room time, ms. */
export function ShadowTable(props: { shadow: InspectedShadow; now: number }) {
  const { shadow, now } = props;
  const rows = leaves(shadow);
  const { state, metadata, version } = shadow;
  return (
    <div class="shadow">
      <Delta delta={deltaOf(shadow)} />
      {rows.length === 0 ? (
        <p class="faint">{say("shadow.empty")}</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">{say("shadow.property")}</th>
              <th scope="col">
                {say("shadow.desired")} <small>{say("shadow.desiredHint")}</small>
              </th>
              <th scope="col">
                <span class="visually-hidden">{say("shadow.accord")}</span>
              </th>
              <th scope="col">
                {say("shadow.reported")} <small>{say("shadow.reportedHint")}</small>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((leaf) => (
              <Row key={leaf.path} leaf={leaf} now={now} />
            ))}
          </tbody>
        </table>
      )}
      <details class="raw">
        <summary>{say("shadow.raw")}</summary>
        <pre>{JSON.stringify({ state, metadata, version }, null, 2)}</pre>
      </details>
    </div>
  );
}
