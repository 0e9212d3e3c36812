import { randomBytes } from 'node:crypto';
import { defaultUsers, type StandinUser } from '../standins/nextcloud/options.ts';

/** People who sign in at the stand-in themselves, beside the portal's own account. */
export const nextcloudPerson = (id: string, groups: string[] = []): StandinUser => ({
  id,
  loginPassword: `Login-of-${id}-${randomBytes(6).toString('hex')}`,
  appPassword: randomBytes(54).toString('hex'),
  displayName: `${id} of the tests`,
  groups,
});

export const withPeople = (...people: StandinUser[]): { users: StandinUser[] } => ({
  users: [...defaultUsers, ...people],
});

/** What a person does on Nextcloud's page. */
export const grantAccess = async (address: string, { id, loginPassword }: StandinUser): Promise<void> => {
  const response = await fetch(address, {
    method: 'POST',
    body: new URLSearchParams({ user: id, password: loginPassword }),
  });
  if (!response.ok) throw new Error(`nothing was granted: ${response.status}`);
};

/** The address of Nextcloud's page, and the code, on the portal's. */
export const wayOn = (html: string): { address: string; code: string } => ({
  address: /href="([^"]+\/login\/v2\/flow\/[^"]+)"/.exec(html)?.[1] ?? '',
  code: /<code>([0-9A-Z]{4})<\/code>/.exec(html)?.[1] ?? '',
});
