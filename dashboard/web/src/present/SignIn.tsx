/** Who opens the presenter's page without its token, or with a wrong one, is told where it is and can give it. */

import { useState } from "preact/hooks";
import { words } from "../text/language";
import { tokenIn } from "./token";
import { tell } from "./words";

export function SignIn(props: { room: string; wrong: boolean }) {
  const { room, wrong } = props;
  const [typed, type] = useState("");
  const token = tokenIn(typed);
  return (
    <main class="sign-in">
      <h1>{words("present.title", { room })}</h1>
      <p role={wrong ? "alert" : undefined}>{words(wrong ? "present.badToken" : "present.noToken")}</p>
      <form
        class="panel"
        onSubmit={(event) => {
          event.preventDefault();
          location.hash = new URLSearchParams({ token }).toString();
          location.reload();
        }}
      >
        <label class="field">
          {tell("signIn.label")}
          <input
            type="password"
            autocomplete="off"
            value={typed}
            onInput={(event) => type(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="primary" disabled={token === ""}>
          {tell("signIn.open")}
        </button>
      </form>
      <p>
        <a href={`/stage/${encodeURIComponent(room)}`}>{words("present.stage")}</a>
      </p>
    </main>
  );
}
