/** Values of facts as people read them. */

import type { Key } from "../text/en";
import { language, words } from "../text/language";

const forms = ["phone", "tablet", "desktop"];

/** A fact's value in the words of the page: languages and forms have names, the rest speaks for itself. */
export function valueName(fact: string | null | undefined, value: string): string {
  if (value === "other") return words("os.other");
  if (fact === "form" && forms.includes(value)) return words(`form.${value}` as Key);
  if (fact === "language") {
    try {
      return new Intl.DisplayNames([language], { type: "language" }).of(value) ?? value;
    } catch {
      return value;
    }
  }
  return value;
}
