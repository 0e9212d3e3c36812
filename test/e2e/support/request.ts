import type { Page } from 'playwright-core';
import type { Product } from './product.ts';
import { until } from './until.ts';

export const signIn = async (page: Page, product: Product): Promise<void> => {
  await page.goto(`${product.origin}/staff`);
  await page.getByLabel('Login').fill(product.login);
  await page.getByLabel('Password').fill(product.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'Requests' }).waitFor();
};

export interface Asked {
  title: string;
  instructions?: string;
  password?: string;
  /** `2030-01-31T17:00` */
  deadline?: string;
  question?: { label: string; required: boolean };
  /** The checklist: at most three items. */
  items?: { label: string; required: boolean; allowedTypes?: string }[];
  /** Name endings with commas. */
  allowedTypes?: string;
  maxFiles?: number;
  maxFileMegabytes?: number;
  /** Left out: files are handed on at once. */
  takeBackMinutes?: number;
}

/** As signed-in staff, opens a request. @returns its link */
export const askFor = async (page: Page, product: Product, asked: Asked): Promise<string> => {
  await page.goto(`${product.origin}/staff/requests/new`);
  await unfold(page);
  await page.getByLabel('Title').fill(asked.title);
  await page.getByLabel('Instructions').fill(asked.instructions ?? '');
  await page.getByLabel('Password').fill(asked.password ?? '');
  if (asked.deadline !== undefined) await page.getByLabel('Deadline').fill(asked.deadline);
  if (asked.question !== undefined) {
    const row = page.getByRole('group', { name: 'Question 1' });
    await row.getByLabel('Name').fill(asked.question.label);
    if (asked.question.required) await row.getByLabel('Must be answered').check();
  }
  for (const [index, item] of (asked.items ?? []).entries()) {
    const row = page.getByRole('group', { name: `Item ${index + 1}` });
    await row.getByLabel('Name of the item').fill(item.label);
    await row.getByLabel('Nothing can be finished without it').setChecked(item.required);
    await row.getByLabel('Accepted name endings').fill(item.allowedTypes ?? '');
  }
  await page.getByLabel('Kinds of files').fill(asked.allowedTypes ?? '');
  await page.getByLabel('Files in one submission').fill(String(asked.maxFiles ?? ''));
  await page.getByLabel('Largest file, in MB').fill(String(asked.maxFileMegabytes ?? ''));
  await page.getByLabel('Take-back window').fill(String(asked.takeBackMinutes ?? 0));
  await page.getByRole('button', { name: 'Open the request' }).click();
  return page.getByLabel('Link for submitters').inputValue();
};

/** What is folded on the form of a request is needed by few: here it is filled in too. */
export const unfold = async (page: Page): Promise<void> => {
  for (const fold of await page.locator('.fold').all())
    if ((await fold.getAttribute('open')) === null) await fold.locator('summary').click();
};

/** Loads a page again and again until it shows the words. */
export const reloadUntil = async (page: Page, words: string, limitMs: number): Promise<void> => {
  await until(`“${words}” on ${new URL(page.url()).pathname}`, limitMs, async () => {
    await page.reload();
    return page.getByText(words, { exact: true }).first().isVisible();
  });
};

/** Share of the whole that the submitter's page shows as sent, from 0 to 1; 0 before it sends. */
export const sentShare = async (page: Page): Promise<number> => {
  const bar = page.locator('progress.overall');
  return (await bar.count()) === 0 ? 0 : bar.evaluate((element) => (element as HTMLProgressElement).value);
};

export const sampleLinkOf = (product: Product): string => {
  if (product.sampleLink === undefined) throw new Error('the start made no sample request');
  return product.sampleLink;
};

/** As a submitter whose browser speaks English: opens a link and sends files. Returns when they are on their way. */
export const sendTo = async (page: Page, link: string, paths: string[]): Promise<void> => {
  await page.goto(link);
  await page.getByLabel('Your name').fill('A submitter');
  await page.getByLabel('Choose files').setInputFiles(paths);
  await page.getByRole('button', { name: 'Send' }).click();
};

/** SHA-256 of each file on the receipt that is shown. */
export const shownHashes = (page: Page): Promise<string[]> =>
  page.locator('.slip-files .hash').allInnerTexts();
