/** Keys and clicker: they act on the room unless they were turned off, and here is what each does. */

import { useEffect, useRef, useState } from "preact/hooks";
import { type Command, commandOf, placeOf } from "./keys";
import { factName, tell } from "./words";

const KEPT = "shadowroom.presenter-keys";

function keptOn(): boolean {
  try {
    return localStorage.getItem(KEPT) !== "off";
  } catch {
    return true;
  }
}

function keep(on: boolean): void {
  try {
    localStorage.setItem(KEPT, on ? "on" : "off");
  } catch {
    // The next start has them on.
  }
}

/** Hands every command of the keyboard to `run`, for as long as `on`. */
function useKeys(on: boolean, run: (command: Command) => void): void {
  const newest = useRef(run);
  newest.current = run;
  useEffect(() => {
    if (!on) return;
    const press = (event: KeyboardEvent): void => {
      const modified = event.ctrlKey || event.altKey || event.metaKey || event.isComposing;
      const { key, repeat } = event;
      const command = commandOf({ key, modified, repeat, on: placeOf(event.target) });
      if (command === null || event.defaultPrevented) return;
      event.preventDefault();
      newest.current(command);
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [on]);
}

function List(props: { dimensions: readonly string[] }) {
  const line = (keys: string[], text: string) => (
    <div key={text}>
      <dt>
        {keys.map((key) => (
          <kbd key={key}>{key}</kbd>
        ))}
      </dt>
      <dd>{text}</dd>
    </div>
  );
  return (
    <dl>
      {line(["Page ↓", "→", tell("keys.space")], tell("keys.next"))}
      {line(["Page ↑", "←"], tell("keys.back"))}
      {line(["b", "."], tell("keys.blank"))}
      {props.dimensions
        .slice(0, 9)
        .map((fact, index) => line([String(index + 1)], tell("keys.dimension", { fact: factName(fact) })))}
      {line(["0"], tell("keys.clear"))}
      {line(["u"], tell("quick.undo"))}
      {line(["w"], tell("keys.wave"))}
      {line(["/"], tell("keys.ask"))}
      {line(["?"], tell("keys.help"))}
    </dl>
  );
}

export function Keys(props: { dimensions: readonly string[]; run(command: Command): void }) {
  const [on, setOn] = useState(keptOn);
  const dialog = useRef<HTMLDialogElement>(null);
  const show = (): void => {
    const { current } = dialog;
    // Safari before 15.4 knows no dialogs: there it is a part of the page.
    if (current?.showModal) current.showModal();
    else current?.setAttribute("open", "");
  };
  const hide = (): void => {
    const { current } = dialog;
    if (current?.close) current.close();
    else current?.removeAttribute("open");
  };
  useKeys(on, (command) => (command.do === "help" ? show() : props.run(command)));

  return (
    <>
      <button type="button" class="quiet" onClick={show}>
        {tell("keys.button")}
      </button>
      <dialog ref={dialog} class="keys" aria-labelledby="keys-title">
        <h2 id="keys-title">{tell("keys.title")}</h2>
        <label class="switch">
          <input
            type="checkbox"
            checked={on}
            onChange={(event) => {
              setOn(event.currentTarget.checked);
              keep(event.currentTarget.checked);
            }}
          />
          {tell("keys.on")}
        </label>
        <p class="faint">{on ? tell("keys.never") : tell("keys.offHint")}</p>
        <List dimensions={props.dimensions} />
        <button type="button" class="primary" onClick={hide}>
          {tell("keys.close")}
        </button>
      </dialog>
    </>
  );
}
