import type { VNode } from 'preact';
import type { PageContext } from '../../../web/pages/context.ts';
import { AccountPage } from '../../../web/pages/staff/account.tsx';
import { notifyingObstacles, type ShownNotified } from '../../../web/pages/staff/notified.tsx';

export const sampleAccounts = (context: PageContext): Record<string, VNode> => ({
  'staff-account': accountPage(context, { isWanted: true, user: 'hanako' }),
  ...Object.fromEntries(
    notifyingObstacles.map((obstacle) => [
      `staff-account-${obstacle}`,
      accountPage(context, {
        isWanted: obstacle === 'unknown-user' || obstacle === 'refused',
        obstacle,
        ...(obstacle === 'no-account' ? {} : { user: 'hanako' }),
      }),
    ]),
  ),
});

const accountPage = (context: PageContext, notified: ShownNotified) => (
  <AccountPage
    context={context}
    person={{
      login: 'sato',
      role: 'staff',
      name: '佐藤 美咲',
      email: 'sato@example.jp',
      language: context.language,
      mailing: 'daily',
      notified,
      hasPassword: true,
    }}
    leastPasswordCharacters={12}
    scopes={['requests:read', 'requests:write']}
    tokens={[
      {
        id: 'tok_1',
        name: '受付システム',
        scopes: ['requests:read'],
        expiresAt: new Date(context.now.getTime() + 86_400_000),
        lastUsedAt: context.now,
      },
    ]}
    secondFactor={{
      state: 'waiting',
      secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
      address: 'otpauth://totp/Uketori:sato',
    }}
    nextcloud={{ state: 'connected', user: 'hanako', requests: 0 }}
    sessions={[
      {
        id: 'a',
        signedInAt: new Date('2026-11-22T07:59:47Z'),
        address: '192.0.2.17',
        device: { browser: 'Firefox', system: 'Windows' },
        isThis: true,
      },
      {
        id: 'b',
        signedInAt: new Date('2026-11-20T00:12:00Z'),
        address: '2001:db8:1234:5678:9abc:def0:1234:5678',
        device: { browser: 'Safari', system: 'iPhone' },
        isThis: false,
      },
      { id: 'c', signedInAt: new Date('2026-11-19T22:40:00Z'), isThis: false },
    ]}
    failure={{ code: 'password.too-short', params: { limit: 12 } }}
  />
);
