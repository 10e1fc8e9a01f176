/** The words of asking, in the browser's language. */

import { type AskKey, type AskWords, askEn } from "../text/askEn";
import { askFr } from "../text/askFr";
import { fillIn, language, type Values } from "../text/language";
import { factName } from "./words";

const dictionary: AskWords = { en: askEn, fr: askFr }[language];

export const put = (key: AskKey, values?: Values): string => fillIn(dictionary[key], values);

/** An intent and what it is about, in words; empty for one that this page does not know. */
export function intentName(intent: string, slots: Record<string, string>): string {
  const key = `intent.${intent}`;
  if (!(key in dictionary)) return "";
  return put(key as AskKey, { ...slots, fact: factName(slots.fact ?? "") });
}

/** Why speech was not recognised. */
export function speechProblem(error: string): string {
  const key = `error.${error}`;
  return key in dictionary ? put(key as AskKey) : put("error.other", { error });
}
