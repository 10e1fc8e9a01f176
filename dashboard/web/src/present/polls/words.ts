/** The words of the presenter's polls in the browser's language. */

import { type DeskKey, deskEn } from "../../text/deskEn";
import { deskFr } from "../../text/deskFr";
import { fillIn, language, type Values } from "../../text/language";

const dictionary = { en: deskEn, fr: deskFr }[language];

export const tell = (key: DeskKey, values?: Values): string => fillIn(dictionary[key], values);
