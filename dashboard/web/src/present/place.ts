/** Where in the presenter's page one is, kept in the address, so that a reload is where it was. Pure but for the hook. */

import { useCallback, useState } from "preact/hooks";
import { type Device, deviceOf, nameOf } from "../inspect/useInspection";

export const SECTIONS = ["room", "colours", "polls", "ask", "phones", "health", "recording"] as const;
export type Section = (typeof SECTIONS)[number];

export interface Place {
  section: Section;
  inspector: boolean;
  device: Device | null;
}

export function placeIn(search: string): Place {
  const parameters = new URLSearchParams(search);
  const device = parameters.get("inspect");
  const section = SECTIONS.find((one) => one === parameters.get("section")) ?? "room";
  return { section, inspector: device !== null, device: deviceOf(device ?? "") };
}

/** The address's search part for a place, whatever else is in it kept; the first section needs none. */
export function searchOf({ section, inspector, device }: Place, before = ""): string {
  const parameters = new URLSearchParams(before);
  parameters.delete("section");
  parameters.delete("inspect");
  if (section !== "room") parameters.set("section", section);
  if (inspector) parameters.set("inspect", nameOf(device));
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}

export function usePlace(): [Place, (place: Place) => void] {
  const [place, setPlace] = useState(() => placeIn(location.search));
  const go = useCallback((next: Place): void => {
    // Without storage the token is in the fragment, and must stay there.
    const address = location.pathname + searchOf(next, location.search) + location.hash;
    history.replaceState(history.state, "", address);
    setPlace(next);
  }, []);
  return [place, go];
}
