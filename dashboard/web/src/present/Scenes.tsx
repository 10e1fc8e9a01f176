/** One colour for all phones, a wave, or nothing: one tap each. */

import type { Scene } from "../feed/wire";
import { inkOn } from "../room/colour";
import type { Key } from "../text/en";
import { words } from "../text/language";
import type { PresenterApi, SceneCommand } from "./api";
import type { Attempt } from "./attempt";

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
      <h2>{words("present.colours")}</h2>
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
        <button type="button" aria-pressed={cleared} onClick={show({})}>
          {words("present.clear")}
        </button>
      </div>
    </section>
  );
}
