/** Demander à la salle, en français. */
import type { AskWords } from "./askEn";

export const askFr: AskWords = {
  hold: "Maintenir pour parler",
  listening: "J’écoute…",
  noVoice: "Ce navigateur ne reconnaît pas la parole : écrivez.",
  aloud: "Dire les réponses à voix haute",
  heard: "Entendu : « {text} »",
  undo: "Annuler cela",
  undoSaid: "annule",
  "error.not-allowed":
    "Le navigateur n’a pas accès au micro : autorisez-le dans la barre d’adresse, ou écrivez.",
  "error.no-speech": "Rien n’a été entendu. Maintenez le bouton pendant que vous parlez.",
  "error.audio-capture": "Aucun micro n’a été trouvé. Écrivez.",
  "error.network": "Le service vocal du navigateur est injoignable. Écrivez.",
  "error.other": "La parole n’a pas été reconnue ({error}). Écrivez.",

  "intent.break_down": "la salle par {fact}",
  "intent.colour_all": "une couleur pour tous",
  "intent.colour_group": "un groupe en couleur",
  "intent.clear": "effacer la salle",
  "intent.blank": "les yeux levés",
  "intent.wave": "une vague",
  "intent.count": "combien",
  "intent.missing": "qui manque",
  "intent.highlight": "trouver le téléphone {phone}",
  "intent.poll_open": "ouvrir un sondage",
  "intent.poll_lock": "fermer le sondage",
  "intent.poll_reveal": "montrer le résultat",
  "intent.poll_read": "lire le sondage",
  "intent.cross": "qui a donné une réponse",
  "intent.cross_by": "les réponses par {fact}",
  "intent.help": "aide",
  "intent.undo": "annuler",
  understood: "Compris : {intent}",
};
