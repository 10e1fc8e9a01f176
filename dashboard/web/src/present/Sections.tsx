/** The page's sections: on a phone one at a time, on a laptop all of them, with this as the way to each. */

import type { ComponentChildren } from "preact";
import { say } from "../inspect/words";
import { type Place, SECTIONS, type Section as SectionName, searchOf } from "./place";
import { tell } from "./words";

export function SectionLinks(props: { place: Place; go(place: Place): void }) {
  const { place, go } = props;
  const at = (section: SectionName): boolean => !place.inspector && place.section === section;
  return (
    <nav class="sections" aria-label={tell("section.label")}>
      {SECTIONS.map((section) => {
        const there = { ...place, section, inspector: false };
        return (
          <a
            key={section}
            href={searchOf(there, location.search) || location.pathname}
            aria-current={at(section) ? "true" : undefined}
            onClick={(event) => {
              event.preventDefault();
              go(there);
              // The section may be on its way to the page: it is looked for when it is there.
              requestAnimationFrame(() => document.getElementById(section)?.scrollIntoView());
            }}
          >
            {tell(`section.${section}`)}
          </a>
        );
      })}
      <button
        type="button"
        aria-current={place.inspector ? "page" : undefined}
        onClick={() => go({ ...place, inspector: true })}
      >
        {say("nav.inspector")}
      </button>
    </nav>
  );
}

export function Section(props: { name: SectionName; id?: boolean; children: ComponentChildren }) {
  const { name, id = true, children } = props;
  return (
    <div class={`section in-${name}`} id={id ? name : undefined}>
      {children}
    </div>
  );
}
