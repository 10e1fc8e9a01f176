/** What a person typed as desired state: a JSON object, or what is wrong with it and where. Pure. */

import { type ParseError, parse, printParseErrorCode } from "jsonc-parser";
import type { InspectKey } from "../text/inspectEn";

/** Bytes of desired and reported in one shadow, AWS's limit. */
export const STATE_MAX = 8_192;

export type Typed =
  | { value: Record<string, unknown>; bytes: number }
  | { problem: InspectKey; line: number; column: number };

const said: Partial<Record<string, InspectKey>> = {
  InvalidSymbol: "json.symbol",
  InvalidNumberFormat: "json.number",
  PropertyNameExpected: "json.name",
  ValueExpected: "json.value",
  ColonExpected: "json.colon",
  CommaExpected: "json.comma",
  CloseBraceExpected: "json.brace",
  CloseBracketExpected: "json.bracket",
  EndOfFileExpected: "json.end",
  InvalidCommentToken: "json.comment",
  UnexpectedEndOfString: "json.string",
  InvalidUnicode: "json.string",
  InvalidEscapeCharacter: "json.string",
  InvalidCharacter: "json.string",
};

function place(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

export const bytesOf = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length;

export function typed(text: string): Typed {
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { disallowComments: true, allowTrailingComma: false });
  const [first] = errors;
  if (first !== undefined) {
    return { problem: said[printParseErrorCode(first.error)] ?? "json.symbol", ...place(text, first.offset) };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { problem: "json.object", line: 1, column: 1 };
  }
  return { value: value as Record<string, unknown>, bytes: bytesOf(value) };
}
