/** The words of the pages in the browser's language. */

import { type Share, written } from "../room/shares";
import { type Dictionary, en, type Key } from "./en";
import { fr } from "./fr";

export type Language = "en" | "fr";

const dictionaries: Record<Language, Dictionary> = { en, fr };

/** The first of a browser's languages that we speak; English when we speak none. */
export function pickLanguage(preferred: readonly string[]): Language {
  for (const tag of preferred) {
    const primary = tag.toLowerCase().split("-")[0];
    if (primary === "en" || primary === "fr") return primary;
  }
  return "en";
}

/** The browser's own first language as it is reported: "fr", "pt", "zh". */
export function primaryLanguage(preferred: readonly string[]): string {
  const primary = preferred[0]?.toLowerCase().split("-")[0] ?? "";
  return /^[a-z]{2,3}$/.test(primary) ? primary : "other";
}

export type Values = Record<string, string | number>;
export type Words = (key: Key, values?: Values) => string;

/** French puts a space before these signs, at which no line may break; English has none there. */
export const unbroken = (text: string): string =>
  text.replace(/ ([:;?!%»])/g, "\u202f$1").replace(/« /g, "«\u202f");

/** A text with its holes filled in; what has no value stays as it is. */
export const fillIn = (text: string, values?: Values): string =>
  unbroken(text).replace(/\{(\w+)\}/g, (whole, name: string) => String(values?.[name] ?? whole));

/** The words of one language: `words("phone.title", { room: "DEMO" })`. */
export function wordsOf(language: Language): Words {
  return (key, values) => fillIn(dictionaries[language][key], values);
}

const preferred = (): readonly string[] =>
  typeof navigator === "undefined" ? [] : (navigator.languages ?? [navigator.language ?? "en"]);

const CHOICE = "shadowroom.language";

/** What the person chose on a page: in its address, or earlier in this browser. */
function chosen(): string[] {
  try {
    const named = new URLSearchParams(location.search).get("lang");
    return [named, localStorage.getItem(CHOICE)].filter((one): one is string => one !== null);
  } catch {
    return [];
  }
}

/** Shows the page in another language: loads it again, which costs a phone nothing, least of all its place. */
export function switchTo(next: Language): void {
  try {
    localStorage.setItem(CHOICE, next);
  } catch {
    // Then the address alone carries it.
  }
  const address = new URL(location.href);
  address.searchParams.set("lang", next);
  location.replace(address.href);
}

export const language: Language = pickLanguage([...chosen(), ...preferred()]);
export const browserLanguage: string = primaryLanguage(preferred());
export const words: Words = wordsOf(language);

/** Numbers as the language writes them. */
export const number = (value: number): string => new Intl.NumberFormat(language).format(value);
/** A share as the language writes it: "42%". */
export const percent = (share: Share): string => written(share, language);
/** A mean or median, no finer than anybody can use: "3,554", "2.6". */
export const middle = (value: number): string =>
  number(Math.abs(value) < 100 ? Math.round(value * 10) / 10 : Math.round(value));
/** Milliseconds as seconds: "0.35". */
export const seconds = (ms: number): string =>
  new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 2 }).format(ms / 1_000);
