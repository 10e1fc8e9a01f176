/** How one gets into the room, as people read and type it. */

import { Fragment } from "preact";

/** The room's code, as large as its letters let it be. */
export const Code = (props: { room: string }) => (
  <p class="code" style={{ "--letters": props.room.length }}>
    {props.room}
  </p>
);

/** A name may go on in the next line after a dot; numbers belong together. */
const labelsOf = (host: string): string[] => (/[a-z]/i.test(host) ? (host.match(/[^.]+\.?/g) ?? []) : [host]);

/** The join address: broken between host and path, never inside the code. */

export function Address(props: { url: string }) {
  const slash = props.url.indexOf("/");
  const [host, path] = slash < 0 ? [props.url, ""] : [props.url.slice(0, slash), props.url.slice(slash)];
  return (
    <p class="url">
      {labelsOf(host).map((label, index) => (
        <Fragment key={`${index} ${label}`}>
          {label}
          <wbr />
        </Fragment>
      ))}
      {path}
    </p>
  );
}
