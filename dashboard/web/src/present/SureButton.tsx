/** A button for what cannot be taken back: it takes two taps, and the first is forgotten soon. */

import { useEffect, useState } from "preact/hooks";

/** Long enough to read the question, too short to be hit by a second visit. */
const FORGOTTEN_MS = 4_000;

export function SureButton(props: { label: string; sure: string; disabled?: boolean; act(): void }) {
  const [asked, setAsked] = useState(false);
  useEffect(() => {
    if (!asked) return;
    const timer = setTimeout(() => setAsked(false), FORGOTTEN_MS);
    return () => clearTimeout(timer);
  }, [asked]);
  const tap = (): void => {
    setAsked(!asked);
    if (asked) props.act();
  };
  return (
    <button type="button" class="danger" disabled={props.disabled ?? false} onClick={tap}>
      {asked ? props.sure : props.label}
    </button>
  );
}
