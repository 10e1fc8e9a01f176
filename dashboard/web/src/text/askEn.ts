/** Asking the room: every word of the page. `{name}` is filled in. */
export const askEn = {
  hold: "Hold to talk",
  listening: "Listening…",
  noVoice: "This browser does not recognise speech: write instead.",
  aloud: "Say answers aloud",
  heard: "Heard: “{text}”",
  undo: "Undo that",
  undoSaid: "undo",
  "error.not-allowed": "The browser may not use the microphone: allow it in the address bar, or write.",
  "error.no-speech": "Nothing was heard. Hold the button while you speak.",
  "error.audio-capture": "No microphone was found. Write instead.",
  "error.network": "The browser's speech service cannot be reached. Write instead.",
  "error.other": "Speech was not recognised ({error}). Write instead.",

  "intent.break_down": "the room by {fact}",
  "intent.colour_all": "one colour for all",
  "intent.colour_group": "one group in colour",
  "intent.clear": "clear the room",
  "intent.blank": "eyes up",
  "intent.wave": "a wave",
  "intent.count": "how many",
  "intent.missing": "who is missing",
  "intent.highlight": "find phone {phone}",
  "intent.poll_open": "open a poll",
  "intent.poll_lock": "close the poll",
  "intent.poll_reveal": "show the result",
  "intent.poll_read": "read out the poll",
  "intent.cross": "who gave an answer",
  "intent.cross_by": "answers by {fact}",
  "intent.help": "help",
  "intent.undo": "undo",
  understood: "Understood: {intent}",
};

export type AskKey = keyof typeof askEn;
export type AskWords = Record<AskKey, string>;
