export interface SingleSignOnConfig {
  issuer: URL;
  clientId: string;
  clientSecret: string;
  /** The claim that names a person's groups. */
  groupsClaim: string;
  /** Groups whose members have this role; of several, the first that fits, in this order. */
  groups: Record<'administrator' | 'staff' | 'viewer', readonly string[]>;
}

export const isIssuer = (text: string): boolean => {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return (
    protocol === 'https:' || (protocol === 'http:' && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname))
  );
};

const providerKeys = ['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET'] as const;
const groupKeys = ['OIDC_ADMINISTRATORS', 'OIDC_STAFF', 'OIDC_VIEWERS'] as const;

type Key = (typeof providerKeys)[number] | (typeof groupKeys)[number] | 'OIDC_GROUPS_CLAIM';

/** Who is let in through Nextcloud's own sign-in page. */
export interface NextcloudSignInConfig {
  /** Undefined: whose Nextcloud user is named with them, by an administrator or by themselves. */
  groups: SingleSignOnConfig['groups'] | undefined;
}

const nextcloudGroupKeys = ['NEXTCLOUD_ADMINISTRATORS', 'NEXTCLOUD_STAFF', 'NEXTCLOUD_VIEWERS'] as const;

type NextcloudKey = (typeof nextcloudGroupKeys)[number] | 'NEXTCLOUD_SIGN_IN';

/** @param problems is added to @returns undefined where nobody is */
export const readNextcloudSignIn = (
  read: (key: NextcloudKey) => string | undefined,
  problems: string[],
): NextcloudSignInConfig | undefined => {
  const isOn = read('NEXTCLOUD_SIGN_IN') !== 'off';
  const [administrator, staff, viewer] = nextcloudGroupKeys.map((key) => listOf(read(key)));
  const groups = { administrator: administrator ?? [], staff: staff ?? [], viewer: viewer ?? [] };
  const hasGroups = Object.values(groups).flat().length > 0;
  if (hasGroups && !isOn)
    problems.push(`NEXTCLOUD_SIGN_IN: off, and yet ${nextcloudGroupKeys.join(', ')} name groups to let in`);
  return isOn ? { groups: hasGroups ? groups : undefined } : undefined;
};

/** @param problems is added to */
export const readSingleSignOn = (
  read: (key: Key) => string | undefined,
  isSet: (key: Key) => boolean,
  problems: string[],
): SingleSignOnConfig | undefined => {
  const [issuer, clientId, clientSecret] = providerKeys.map(read);
  const [administrator, staff, viewer] = groupKeys.map((key) => listOf(read(key)));
  const missing = providerKeys.filter((key) => !isSet(key));
  if (missing.length === providerKeys.length && !groupKeys.some(isSet)) return undefined;
  problems.push(...missing.map((key) => `${key}: expected, as other OIDC_ keys are set`));
  if (!groupKeys.some(isSet))
    problems.push(
      `${groupKeys.join(', ')}: expected the groups of one role at least, or nobody could sign in`,
    );
  if (issuer === undefined || clientId === undefined || clientSecret === undefined) return undefined;
  return {
    issuer: new URL(issuer),
    clientId,
    clientSecret,
    groupsClaim: read('OIDC_GROUPS_CLAIM') ?? 'groups',
    groups: { administrator: administrator ?? [], staff: staff ?? [], viewer: viewer ?? [] },
  };
};

const listOf = (text = ''): string[] =>
  text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
