/** Whether the page hears the room, as a lamp and as a word. */

export function Lamp(props: { live: boolean; words: string }) {
  return (
    <p class={`lamp ${props.live ? "live" : "lost"}`} role="status">
      {props.words}
    </p>
  );
}
