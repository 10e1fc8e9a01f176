/** The colours that are one tap away: any two of them are told apart by everybody. */

import type { Key } from "../text/en";

export const COLOURS: readonly [Key, string][] = [
  ["present.colour.blue", "#2563EB"],
  ["present.colour.lime", "#A3E635"],
  ["present.colour.orange", "#D55E00"],
  ["present.colour.rose", "#FCA5A5"],
  ["present.colour.white", "#F8FAFC"],
];
