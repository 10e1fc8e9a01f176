/** What the keys do, for a hand on the machine. Seen only while the pointer moves or the keyboard is on a button. */

import type { Key } from "../text/en";
import { words } from "../text/language";
import { VIEWS, type View } from "./views";

export type Action = View | "code" | "theme" | "full";

export function Controls(props: { shown: View; inviting: boolean; act: (action: Action) => void }) {
  const button = (action: Action, key: string, label: Key, pressed?: boolean) => (
    <button type="button" aria-pressed={pressed} aria-keyshortcuts={key} onClick={() => props.act(action)}>
      {words(label)}{" "}
      <span class="keycap" aria-hidden="true">
        {key}
      </span>
    </button>
  );
  return (
    <nav class="controls" aria-label={words("stage.controls")}>
      {VIEWS.map((view, index) =>
        button(view, String(index + 1), `stage.view.${view}`, props.shown === view),
      )}
      {button("code", "Q", "stage.showCode", props.inviting)}
      {button("theme", "L", "stage.theme")}
      {button("full", "F", "stage.fullScreen")}
    </nav>
  );
}
