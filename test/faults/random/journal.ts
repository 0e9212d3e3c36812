/** Something that must not be. */
export interface Finding {
  what: string;
  atSeconds: number;
  /** What the client, the portals and the way to Nextcloud saw of it. */
  evidence: string[];
  /** How often the like was found. */
  times: number;
}

/** What is counted of a run. */
export interface Tally {
  completed: number;
  withdrawn: number;
  left: number;
  sealed: number;
  acknowledgedBytes: number;
  /** Requests that broke, or were refused for a while. */
  interruptions: number;
  /** Interruptions after which the portal told the offset to go on from. */
  resumed: number;
  /** Bodies that were not like their checksum, and refused. */
  wrongBodies: number;
  /** The longest from asking for the offset to being told it. */
  longestReconnectMs: number;
  /** The longest from an interruption to the next offset that was told, with all attempts between. */
  longestOutageMs: number;
  /** By kind. */
  faults: Record<string, number>;
  /** Sign-ins that Nextcloud refused, for each time that the app password was revoked. */
  refusedSignIns: number[];
}

const newTally = (): Tally => ({
  completed: 0,
  withdrawn: 0,
  left: 0,
  sealed: 0,
  acknowledgedBytes: 0,
  interruptions: 0,
  resumed: 0,
  wrongBodies: 0,
  longestReconnectMs: 0,
  longestOutageMs: 0,
  faults: {},
  refusedSignIns: [],
});

/** What happens in a run, told as it happens. */
export class Journal {
  readonly tally = newTally();
  readonly findings: Finding[] = [];
  readonly #told = new Map<string, Finding>();
  readonly #write: (line: string) => void;
  readonly #startedAtMs = performance.now();

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  get ms(): number {
    return performance.now() - this.#startedAtMs;
  }

  say(line: string): void {
    this.#write(`${this.stamp()} ${line}`);
  }

  /** The time as it stands before everything that is told. */
  stamp(): string {
    return `[${(this.ms / 1000).toFixed(1).padStart(7)} s]`;
  }

  /** @param like what is the same matter: it is told in full only once */
  found(what: string, evidence: readonly string[] = [], like: string = what): void {
    const known = this.#told.get(like);
    if (known !== undefined) known.times += 1;
    this.say(`FINDING ${what}${known === undefined ? '' : ' (as before)'}`);
    if (known !== undefined) return;
    const finding = { what, atSeconds: Math.round(this.ms / 100) / 10, evidence: [...evidence], times: 1 };
    this.findings.push(finding);
    this.#told.set(like, finding);
    for (const line of evidence) this.#write(`            ${line}`);
  }
}

export const wordsOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined || error.message.includes(code) ? error.message : `${code} ${error.message}`;
};
