/** The MQTT messages of a device as they pass, newest first. */

import { useState } from "preact/hooks";
import { language, number } from "../text/language";
import { ago, exact } from "./times";
import { about, presenceOf, pretty, sections, shortTopic } from "./topics";
import type { HeardMessage } from "./wire";
import { say, sayIf } from "./words";

const SHOWN = 30;
const ARROWS = { toService: "↑", fromService: "↓", presence: "•", other: "·" } as const;

/** What a message says, in words. */
function meaning(message: HeardMessage): string {
  const { direction, operation, answer } = about(message.topic);
  if (direction === "presence") {
    const born = presenceOf(message.payload);
    return born === null ? "" : say(born ? "mqtt.born" : "mqtt.gone");
  }
  if (direction === "fromService") return sayIf(`mqtt.${operation}.${answer}`) ?? "";
  if (operation !== "update") return sayIf(`mqtt.${operation}`) ?? "";
  const written = sections(message.payload);
  if (written.length === 2) return say("mqtt.both");
  if (written.length === 0) return say("mqtt.update");
  return say(written[0] === "desired" ? "mqtt.desires" : "mqtt.reports");
}

function One(props: { message: HeardMessage; now: number }) {
  const { message, now } = props;
  const { direction, shadow, answer } = about(message.topic);
  const loud = answer === "rejected" || answer === "delta";
  return (
    <li class={`${direction}${loud ? ` is-${answer}` : ""}`}>
      <p class="said">
        <span>
          <span aria-hidden="true">{ARROWS[direction]} </span>
          <strong>{meaning(message)}</strong> <span class="way">{say(`mqtt.${direction}`)}</span>
          {shadow !== null && <span class="way"> · {shadow}</span>}
        </span>
        <time dateTime={new Date(message.at).toISOString()} title={ago(message.at, now, language)}>
          {exact(message.at, now, language)}
        </time>
      </p>
      <details>
        <summary>
          <code>{shortTopic(message.topic)}</code>
        </summary>
        <p class="way">
          <code>{message.topic}</code> · {say("mqtt.bytes", { n: number(message.size) })}
        </p>
        <pre>{pretty(message.payload)}</pre>
      </details>
    </li>
  );
}

export function Messages(props: { messages: HeardMessage[]; missed: number; now: number }) {
  const { messages, missed, now } = props;
  const [held, setHeld] = useState<HeardMessage[] | null>(null);
  const shown = (held ?? messages).slice(0, SHOWN);
  const newest = held?.[0]?.n ?? 0;
  const waiting = held === null ? 0 : messages.filter((message) => message.n > newest).length;
  return (
    <section class="panel messages" aria-labelledby="messages-title">
      <header>
        <h2 id="messages-title">{say("mqtt.title")}</h2>
        <button
          type="button"
          aria-pressed={held !== null}
          onClick={() => setHeld(held === null ? messages : null)}
        >
          {held === null ? say("mqtt.pause") : say("mqtt.resume")}
          {waiting > 0 && ` · ${say("mqtt.waiting", { n: waiting })}`}
        </button>
      </header>
      {shown.length === 0 && <p class="faint">{say("mqtt.none")}</p>}
      {missed > 0 && <p class="faint">{say("mqtt.missed", { n: number(missed) })}</p>}
      <ol>
        {shown.map((message) => (
          <One key={message.n} message={message} now={now} />
        ))}
      </ol>
    </section>
  );
}
