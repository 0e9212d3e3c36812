import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';
import { findChromium, noChromium } from './chromium.ts';
import type { Line } from './line.ts';
import type { Product } from './product.ts';

/** Somebody with a browser of their own, in front of one page. */
export interface Visitor {
  page: Page;
  context: BrowserContext;
  /** Complaints that this scenario brings about on purpose. */
  expectTrouble(...patterns: RegExp[]): void;
  /** Closes it. Fails when a page complained, broke its security policy, or asked any other host for anything. */
  leave(): Promise<void>;
}

/** Chromium complains of every page that is not a 200. */
export const status = (code: number): RegExp => new RegExp(`the server responded with a status of ${code} `);

/**
 * Opens a Chromium that can reach the portal and nothing else.
 * @param line what stands between it and the portal, where a scenario slows or breaks that
 */
export const openBrowser = async (product: Product, line?: Line): Promise<Browser> => {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error(noChromium);
  const port = line?.port ?? product.port;
  return chromium.launch({
    executablePath,
    headless: true,
    // Without a locale of UTF-8 Chromium can't read the Japanese names of a folder that is picked.
    env: { ...(process.env as Record<string, string>), LC_ALL: 'C.UTF-8' },
    args: [
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--host-resolver-rules=MAP localhost:${product.port} 127.0.0.1:${port}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1`,
    ],
  });
};

const english = { locale: 'en-GB', viewport: { width: 1280, height: 900 } } as const;

export const welcome = async (
  browser: Browser,
  product: Product,
  options: BrowserContextOptions = {},
): Promise<Visitor> => {
  const context = await browser.newContext({ ...english, timezoneId: 'Asia/Tokyo', ...options });
  const trouble: string[] = [];
  const expected: RegExp[] = [];
  context.on('request', (request) => {
    const url = new URL(request.url());
    const inPage = url.protocol === 'data:' || url.protocol === 'blob:';
    if (!inPage && url.origin !== product.origin) trouble.push(`a request to elsewhere: ${request.url()}`);
  });
  context.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      trouble.push(`${message.type()}: ${message.text()}`);
  });
  context.on('weberror', (error) => trouble.push(`uncaught: ${String(error.error())}`));
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) =>
      console.error(`policy: ${event.effectiveDirective} ${event.blockedURI}`),
    );
  });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  return {
    page,
    context,
    expectTrouble: (...patterns) => expected.push(...patterns),
    async leave() {
      await context.close();
      const unexpected = trouble.filter((line) => !expected.some((pattern) => pattern.test(line)));
      if (unexpected.length > 0) throw new Error(`The page complained:\n${unexpected.join('\n')}`);
    },
  };
};
