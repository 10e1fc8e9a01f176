/** What to look at before the doors open. */

import { useCallback, useEffect, useState } from "preact/hooks";
import { language } from "../text/language";
import type { Check, PresenterApi } from "./api";
import type { Attempt } from "./attempt";
import { checkName, tell } from "./words";

const SIGNS = { ok: "✓", warn: "!", fail: "✗" } as const;

function Line(props: { check: Check }) {
  const { name, state, sentence } = props.check;
  return (
    <li class={state}>
      <span class="sign" aria-hidden="true">
        {SIGNS[state]}
      </span>
      <div>
        <b>{checkName(name)}</b> <span class="way">{tell(`check.${state}`)}</span>
        <p>{sentence}</p>
      </div>
    </li>
  );
}

export function Checklist(props: { api: PresenterApi; attempt: Attempt }) {
  const { api, attempt } = props;
  const [checks, setChecks] = useState<Check[] | null>(null);
  const look = useCallback(
    () => void attempt(async () => setChecks((await api.checklist(language)).checks)),
    [api, attempt],
  );
  useEffect(look, [look]);
  const open = checks?.filter((check) => check.state !== "ok").length ?? 0;
  return (
    <section class="panel" aria-labelledby="checklist-title">
      <h2 id="checklist-title">{tell("check.title")}</h2>
      <p class="faint" role="status">
        {checks !== null && (open === 0 ? tell("check.allWell") : tell("check.open", { n: open }))}
      </p>
      <ul class="checks">
        {checks?.map((check) => (
          <Line key={check.name} check={check} />
        ))}
      </ul>
      <button type="button" onClick={look}>
        {tell("check.again")}
      </button>
    </section>
  );
}
