/** The presenter's page: finds room and token, and keeps the feed. */

import { render } from "preact";
import { EMPTY, type RoomView, reduce, resumeFrom } from "../feed/room";
import { Feed, type FeedState, roomSocket } from "../feed/socket";
import { roomInPath } from "../room/address";
import { language, words } from "../text/language";
import { PresenterApi } from "./api";
import { Present } from "./Present";
import { SignIn } from "./SignIn";
import { theme } from "./theme";
import { takeToken } from "./token";

const LOOK_EVERY_MS = 5_000;
const QUIET_TOO_LONG_MS = 15_000;

function run(room: string, token: string, root: HTMLElement): void {
  const api = new PresenterApi(room, token);
  let view: RoomView = EMPTY;
  let state: FeedState = "connecting";
  const doubt = (): void => feed.wake();
  const paint = (): void =>
    render(<Present room={room} view={view} state={state} api={api} doubt={doubt} />, root);
  const feed = new Feed({
    hello: () => ({ type: "hello", role: "presenter", token, ...resumeFrom(view) }),
    open: () => roomSocket(room, "feed"),
    message: (message) => {
      view = reduce(view, message, Date.now());
      paint();
    },
    state: (next) => {
      state = next;
      paint();
    },
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") doubt();
  });
  // Another network, or back from a page that the browser kept: the old line may be dead and look open.
  for (const event of ["online", "pageshow"]) addEventListener(event, doubt);
  const { connection } = navigator as { connection?: EventTarget };
  connection?.addEventListener("change", doubt);
  // The room's health comes every two seconds or so: a line that is quiet for long is looked at, heard of a change or not.
  setInterval(() => {
    if (document.visibilityState === "visible") feed.wake(QUIET_TOO_LONG_MS);
  }, LOOK_EVERY_MS);
  feed.start();
}

const room = roomInPath(location.pathname);
const root = document.getElementById("root");
document.documentElement.lang = language;
document.documentElement.dataset.theme = theme();
if (room === null || root === null) {
  location.replace("/");
} else {
  document.title = words("present.title", { room });
  const token = takeToken(room);
  if (token === null) render(<SignIn room={room} wrong={false} />, root);
  else run(room, token, root);
}
