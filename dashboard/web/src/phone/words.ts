/** The words of a question in the phone's language. */

import { type BallotKey, ballotEn } from "../text/ballotEn";
import { ballotFr } from "../text/ballotFr";
import { fillIn, language, type Values } from "../text/language";

const dictionary = { en: ballotEn, fr: ballotFr }[language];

export const tell = (key: BallotKey, values?: Values): string => fillIn(dictionary[key], values);
