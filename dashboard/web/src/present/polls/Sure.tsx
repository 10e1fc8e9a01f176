/** A button for what cannot be taken back: it takes two taps, and the first is forgotten soon. */

import { useEffect, useState } from "preact/hooks";

const FORGET_MS = 4_000;

export function Sure(props: { label: string; sure: string; disabled?: boolean; act(): void }) {
  const [asked, setAsked] = useState(false);
  useEffect(() => {
    if (!asked) return;
    const timer = setTimeout(() => setAsked(false), FORGET_MS);
    return () => clearTimeout(timer);
  }, [asked]);
  return (
    <button
      type="button"
      class="danger"
      disabled={props.disabled ?? false}
      onClick={() => {
        setAsked(!asked);
        if (asked) props.act();
      }}
    >
      {asked ? props.sure : props.label}
    </button>
  );
}
