/** One colour for all phones, a wave, or nothing: one tap each. */

import type { Scene } from "../feed/wire";
import { words } from "../text/language";
import type { PresenterApi, SceneCommand } from "./api";
import type { Attempt } from "./attempt";
import { COLOURS } from "./colours";
import { Swatch } from "./Swatch";
import { tell } from "./words";

export function Scenes(props: { api: PresenterApi; attempt: Attempt; scene: Scene | null }) {
  const { api, attempt, scene } = props;
  const show = (command: SceneCommand): void => void attempt(() => api.scene(command));
  const cleared = !scene?.by && !scene?.color && !scene?.wave && !scene?.blank;
  return (
    <section class="panel">
      <h2>{words("present.colours")}</h2>
      <div class="row">
        {COLOURS.map(([key, colour]) => (
          <Swatch
            key={key}
            colour={colour}
            pressed={scene?.color === colour}
            choose={() => show({ color: colour })}
          >
            {words(key)}
          </Swatch>
        ))}
      </div>
      <div class="row spaced">
        <button type="button" aria-pressed={Boolean(scene?.wave)} onClick={() => show({ wave: true })}>
          {words("present.wave")}
        </button>
        <button type="button" aria-pressed={cleared} onClick={() => show({})}>
          {words("present.clear")}
        </button>
        <label class="any-colour">
          {tell("colours.any")}
          <input
            type="color"
            value={scene?.color ?? "#2563EB"}
            onChange={(event) => show({ color: event.currentTarget.value.toUpperCase() })}
          />
        </label>
      </div>
    </section>
  );
}
