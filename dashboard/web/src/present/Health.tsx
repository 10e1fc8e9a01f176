/** Whether the parts behind the room answer. */

import { useEffect, useState } from "preact/hooks";
import { words } from "../text/language";
import { type Readiness, readiness } from "./api";

const EVERY_MS = 5_000;

export function Health() {
  const [seen, setSeen] = useState<Readiness | null | undefined>(undefined);
  useEffect(() => {
    let over = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async (): Promise<void> => {
      const next = await readiness();
      if (over) return;
      setSeen(next);
      timer = setTimeout(look, EVERY_MS);
    };
    void look();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, []);

  if (seen === undefined) return null;
  const bad = Object.entries(seen?.parts ?? {}).filter(([, state]) => state !== "ok");
  const parts = bad.map(([name, state]) => `${name} (${state})`).join(", ");
  const text =
    seen === null
      ? words("present.unreachable")
      : seen.ready
        ? words("present.healthy")
        : words("present.unhealthy", { parts });
  return (
    <section class="panel">
      <h2>{words("present.health")}</h2>
      <p class={`health ${seen?.ready ? "good" : "bad"}`} role="status">
        {text}
      </p>
    </section>
  );
}
