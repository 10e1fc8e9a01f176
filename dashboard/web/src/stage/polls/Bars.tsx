/** Options with letter, outline and colour; bars when they are revealed. */

import type { Poll } from "../../feed/wire";
import { letter, optionClass } from "../../room/poll";
import { number, percent, unbroken } from "../../text/language";
import { valueName } from "../../ui/names";
import { Shape } from "../../ui/Shape";
import { type Bar, barsOf } from "./bars";
import { OptionMark } from "./OptionMark";
import { tell } from "./words";

/** A letter, outline and colour where people chose; devices that were asked look as they do on the wall. */
function Mark(props: { index: number; fact: string | null; label: string }) {
  const { index, fact, label } = props;
  if (fact === null) {
    return (
      <span class="letter">
        <OptionMark index={index} />
        {letter(index)}
      </span>
    );
  }
  return <span class="letter">{fact === "os" && <Shape family={label} colour={null} />}</span>;
}

function Option(props: { index: number; bar: Bar; fact: string | null }) {
  const { index, bar, fact } = props;
  // Options that are nothing but their letters are said once.
  const text = fact === null ? (bar.label === letter(index) ? "" : bar.label) : valueName(fact, bar.label);
  const look = [bar.leading && "leading", bar.right && "right"];
  return (
    <li class={["option", ...look].filter(Boolean).join(" ")}>
      <span
        class={`bar ${fact === null ? optionClass(index) : "device"}`}
        style={{ width: `${bar.share.percent}%` }}
      />
      <Mark index={index} fact={fact} label={bar.label} />
      <span class="text" dir="auto">
        {unbroken(text)}
        {bar.right && <span class="verdict"> ✓ {tell("right")}</span>}
      </span>
      {bar.count !== null && (
        <span class="result">
          <b>{percent(bar.share)}</b> {number(bar.count)}
        </span>
      )}
    </li>
  );
}

/** Letters of an option that make several lines of it: then all of them are smaller, so that all fit. */
const WORDY = 40;

export function Bars(props: { poll: Poll }) {
  const { poll } = props;
  const bars = barsOf(poll);
  const looks = [
    bars.length > 5 && "crowded",
    bars.length > 3 && bars.some((bar) => bar.label.length > WORDY) && "wordy",
  ];
  return (
    <ol class={["bars", ...looks].filter(Boolean).join(" ")}>
      {bars.map((bar, index) => (
        <Option key={bar.label} index={index} bar={bar} fact={poll.fact ?? null} />
      ))}
    </ol>
  );
}
