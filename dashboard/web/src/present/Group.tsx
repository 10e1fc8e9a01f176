/** Another colour for the phones with one value of a fact. */

import type { Key } from "../text/en";
import { words } from "../text/language";
import { valueName } from "../ui/names";
import type { PresenterApi } from "./api";
import type { Attempt } from "./attempt";
import { COLOURS } from "./colours";
import { Swatch } from "./Swatch";
import { tell } from "./words";

export function Group(props: {
  api: PresenterApi;
  attempt: Attempt;
  fact: string;
  value: string;
  /** What they show now. */
  colour: string | null;
}) {
  const { api, attempt, fact, value, colour } = props;
  const paint = (next: string | null): void => void attempt(() => api.group(fact, value, next));
  return (
    <fieldset class="group">
      <legend>{tell("group.title", { value: valueName(fact, value) })}</legend>
      <div class="row">
        {COLOURS.map(([key, one]) => (
          <Swatch key={key} colour={one} pressed={colour === one} choose={() => paint(one)}>
            {words(key as Key)}
          </Swatch>
        ))}
        <button type="button" onClick={() => paint(null)}>
          {tell("group.back")}
        </button>
      </div>
    </fieldset>
  );
}
