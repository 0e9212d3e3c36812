import { hash, verify } from '@node-rs/argon2';

/** argon2id with 19 MiB and two passes: about 25 ms (OWASP's first recommendation). */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export const hashPassword = (password: string): Promise<string> => hash(password.normalize('NFC'), cost);

let absent: Promise<string> | undefined;

/** Takes as long when there is no hash as when there is one, so that the time tells nothing. */
export const passwordMatches = async (
  passwordHash: string | null | undefined,
  password: string,
): Promise<boolean> => {
  absent ??= hashPassword('nobody has this password');
  const matches = await verify(passwordHash ?? (await absent), password.normalize('NFC'));
  return matches && typeof passwordHash === 'string';
};
