/** The join address as people read it: broken between host and path, never inside the code. */

export function Address(props: { url: string }) {
  const slash = props.url.indexOf("/");
  const [host, path] = slash < 0 ? [props.url, ""] : [props.url.slice(0, slash), props.url.slice(slash)];
  return (
    <p class="url">
      {host}
      <wbr />
      {path}
    </p>
  );
}
