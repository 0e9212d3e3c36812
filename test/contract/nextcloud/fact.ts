import { expect, test } from 'vitest';
import type { Server } from './server.ts';

/** What a fact can't be asked without. */
export type Need = 'login password' | 'administrator' | 'lock-out' | 'stand-in';

const answers: Record<Need, { isMet: (server: Server) => boolean; how: string }> = {
  'login password': {
    isMet: ({ loginAuth }) => loginAuth !== undefined,
    how: 'NEXTCLOUD_LOGIN_PASSWORD is not set',
  },
  administrator: {
    isMet: ({ adminAuth }) => adminAuth !== undefined,
    how: 'NEXTCLOUD_ADMIN_USER and NEXTCLOUD_ADMIN_APP_PASSWORD are not set',
  },
  'lock-out': {
    isMet: ({ mayLockOut }) => mayLockOut,
    how: 'it locks an address out, and NEXTCLOUD_CONTRACT_LOCKOUT=1 is not set',
  },
  'stand-in': {
    isMet: ({ standin }) => standin !== undefined,
    how: 'it can be brought about on the stand-in only',
  },
};

interface Tally {
  held: number;
  asked: number;
  leftOut: string[];
}

/** The facts of one run. */
export class Facts {
  readonly #server: () => Server;
  readonly #tally: Tally;

  constructor(server: () => Server, tally: Tally = { held: 0, asked: 0, leftOut: [] }) {
    this.#server = server;
    this.#tally = tally;
  }

  /** Facts of the same run that are asked as another account. */
  as(server: () => Server): Facts {
    return new Facts(server, this.#tally);
  }

  /** One fact as one test. Where a need isn't met it is left out, and named at the end. */
  add(name: string, check: (server: Server) => Promise<void>, ...needs: Need[]): void {
    // oxlint-disable-next-line vitest/valid-title -- it is a string, only not a literal
    test(name, async (context) => {
      const server = this.#server();
      const unmet = needs.map((need) => answers[need]).find(({ isMet }) => !isMet(server));
      if (unmet !== undefined) {
        this.#tally.leftOut.push(`${name}: ${unmet.how}`);
        context.skip(unmet.how);
      }
      this.#tally.asked += 1;
      expect.hasAssertions();
      await check(server);
      this.#tally.held += 1;
    });
  }

  summary(): string {
    const { kind, productName, version, url } = this.#server();
    const { held, asked, leftOut } = this.#tally;
    const lines = [
      `${kind === 'real' ? 'a real server' : 'the stand-in'} answered: ${productName} ${version} at ${url}`,
      `${held} of ${asked} facts held, ${leftOut.length} were left out`,
      ...leftOut.map((line) => `  left out: ${line}`),
    ];
    return lines.join('\n');
  }
}
