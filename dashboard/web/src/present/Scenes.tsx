/** What all phones show: one tap each. */

import type { Scene } from "../feed/wire";
import { inkOn } from "../room/colour";
import type { Key } from "../text/en";
import { words } from "../text/language";
import type { PresenterApi, SceneCommand } from "./api";
import type { Attempt } from "./attempt";

const facts = ["os", "form", "browser", "language"];
const colours: [Key, string][] = [
  ["present.colour.blue", "#2563EB"],
  ["present.colour.lime", "#A3E635"],
  ["present.colour.orange", "#D55E00"],
  ["present.colour.rose", "#FCA5A5"],
  ["present.colour.white", "#F8FAFC"],
];

export function Scenes(props: { api: PresenterApi; attempt: Attempt; scene: Scene | null }) {
  const { api, attempt, scene } = props;
  const show = (command: SceneCommand) => () => void attempt(() => api.scene(command));
  const cleared = !scene?.by && !scene?.color && !scene?.wave && !scene?.blank;
  return (
    <section class="panel">
      <h2>{words("present.scenes")}</h2>
      <div class="row">
        {facts.map((fact) => (
          <button type="button" key={fact} aria-pressed={scene?.by === fact} onClick={show({ by: fact })}>
            {words(`present.by.${fact}` as Key)}
          </button>
        ))}
      </div>
      <h3>{words("present.colours")}</h3>
      <div class="row">
        {colours.map(([key, colour]) => (
          <button
            type="button"
            key={key}
            class="colour"
            style={{ background: colour, color: inkOn(colour) }}
            aria-pressed={scene?.color === colour}
            onClick={show({ color: colour })}
          >
            {words(key)}
          </button>
        ))}
      </div>
      <div class="row spaced">
        <button type="button" aria-pressed={Boolean(scene?.wave)} onClick={show({ wave: true })}>
          {words("present.wave")}
        </button>
        <button type="button" aria-pressed={scene?.blank === true} onClick={show({ blank: true })}>
          {words("present.blank")}
        </button>
        <button type="button" aria-pressed={cleared} onClick={show({})}>
          {words("present.clear")}
        </button>
      </div>
    </section>
  );
}
