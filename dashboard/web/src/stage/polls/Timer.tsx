/** The time that is left, in room time. It counts calmly: nothing flashes, and nothing is said aloud each second. */

import { useEffect, useState } from "preact/hooks";
import { number } from "../../text/language";
import { tell } from "./words";

/** How often the time is looked at, ms: a second that is shown is never wrong by more. */
const LOOK_MS = 250;

/** `clockOffset`: room time minus this machine's, ms. */
export function Timer(props: { closesAt: number; clockOffset: number }) {
  const { closesAt, clockOffset } = props;
  const [now, setNow] = useState(Date.now() + clockOffset);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now() + clockOffset), LOOK_MS);
    return () => clearInterval(timer);
  }, [clockOffset]);
  const left = Math.ceil((closesAt - now) / 1_000);
  return (
    <p class="timer" role="timer">
      {left > 0 ? (
        <>
          <b>{number(left)}</b> {tell("seconds")}
        </>
      ) : (
        tell("timeUp")
      )}
    </p>
  );
}
