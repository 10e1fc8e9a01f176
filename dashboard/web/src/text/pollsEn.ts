/** Every word of polls on the stage. `{name}` is filled in. */
export const pollsEn = {
  answeredOf: "{n} of {connected} answered",
  open: "Voting is open: answer on your phone",
  locked: "Voting is closed",
  revealed: "Results",
  anonymous: "anonymous",
  "hint.number": "Type your estimate on your phone",
  "hint.words": "Type up to {n} words on your phone",
  "hint.text": "Write your answer on your phone",
  "hint.questions": "Ask on your phone, and vote for the questions of others",
  "hint.nothing": "Nothing to tap: your phones answer by what they are",
  noAnswer: "no answer",
  right: "right",
  mean: "average",
  median: "median",
  votes: "{n} votes",
  more: "and {n} more",
  pinned: "pinned",
  nothingYet: "Nothing is shown yet.",
  unread: "The presenter reads first what you wrote.",
  seconds: "seconds left",
  timeUp: "Time is up",
  leaders: "Best so far",
  phone: "Phone {slot}",
} as const;

export type PollsKey = keyof typeof pollsEn;
