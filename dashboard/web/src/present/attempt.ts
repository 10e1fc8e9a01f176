/** Runs a request; a failure becomes a sentence on the page instead of an error nobody sees. */

export type Attempt = (work: () => Promise<unknown>) => Promise<void>;
