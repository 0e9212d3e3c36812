import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { type Line, startLine } from './line.ts';
import { type Product, startProduct } from './product.ts';
import { type Asked, askFor, signIn } from './request.ts';
import { openBrowser, type Visitor, welcome } from './visitor.ts';

/** What the tests of one file play on. Filled before the first of them. */
export interface Stage {
  product: Product;
  browser: Browser;
  /** For the files that they send. */
  folder: string;
  /** Somebody new, with a browser of their own. */
  welcome(options?: BrowserContextOptions): Promise<Visitor>;
  /** Has staff open a request. @returns its link */
  askFor(asked: Asked): Promise<string>;
}

/** The product's environment variables, from what has to be started before it. */
type Settings = () => Promise<Record<string, string>>;

/**
 * Starts the product and a browser before the tests of a file, and ends both after them.
 * To be called before the file's own `beforeAll`.
 */
export const setStage = (settings?: Settings): Stage =>
  set({} as Stage, () => Promise.resolve(undefined), settings);

/** The same, with a line between the two that can be slow, and can break. */
export const setStageWithLine = (settings?: Settings): Stage & { line: Line } => {
  const stage = {} as Stage & { line: Line };
  return set(
    stage,
    async ({ port }) => {
      stage.line = await startLine(port);
      return stage.line;
    },
    settings,
  );
};

const set = <Kind extends Stage>(
  stage: Kind,
  layLine: (product: Product) => Promise<Line | undefined>,
  settings: Settings = () => Promise.resolve({}),
): Kind => {
  let line: Line | undefined;
  stage.welcome = (options) => welcome(stage.browser, stage.product, options);
  stage.askFor = async (asked) => {
    const staff = await stage.welcome();
    await signIn(staff.page, stage.product);
    const link = await askFor(staff.page, stage.product, asked);
    await staff.leave();
    return link;
  };
  beforeAll(async () => {
    stage.folder = await mkdtemp(join(tmpdir(), 'uketori-e2e-files-'));
    stage.product = await startProduct(await settings());
    line = await layLine(stage.product);
    stage.browser = await openBrowser(stage.product, line);
  });
  // Whichever of them there is: the start itself may have failed.
  afterAll(async () => {
    const { browser, folder, product } = stage as Partial<Stage>;
    await browser?.close();
    await line?.close();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    await product?.stop();
  });
  return stage;
};
