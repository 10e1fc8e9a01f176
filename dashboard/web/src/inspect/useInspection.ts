/** Keeps an inspector's websocket open for as long as a device is looked at. */

import { useEffect, useState } from "preact/hooks";
import { Feed, type FeedState, roomSocket } from "../feed/socket";
import type { PresenterApi } from "../present/api";
import { type InspectView, NOTHING_SEEN, reduce } from "./fold";
import type { InspectHello, InspectorMessage } from "./wire";

/** A phone by its number in the room, or anything else by its thing's name. */
export type Device = { slot: number } | { thing: string };

export interface Looking {
  view: InspectView;
  state: FeedState;
  /** The server's sentence when it refused. */
  reason: string;
}

/** What was typed: a number is a phone's, anything else a thing's name; null when nothing was. */
export function deviceOf(text: string): Device | null {
  const typed = text.trim();
  if (typed === "") return null;
  return /^\d{1,9}$/.test(typed) ? { slot: Number.parseInt(typed, 10) } : { thing: typed };
}

export const nameOf = (device: Device | null): string =>
  device === null ? "" : "slot" in device ? String(device.slot) : device.thing;

const IDLE: Looking = { view: NOTHING_SEEN, state: "connecting", reason: "" };

export function useInspection(room: string, api: PresenterApi, device: Device | null): Looking {
  const [looking, setLooking] = useState<Looking>(IDLE);
  // A device of the same name is the same one.
  const name = nameOf(device);
  useEffect(() => {
    setLooking(IDLE);
    if (device === null) return;
    const feed = new Feed<InspectorMessage, InspectHello>({
      hello: () => api.greeting(device),
      open: () => roomSocket(room, "inspect"),
      message: (frame) =>
        setLooking((before) => ({ ...before, view: reduce(before.view, frame, Date.now()) })),
      state: (state, reason = "") => setLooking((before) => ({ ...before, state, reason })),
    });
    const wake = (): void => {
      if (document.visibilityState === "visible") feed.wake();
    };
    document.addEventListener("visibilitychange", wake);
    addEventListener("online", wake);
    feed.start();
    return () => {
      document.removeEventListener("visibilitychange", wake);
      removeEventListener("online", wake);
      feed.stop();
    };
  }, [room, api, name]);
  return looking;
}

/** The time of now, ms, again every second. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
