/** The remote's words in the browser's language. */

import { fillIn, language, type Values } from "../text/language";
import { type RemoteKey, remoteEn } from "../text/remoteEn";
import { remoteFr } from "../text/remoteFr";

const dictionary = { en: remoteEn, fr: remoteFr }[language];

export const tell = (key: RemoteKey, values?: Values): string => fillIn(dictionary[key], values);

/** What a line of the checklist is about, in the page's language where it has words for it. */
export function checkName(name: string): string {
  const key = `check.about.${name}`;
  return key in dictionary ? tell(key as RemoteKey) : name;
}

/** A fact's name; one that we have never heard of is named as phones name it. */
export function factName(fact: string): string {
  const key = `fact.${fact}`;
  return key in dictionary ? tell(key as RemoteKey) : fact;
}
