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
