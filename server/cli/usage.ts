import { type ParseArgsConfig, parseArgs } from 'node:util';

/** The command was not called rightly; the message says how. Exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** `parseArgs` whose complaints are ours. */
export const parse = <T extends NonNullable<ParseArgsConfig['options']>>(args: string[], options: T) => {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\nSee uketori help.`);
  }
};

/** The one word that a command is about. @throws UsageError */
export const oneWord = (positionals: string[], name: string): string => {
  const [word] = positionals;
  if (word === undefined || positionals.length > 1)
    throw new UsageError(`Expected exactly one ${name}. See uketori help.`);
  return word;
};
