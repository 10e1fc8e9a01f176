/** Push to talk: held down by finger, mouse, space or enter; a click that holds nothing starts and stops. */

import { useEffect, useRef, useState } from "preact/hooks";
import { language } from "../text/language";
import { put, speechProblem } from "./askWords";
import { listen, localeOf, primeVoice } from "./speech";

export function Talk(props: { hearing(text: string): void; heard(readings: string[]): void }) {
  const [listening, setListening] = useState(false);
  const [problem, setProblem] = useState("");
  const stop = useRef<(() => void) | null>(null);
  const held = useRef(false);
  useEffect(() => () => stop.current?.(), []);

  const begin = (): void => {
    if (stop.current !== null) return;
    primeVoice();
    setProblem("");
    setListening(true);
    stop.current = listen(localeOf(language), {
      hearing: props.hearing,
      heard: props.heard,
      failed: (error) => {
        if (error !== "aborted") setProblem(speechProblem(error));
      },
      ended: () => {
        stop.current = null;
        setListening(false);
      },
    });
  };
  const end = (): void => stop.current?.();
  const isTalkKey = (event: KeyboardEvent): boolean => event.key === " " || event.key === "Enter";

  return (
    <>
      <button
        type="button"
        class="talk"
        aria-pressed={listening}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          // A finger that slides off the button still ends what it began.
          event.currentTarget.setPointerCapture(event.pointerId);
          held.current = true;
          begin();
        }}
        onPointerUp={end}
        onPointerCancel={end}
        onKeyDown={(event) => {
          if (!isTalkKey(event)) return;
          event.preventDefault();
          if (!event.repeat) begin();
        }}
        onKeyUp={(event) => {
          if (isTalkKey(event)) end();
        }}
        onClick={() => {
          // A screen reader clicks without a pointer: then one click starts, and the next one stops.
          if (held.current) held.current = false;
          else if (listening) end();
          else begin();
        }}
      >
        <span aria-hidden="true">🎙</span> {listening ? put("listening") : put("hold")}
      </button>
      <p class="problem" role="alert">
        {problem}
      </p>
    </>
  );
}
