/** The words of polls on the stage in the page's language. */

import { fillIn, language, type Values } from "../../text/language";
import { type PollsKey, pollsEn } from "../../text/pollsEn";
import { pollsFr } from "../../text/pollsFr";

const dictionary = { en: pollsEn, fr: pollsFr }[language];

export const tell = (key: PollsKey, values?: Values): string => fillIn(dictionary[key], values);
