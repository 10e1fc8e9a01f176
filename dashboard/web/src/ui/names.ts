/** Values of facts as people read them. */

import type { Key } from "../text/en";
import { language, words } from "../text/language";

const forms = ["phone", "tablet", "desktop"];
const themes = ["light", "dark"];
const answers = ["true", "false"];

/** A fact's value in the words of the page: languages and forms have names, the rest speaks for itself. */
export function valueName(fact: string | null | undefined, value: string): string {
  if (value === "other") return words("os.other");
  if (fact === "form" && forms.includes(value)) return words(`form.${value}` as Key);
  if (fact === "theme" && themes.includes(value)) return words(`theme.${value}` as Key);
  if ((fact === "visible" || fact === "sim") && answers.includes(value)) {
    return words(`${fact}.${value}` as Key);
  }
  if (fact === "language") {
    try {
      return new Intl.DisplayNames([language], { type: "language" }).of(value) ?? value;
    } catch {
      return value;
    }
  }
  return value;
}
