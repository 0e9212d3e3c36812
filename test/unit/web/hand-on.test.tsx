import { renderToString } from 'preact-render-to-string';
import { expect, test } from 'vitest';
import { QrCode } from '../../../web/components/qr-code.tsx';
import { messagesFor } from '../../../web/i18n/index.ts';
import { HandOn } from '../../../web/pages/staff/hand-on.tsx';
import { sampleContext } from './samples.tsx';

const request = {
  id: 'req_1',
  title: 'Report & picture',
  link: 'https://uketori.example/r/abc',
  passwordSet: true,
};

test('the link and the password stand in two mails, in either language', () => {
  for (const language of ['en', 'ja'] as const) {
    const { mail } = messagesFor(language).staff.handOn;
    const told = { title: 'T', link: request.link, from: undefined, deadline: undefined, passwordSet: true };
    expect(mail.text(told)).toContain(request.link);
    expect(mail.passwordText({ title: 'T' })).not.toContain(request.link);
    expect(mail.text(told)).not.toBe(mail.text({ ...told, passwordSet: false }));
  }
});

test('a mail for a request without a password says nothing of one', () => {
  const shown = (passwordSet: boolean) =>
    renderToString(<HandOn context={sampleContext('en')} request={{ ...request, passwordSet }} />);
  expect(shown(true)).toContain('id="password-mail-en"');
  expect(shown(false)).not.toContain('password');
  expect(shown(true)).toContain(
    `href="mailto:?subject=${encodeURIComponent(`Please send your files: ${request.title}`)}`,
  );
});

test('the picture has its white border, and as many dark modules in a finder pattern as there are', () => {
  const svg = renderToString(<QrCode text="x" label="A link" />);
  expect(svg).toContain('viewBox="0 0 29 29"');
  // The upper left finder: seven dark modules in its first row, which begins after four white ones.
  expect(svg).toContain('d="M4 4h7v1H4z');
  expect(svg).toContain('aria-label="A link"');
});
