import { expect, onTestFinished, test } from 'vitest';
import { createMailer, type MailSettings } from '../../../server/mail/mailer.ts';
import { startMailServer } from '../../support/mail-server.ts';

const from: MailSettings['from'] = { name: '', address: 'uketori@example.org' };
const letter = { subject: 'S', text: 'T', html: '<p>T</p>' };

const start = async (options: Parameters<typeof startMailServer>[0] = {}) => {
  const server = await startMailServer(options);
  onTestFinished(() => server.close());
  return server;
};

const withAccount = (url: URL, password: string): URL => {
  const address = new URL(url);
  address.username = encodeURIComponent('portal@example.org');
  address.password = encodeURIComponent(password);
  return address;
};

test('signs in with what SMTP_URL says, and says so when that is refused', async () => {
  const seen: string[] = [];
  const server = await start({
    authOptional: false,
    onAuth({ username, password }, _session, done) {
      seen.push(`${username} ${password}`);
      if (password === 'p:@/ss') done(null, { user: username });
      else done(Object.assign(new Error('no'), { responseCode: 535 }));
    },
  });
  const good = createMailer({ server: withAccount(server.url, 'p:@/ss'), from });
  await good.check();
  await good.send('mai_1', 'a@example.org', letter);
  expect(server.received).toHaveLength(1);
  expect(new Set(seen)).toEqual(new Set(['portal@example.org p:@/ss']));
  const bad = createMailer({ server: withAccount(server.url, 'wrong'), from });
  await expect(bad.check()).rejects.toMatchObject({ code: 'mail.sign-in', details: 'EAUTH AUTH PLAIN 535' });
  await expect(bad.send('mai_1', 'a@example.org', letter)).rejects.toMatchObject({ code: 'mail.sign-in' });
});

test('says that a server is away', async () => {
  const server = await startMailServer();
  await server.close();
  await expect(createMailer({ server: server.url, from }).check()).rejects.toMatchObject({
    code: 'mail.unavailable',
  });
});

test('smtps takes only a certificate that is good', async () => {
  const server = await start({ secure: true });
  const address = new URL(server.url.href.replace('smtp:', 'smtps:'));
  await expect(createMailer({ server: address, from }).check()).rejects.toMatchObject({
    code: 'mail.unavailable',
  });
});
