import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { h } from 'preact';
import { describe, expect, test } from 'vitest';
import { scriptSafeJson } from '../../../web/components/common.tsx';
import { visibleName } from '../../../web/components/visible-name.ts';
import { languages, messagesFor } from '../../../web/i18n/index.ts';
import { ReceiptPage } from '../../../web/pages/public/receipt.tsx';
import { RequestPage } from '../../../web/pages/public/request.tsx';
import { ClosedPage, PasswordPage } from '../../../web/pages/public/short.tsx';
import { VerifyPage } from '../../../web/pages/public/verify.tsx';
import { NewRequestPage } from '../../../web/pages/staff/new-request.tsx';
import { emptyNewRequest } from '../../../web/pages/staff/new-request-form.ts';
import { StaffRequestPage } from '../../../web/pages/staff/request.tsx';
import { RequestsPage } from '../../../web/pages/staff/requests.tsx';
import { renderPage } from '../../../web/render.ts';
import { arriving } from './sample-dashboard.ts';
import { noneOfView, receipt, requests, staffRequest, submissions } from './sample-records.ts';
import { sampleContext, samplePages, sampleRequest } from './samples.tsx';

const names = Object.keys(samplePages(sampleContext('en')));
const rendered = (name: string, context = sampleContext('en')): string => {
  const page = samplePages(context)[name];
  if (page === undefined) throw new Error(`there is no page ${name}`);
  return renderPage(page);
};

describe.each(languages)('in %s', (language) => {
  test.each(names)('the page %s is whole, and leaks no value that is none', (name) => {
    const html = rendered(name, sampleContext(language));
    expect(html).toMatch(new RegExp(`^<!doctype html>\\n<html lang="${language}">`));
    expect(html).toMatch(/<h1[^>]*>(<bdi>)?[^<]+(<bdi>[^<]+)?(<\/bdi>)?<\/h1>/);
    expect(html).not.toMatch(/undefined|\[object|NaN|Invalid Date|\bnull\b/);
  });

  test.each(names)('the page %s carries nothing inline, so that its security policy holds', (name) => {
    const html = rendered(name, sampleContext(language));
    expect(html).not.toMatch(/\sstyle=|<style|\son[a-z]+=|javascript:/);
    for (const [tag] of html.matchAll(/<script[^>]*>/g))
      expect(tag).toMatch(/type="application\/json"|src="\/assets\//);
  });

  test.each(names)(
    'on the page %s every control has a label, and every reference leads somewhere',
    (name) => {
      const html = rendered(name, sampleContext(language));
      const ids = [...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
      expect(new Set(ids).size).toBe(ids.length);
      const named = [...html.matchAll(/\s(?:for|aria-describedby|aria-labelledby|list)="([^"]+)"/g)];
      for (const [, value = ''] of named) for (const id of value.split(' ')) expect(ids).toContain(id);
      const labelled = new Set([...html.matchAll(/<label for="([^"]+)"/g)].map(([, id]) => id));
      const controls = [...html.matchAll(/<(?:input|textarea|select)\b[^>]*>/g)].map(([tag]) => tag);
      for (const tag of controls.filter((tag) => !/type="(checkbox|hidden)"/.test(tag)))
        expect(labelled).toContain(/\sid="([^"]+)"/.exec(tag)?.[1]);
    },
  );

  test('the demo says what it is on every page, and nothing else does', () => {
    const { demoText } = messagesFor(language).layout;
    for (const name of names) {
      expect(rendered(name, sampleContext(language, { demo: true }))).toContain(demoText);
      expect(rendered(name, sampleContext(language))).not.toContain(demoText);
    }
  });
});

describe('hostile text', () => {
  const hostile = `"'><script>alert(1)</script><!--</textarea></title>`;
  const file = {
    ...(receipt.files[0] ?? { sizeBytes: 1, sha256: '', storedAt: new Date(0), state: 'stored' }),
  };
  const context = sampleContext('en', { brand: { name: hostile } });
  const staff = { name: hostile };
  const pages = {
    request: h(RequestPage, {
      context,
      token: hostile,
      request: {
        ...sampleRequest,
        title: hostile,
        instructions: hostile,
        fields: [{ key: 'a', label: hostile, kind: 'choice', required: true, choices: [hostile] }],
        forms: [{ id: hostile, name: hostile, sizeBytes: 1 }],
        rules: { allowedTypes: [hostile] },
        checklist: [{ id: hostile, label: hostile, required: true, rules: { allowedTypes: [hostile] } }],
      },
    }),
    receipt: h(ReceiptPage, {
      context,
      receipt: {
        ...receipt,
        requestTitle: hostile,
        submitterName: hostile,
        files: [{ ...file, name: hostile, state: 'stored' }],
      },
      progress: {
        state: 'sealed',
        handsOn: true,
        isFinal: false,
        files: [{ name: hostile, sizeBytes: 1, state: 'stored' }],
        notArrived: [{ name: hostile, failureCode: hostile }],
      },
      mayAdd: true,
      path: '/receipts/sub_1.signature',
      verifyUrl: 'https://files.example.org/verify',
    }),
    verify: h(VerifyPage, {
      context,
      text: hostile,
      sha256: hostile,
      receipt: {
        ...receipt,
        requestTitle: hostile,
        submitterName: hostile,
        files: [{ ...file, name: hostile }],
      },
      comparison: { sha256: hostile, matches: [{ number: 1, path: hostile }] },
    }),
    closed: h(ClosedPage, { context, title: hostile }),
    password: h(PasswordPage, { context, token: hostile }),
    requests: h(RequestsPage, {
      context,
      staff,
      counts: { ...noneOfView, all: 1 },
      view: 'all',
      search: hostile,
      arriving: {
        arriving: arriving.map((item) => ({
          ...item,
          submitterName: hostile,
          request: { id: hostile, title: hostile },
        })),
        more: 1,
      },
      notices: [
        {
          id: 'n',
          level: 'problem',
          code: 'upload.failed',
          subject: 'upl_1',
          params: { file: hostile, title: hostile },
          timesSeen: 1,
          lastSeenAt: context.now,
          requestId: hostile,
        },
      ],
      requests: requests.map((request) => ({ ...request, title: hostile, link: hostile })),
    }),
    'new request': h(NewRequestPage, {
      context,
      staff,
      ownAccount: hostile,
      values: {
        formKey: hostile,
        title: hostile,
        team: hostile,
        account: 'own',
        instructions: hostile,
        deadline: hostile,
        deadlineZone: hostile,
        graceMinutes: hostile,
        password: hostile,
        keptPassword: hostile,
        forgetPassword: true,
        removePassword: true,
        takeBackMinutes: hostile,
        retentionDays: hostile,
        maxFileMegabytes: hostile,
        maxFiles: hostile,
        maxTotalMegabytes: hostile,
        allowedTypes: hostile,
        languages: hostile,
        nextcloudPageAllowed: true,
        maxRequestMegabytes: hostile,
        deliverPer: 'file',
        unscanned: 'hold',
        afterImport: 'delete',
        deleteAfterDays: hostile,
        items: [
          {
            id: hostile,
            label: hostile,
            required: true,
            maxFileMegabytes: hostile,
            maxFiles: hostile,
            allowedTypes: hostile,
          },
        ],
        questions: [{ key: hostile, label: hostile, kind: 'choice', required: true, choices: hostile }],
        destinationIds: [hostile],
      },
      destinations: [{ id: hostile, name: hostile, kindTitle: { en: hostile, ja: hostile } }],
      teams: [hostile, 'other'].map((name) => ({ id: name, name })),
      zones: [hostile],
      changing: { id: hostile, hasPassword: true },
    }),
    'staff request': h(StaffRequestPage, {
      context,
      staff,
      request: {
        ...staffRequest,
        title: hostile,
        folderPath: hostile,
        proof: {
          state: 'refused',
          provenAt: context.now,
          checks: [{ name: hostile, expected: hostile, seen: 'x' }],
        },
      },
      mayNote: true,
      submissions: {
        ...submissions,
        search: hostile,
        shown: submissions.shown.map((submission) => ({
          ...submission,
          submitterName: hostile,
          message: hostile,
          answers: [{ label: hostile, value: hostile }],
          notes: [{ id: hostile, authorName: hostile, text: hostile, at: context.now }],
          files: submission.files.map((file) => ({ ...file, name: hostile })),
        })),
      },
      notices: [],
    }),
  };

  test.each(Object.entries(pages))('stays text on the page %s', (_name, page) => {
    const html = renderPage(page);
    expect(html).toContain('alert(1)');
    expect(html).not.toContain('<script>alert');
    expect(html).not.toContain('<!--');
    // One opening and one closing tag each: nothing was closed early.
    for (const element of ['title', 'html', 'body', 'main'])
      expect(html.match(new RegExp(`</${element}>`, 'g'))).toHaveLength(1);
    expect(html.match(/<\/textarea>/g)?.length).toBe(html.match(/<textarea/g)?.length);
    expect(html.match(/<\/script>/g)?.length).toBe(html.match(/<script/g)?.length);
  });

  test('comes back whole out of a data block', () => {
    const json = scriptSafeJson({ hostile, line: '\u2028' });
    expect(json).not.toMatch(/[<>&\u2028]/);
    expect(JSON.parse(json)).toEqual({ hostile, line: '\u2028' });
  });
});

describe('who asks', () => {
  const brand = {
    name: 'Kitano & Co',
    logo: { address: '/brand/logo-1.svg', isPale: false },
    css: '/brand/1.css',
  };
  const page = (name: string, change = {}) =>
    rendered(name, sampleContext('en', { brand: { ...brand, ...change } }));

  test.each(['request', 'password', 'closed', 'not-found', 'error', 'receipt', 'verify'])(
    'stands at the top of the page %s, with its logo and its accent; Uketori’s name below',
    (name) => {
      const html = page(name);
      const [top = '', foot = ''] = html.split('<main');
      expect(top).toContain('<img class="who-logo who-logo-dark" src="/brand/logo-1.svg" alt/>');
      expect(top).toContain('<bdi class="who-name">Kitano &amp; Co</bdi>');
      expect(top).not.toContain('Uketori');
      expect(top).toMatch(
        /<link rel="stylesheet" href="\/assets\/main.css"\/><link [^>]*href="\/brand\/1.css"/,
      );
      expect(foot).toMatch(/<footer class="foot">.*Uketori/);
    },
  );

  test('where nobody is known, Uketori’s name stands at the top', () => {
    const html = page('request', { name: undefined, logo: undefined, css: undefined });
    expect(html).toMatch(/<p class="wordmark">.*Uketori.*<main/s);
    expect(html).not.toMatch(/<footer|who-|\/brand\//);
  });

  test('a logo without a name has words of its own; a name can do without a logo', () => {
    expect(page('request', { name: undefined })).toContain('alt="Logo of the organisation that asks"');
    expect(page('request', { logo: undefined })).not.toContain('<img');
    expect(page('request', { logo: undefined })).toContain('who-name');
  });

  test.each(['staff-requests', 'sign-in'])('the console’s page %s is Uketori’s, in their accent', (name) => {
    const html = page(name);
    expect(html).toContain('/brand/1.css');
    expect(html).toMatch(/class="wordmark".*Uketori.*<main/s);
    expect(html).not.toMatch(/who-|<footer/);
  });
});

test('a typed password never comes back, while other values do', () => {
  const html = renderPage(
    h(NewRequestPage, {
      context: sampleContext('en'),
      staff: { name: 'S' },
      values: { ...emptyNewRequest('Asia/Tokyo'), title: 'kept title', password: 'secret word' },
      errors: { deadline: { problem: 'not-a-date' } },
      teams: [{ id: 'tem_1', name: 'T' }],
      destinations: [],
      zones: [],
    }),
  );
  expect(html).toContain('kept title');
  expect(html).not.toContain('secret word');
});

test.each(['staff-new', 'staff-new-wrong', 'staff-change'])(
  'Enter in a field of %s does what the form is for: its first button asks for nothing else',
  (name) => {
    const form = /<form[^>]*class="new-request".*?<\/form>/s.exec(rendered(name))?.[0] ?? '';
    const buttons = [...form.matchAll(/<button[^>]*type="submit"[^>]*>/g)].map(([tag]) => tag);
    expect(buttons.length).toBeGreaterThan(3);
    expect(buttons[0]).not.toMatch(/name=|formaction|formtarget|disabled/i);
  },
);

test('a browser refuses nothing that is in a fold, where nobody would see why', () => {
  for (const name of ['staff-new', 'staff-new-wrong', 'staff-change']) {
    const folds = rendered(name).match(/<details.*?<\/details>/gs) ?? [];
    expect(folds.length).toBeGreaterThan(3);
    for (const fold of folds)
      expect(fold).not.toMatch(
        / (required|pattern|min|max|minlength|step)(=|>|\s)|type="(number|email|url|date[^"]*)"/,
      );
  }
});

test('an error stands at its field, and says so to a screen reader', () => {
  const html = rendered('staff-new-wrong');
  expect(html).toMatch(/<input id="title" aria-describedby="title-hint title-problem" aria-invalid="true"/);
  expect(html).toContain('8 entries need correcting');
});

test('a setting is called by its name, with its key beside it; facts follow its hint', () => {
  const [en, ja] = (['en', 'ja'] as const).map((language) =>
    rendered('staff-destination', sampleContext(language)),
  );
  expect(en).toContain('<label for="config-dir">Path of the folder <code class="mark">dir</code></label>');
  expect(en).toContain('>Anybody may read them. Preset: No<');
  expect(en).toContain('>This or a key. Set. Leave it empty to keep it.<');
  expect(en).not.toMatch(/Preset: </);
  expect(ja).toContain('フォルダーのパス <code class="mark">dir</code>');
  expect(ja).toContain('>誰でも閲覧できます。 既定値: いいえ<');
});

test('what cannot be seen in a name is shown, and what belongs to it stays', () => {
  expect(visibleName('invoice\u202Efdp.exe')).toBe('invoice‹U+202E›fdp.exe');
  expect(visibleName('a\u0000b\u200Bc')).toBe('a‹U+0000›b‹U+200B›c');
  expect(visibleName('報告書 (最終).pdf')).toBe('報告書 (最終).pdf');
  expect(visibleName('👩‍💻.png')).toBe('👩‍💻.png');
});

test('a receipt shows every file with its size to the byte and its whole hash', () => {
  const html = rendered('receipt');
  for (const file of receipt.files) {
    expect(html).toContain(file.sha256);
    expect(html).toContain(`${file.sizeBytes.toLocaleString('en-GB')} bytes`);
  }
  expect(html).toContain('class="number">261122-7F3KQ<');
});

test('every page that there is has a sample, so that it is looked at and held to the rules', () => {
  const sourcesIn = (folder: string): string =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.tsx'))
      .map((file) => readFileSync(join(folder, file), 'utf8'))
      .join('\n');
  const pages = [
    ...sourcesIn(join(import.meta.dirname, '../../../web/pages')).matchAll(/export const (\w+Page)\b/g),
  ];
  const samples = sourcesIn(import.meta.dirname);
  expect(pages.length).toBeGreaterThan(30);
  expect(pages.map(([, name]) => name).filter((name) => !samples.includes(`<${name}`))).toEqual([]);
});

test.each(['staff-people', 'staff-person', 'staff-teams'])(
  '%s names the first team in its reader’s language',
  (name) => {
    expect(rendered(name, sampleContext('ja'))).toContain('全員');
    expect(rendered(name, sampleContext('ja'))).not.toContain('<bdi>Everyone');
    expect(rendered(name, sampleContext('en'))).toContain('Everyone');
  },
);

test('a delivery that was never tried has no list of attempts', () => {
  expect(rendered('staff-delivery')).toContain('<h2>Attempts</h2>');
  expect(rendered('staff-delivery-new')).not.toContain('Attempts');
});
