/** What the form has, and the draft that it makes: only what its kind takes. docs/architecture.md, "Polls". Pure. */

import type { PollDraft, PollInfo } from "../api";

export const KINDS = [
  "single",
  "multiple",
  "yesno",
  "rating",
  "estimate",
  "wordcloud",
  "text",
  "questions",
  "quiz",
  "fact",
] as const;
export const FACTS = ["os", "os_name", "form", "browser", "language"] as const;

export type Kind = (typeof KINDS)[number];

/** Numbers are as they were typed, "" for none. */
export interface Fields {
  kind: Kind;
  question: string;
  options: string[];
  right: boolean[];
  anonymous: boolean;
  seconds: string;
  maxChoices: string;
  min: string;
  max: string;
  low: string;
  high: string;
  unit: string;
  maxWords: string;
  fact: string;
  moderation: string;
  profanity: string;
  leaderboard: boolean;
  speedBonus: boolean;
  explanation: string;
}

export const BLANK: Fields = {
  kind: "single",
  question: "",
  options: ["", ""],
  right: [],
  anonymous: true,
  seconds: "",
  maxChoices: "",
  min: "",
  max: "",
  low: "",
  high: "",
  unit: "",
  maxWords: "",
  fact: "os",
  moderation: "before",
  profanity: "mask",
  leaderboard: false,
  speedBonus: false,
  explanation: "",
};

export const hasOptions = (kind: string): boolean => ["single", "multiple", "quiz"].includes(kind);
export const hasTexts = (kind: string): boolean => ["wordcloud", "text", "questions"].includes(kind);

/** A leaderboard names phones: such a quiz cannot be anonymous. */
export const isNamed = ({ kind, leaderboard }: Fields): boolean => kind === "quiz" && leaderboard;

/** The options that are filled in, and which of them are right. */
function filled({ options, right }: Fields): { options: string[]; right: string[] } {
  const texts = options.map((option) => option.trim());
  return {
    options: texts.filter((option) => option !== ""),
    right: texts.filter((option, index) => option !== "" && right[index]),
  };
}

/** Whether the form has all that its kind needs; the room checks the rest, and says what is wrong. */
export function isComplete(fields: Fields): boolean {
  const { options, right } = filled(fields);
  if (fields.question.trim() === "") return false;
  if (hasOptions(fields.kind) && options.length < 2) return false;
  return fields.kind !== "quiz" || right.length > 0;
}

function choiceFields(fields: Fields): Partial<PollDraft> {
  const { options, right } = filled(fields);
  const draft: Partial<PollDraft> = { options };
  if (fields.kind === "multiple" && fields.maxChoices !== "") draft.max_choices = Number(fields.maxChoices);
  if (fields.kind !== "quiz") return draft;
  draft.right = right;
  if (isNamed(fields)) draft.leaderboard = true;
  if (fields.speedBonus) draft.speed_bonus = true;
  if (fields.explanation.trim() !== "") draft.explanation = fields.explanation.trim();
  return draft;
}

function numberFields(fields: Fields): Partial<PollDraft> {
  const draft: Partial<PollDraft> = {};
  if (fields.min !== "") draft.min = Number(fields.min);
  if (fields.max !== "") draft.max = Number(fields.max);
  const [low, high] = [fields.low.trim(), fields.high.trim()];
  if (fields.kind === "rating" && low !== "" && high !== "") draft.labels = [low, high];
  if (fields.kind === "estimate" && fields.unit.trim() !== "") draft.unit = fields.unit.trim();
  return draft;
}

/** The draft, in `language`. */
export function draftOf(fields: Fields, language: string): PollDraft {
  const { kind, question, anonymous, seconds, moderation, profanity } = fields;
  const draft: PollDraft = { kind, question: question.trim(), language };
  if (!isNamed(fields)) draft.anonymous = anonymous;
  if (seconds !== "" && kind !== "fact") draft.seconds = Number(seconds);
  if (hasOptions(kind)) Object.assign(draft, choiceFields(fields));
  if (kind === "rating" || kind === "estimate") Object.assign(draft, numberFields(fields));
  if (kind === "wordcloud" && fields.maxWords !== "") draft.max_words = Number(fields.maxWords);
  if (hasTexts(kind)) Object.assign(draft, { moderation, profanity });
  if (kind === "fact") draft.fact = fields.fact;
  return draft;
}

const typed = (value: number | null | undefined): string => (value == null ? "" : String(value));

/** The form of a poll that is there, to change it. */
export function fieldsOf(poll: PollInfo): Fields {
  const options = poll.options.length > 0 ? [...poll.options] : BLANK.options;
  return {
    ...BLANK,
    kind: poll.kind as Kind,
    question: poll.question,
    options,
    right: options.map((option) => poll.right?.includes(option) ?? false),
    anonymous: poll.anonymous,
    seconds: typed(poll.seconds),
    maxChoices: typed(poll.max_choices),
    min: typed(poll.min),
    max: typed(poll.max),
    low: poll.labels?.[0] ?? "",
    high: poll.labels?.[1] ?? "",
    unit: poll.unit ?? "",
    maxWords: typed(poll.max_words),
    fact: poll.fact ?? "os",
    moderation: poll.moderation ?? "before",
    profanity: poll.profanity ?? "mask",
    leaderboard: poll.leaderboard ?? false,
    speedBonus: poll.speed_bonus ?? false,
    explanation: poll.explanation ?? "",
  };
}
