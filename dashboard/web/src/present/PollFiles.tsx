/** Polls from a file, answers as files, and everything deleted. */

import { useState } from "preact/hooks";
import { ApiError, type PollInfo, type PresenterApi } from "./api";
import { Sure } from "./polls/Sure";
import { tell } from "./polls/words";

/** How long a downloaded file is kept in the page's memory, ms: the browser has begun to save it by then. */
const KEEP_MS = 60_000;

interface Mistake {
  line: number;
  message: string;
}

const FILES = [
  ["csv", "export.csv", "polls.csv"],
  ["json", "export.json", "polls.json"],
  ["report", "report.html", "report.html"],
] as const;

function save(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), KEEP_MS);
}

export function PollFiles(props: {
  api: PresenterApi;
  /** Does it, and loads the list again. */
  act(work: () => Promise<unknown>): void;
}) {
  const { api, act } = props;
  const [mistakes, setMistakes] = useState<Mistake[]>([]);
  const [done, setDone] = useState("");

  const read = (file: File): void =>
    act(async () => {
      setMistakes([]);
      setDone("");
      try {
        const { polls } = await api.send<{ polls: PollInfo[] }>("POST", "/polls/file", await file.text());
        setDone(tell("imported", { n: polls.length }));
      } catch (error) {
        if (error instanceof ApiError && Array.isArray(error.said.mistakes)) {
          setMistakes(error.said.mistakes as Mistake[]);
        }
        throw error;
      }
    });

  return (
    <section class="files">
      <h3>{tell("files")}</h3>
      <label class="field">
        {tell("import")}
        <input
          type="file"
          accept=".yaml,.yml,text/yaml"
          onChange={(event) => {
            const [file] = event.currentTarget.files ?? [];
            if (file) read(file);
            // The same file, mended, may be chosen again.
            event.currentTarget.value = "";
          }}
        />
      </label>
      <p class="faint" role="status">
        {done}
      </p>
      <ul class="mistakes">
        {mistakes.map(({ line, message }) => (
          <li key={`${line} ${message}`}>{tell("mistake", { line, message })}</li>
        ))}
      </ul>
      <div class="row">
        {FILES.map(([key, path, name]) => (
          <button
            type="button"
            key={key}
            onClick={() => act(async () => save(await api.file(`/polls/${path}`), name))}
          >
            {tell(key)}
          </button>
        ))}
        <Sure
          label={tell("deleteAll")}
          sure={tell("deleteAllSure")}
          act={() => act(() => api.send("DELETE", "/polls"))}
        />
      </div>
    </section>
  );
}
