/** The inspector's words in the browser's language. */

import { type InspectKey, inspectEn } from "../text/inspectEn";
import { inspectFr } from "../text/inspectFr";
import { fillIn, language, type Values } from "../text/language";

const dictionary = { en: inspectEn, fr: inspectFr }[language];

export const say = (key: InspectKey, values?: Values): string => fillIn(dictionary[key], values);

/** The words of a key that is put together, or null when there are none. */
export function sayIf(key: string, values?: Values): string | null {
  return key in dictionary ? say(key as InspectKey, values) : null;
}
