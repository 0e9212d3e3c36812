import type { AddressInfo } from 'node:net';
import ssh2, { type AuthContext, type Connection } from 'ssh2';
import { fingerprintOf } from '../../../server/importer/destinations/sftp/connect.ts';
import { serveFiles } from './files.ts';
import { newKeyPair } from './keys.ts';

/** What the OpenSSH server of the tests can't be made to do: passwords without accounts, and servers of other makers. */
export interface SftpStandIn {
  port: number;
  hostKey: string;
  /** How users tried to sign in, in order. */
  attempts: string[];
  /** What is asked of those who sign in by `keyboard-interactive`. */
  prompts: { prompt: string; echo: boolean }[];
  methods: ('password' | 'keyboard-interactive')[];
  /** Renaming replaces what has the name. */
  renameReplaces: boolean;
  /** Keeps other bytes than it was sent. */
  spoils: boolean;
  /** Called before a file is made that must not be there already, with its path. */
  beforeExclusive: (path: string) => void;
  /** Requests in which something was given another name. */
  renames: number;
  close(): Promise<void>;
}

export const standInUser = 'uketori';
export const standInPassword = 'the password of the stand-in';

/** @param dir the only folder that it serves, at its own path */
export const startSftp = async (dir: string): Promise<SftpStandIn> => {
  const keys = newKeyPair();
  const connections = new Set<Connection>();
  const server = new ssh2.Server({ hostKeys: [keys.private] }, (connection) => {
    connections.add(connection);
    connection
      .on('error', () => undefined)
      .on('close', () => connections.delete(connection))
      .on('authentication', (context) => signIn(standIn, context))
      .on('session', (accept) => {
        accept().on('sftp', (acceptSftp) => serveFiles(standIn, dir, acceptSftp()));
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const standIn: SftpStandIn = {
    port: (server.address() as AddressInfo).port,
    hostKey: fingerprintOf(keys.wire),
    attempts: [],
    prompts: [{ prompt: 'Password: ', echo: false }],
    methods: ['password'],
    renameReplaces: false,
    spoils: false,
    beforeExclusive: () => undefined,
    renames: 0,
    async close() {
      for (const connection of connections) connection.end();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return standIn;
};

const signIn = (standIn: SftpStandIn, context: AuthContext): void => {
  const { methods, prompts } = standIn;
  const decide = (password: string | undefined) => {
    standIn.attempts.push(`${context.method} ${password ?? '(nothing)'}`);
    if (context.username === standInUser && password === standInPassword) context.accept();
    else context.reject([...methods]);
  };
  if (context.method === 'password' && methods.includes('password')) decide(context.password);
  else if (context.method === 'keyboard-interactive' && methods.includes('keyboard-interactive'))
    context.prompt(prompts, (answers) => decide(answers.length === 1 ? answers[0] : undefined));
  else context.reject([...methods]);
};
