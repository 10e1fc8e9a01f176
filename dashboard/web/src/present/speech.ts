/** The browser's own ears and mouth, where it has them: Web Speech. */

interface Reading {
  transcript: string;
}

interface ResultEvent {
  results: ArrayLike<ArrayLike<Reading> & { isFinal: boolean }>;
}

interface Recognition {
  lang: string;
  continuous: boolean;
  interimResults: boolean;
  maxAlternatives: number;
  onresult: ((event: ResultEvent) => void) | null;
  onerror: ((event: { error: string }) => void) | null;
  onend: (() => void) | null;
  start(): void;
  stop(): void;
  abort(): void;
}

type Speaking = {
  SpeechRecognition?: new () => Recognition;
  webkitSpeechRecognition?: new () => Recognition;
};

/** Readings of one utterance: what the room tries, the likeliest first. */
const READINGS = 5;
/** Chrome drops what is said within this time of a cancel. */
const AFTER_CANCEL_MS = 60;

const recogniser = (): (new () => Recognition) | undefined => {
  const browser = globalThis as Speaking;
  return browser.SpeechRecognition ?? browser.webkitSpeechRecognition;
};

export const canListen = (): boolean => recogniser() !== undefined;

export interface Listener {
  /** What is heard so far. */
  hearing(text: string): void;
  /** The readings of what was said. */
  heard(readings: string[]): void;
  failed(error: string): void;
  ended(): void;
}

/** Listens once; the answer stops it. Null when the browser cannot. */
export function listen(language: string, listener: Listener): (() => void) | null {
  const Kind = recogniser();
  if (Kind === undefined) return null;
  const recognition = new Kind();
  recognition.lang = language;
  recognition.continuous = false;
  recognition.interimResults = true;
  recognition.maxAlternatives = READINGS;
  recognition.onresult = (event) => {
    const last = event.results[event.results.length - 1];
    const readings = last === undefined ? [] : Array.from(last, (one) => one.transcript.trim());
    const said = readings.filter((text, at) => text !== "" && readings.indexOf(text) === at);
    if (said[0] === undefined) return;
    listener.hearing(said[0]);
    if (last?.isFinal) listener.heard(said.slice(0, READINGS));
  };
  recognition.onerror = (event) => listener.failed(event.error);
  recognition.onend = () => listener.ended();
  recognition.start();
  return () => recognition.stop();
}

/** Say a sentence aloud, instead of whatever is being said. */
export function speak(text: string, language: string): void {
  if (typeof speechSynthesis === "undefined") return;
  speechSynthesis.cancel();
  const utterance = new SpeechSynthesisUtterance(text);
  utterance.lang = language;
  setTimeout(() => speechSynthesis.speak(utterance), AFTER_CANCEL_MS);
}

/** Browsers only speak once a person touched the page: an empty sentence now unlocks the true ones. */
export function primeVoice(): void {
  if (typeof speechSynthesis !== "undefined") speechSynthesis.speak(new SpeechSynthesisUtterance(""));
}

/** What recognisers and voices call a language of the page. */
export const localeOf = (language: string): string => (language === "fr" ? "fr-FR" : "en-US");
