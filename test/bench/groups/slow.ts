import { setTimeout as delay } from 'node:timers/promises';
import type { Bench, Group } from '../bench.ts';
import type { ProxyTask } from '../children/proxy.ts';
import type { SlowJob, SlowResult, SlowTask } from '../children/slow.ts';
import { type Child, startChild } from '../processes.ts';
import { watchMemory } from '../processor.ts';
import { median, warmUp } from '../rounds.ts';
import { openSite, type PortalProcess, type Site } from '../site.ts';

const links = 10;
const bytesPerSecond = 5_000;
const pageEveryMs = 100;
const leastPages = 60;
const unmeasuredPages = 20;

/** Many submitters over thin lines: what Nextcloud, the portal's memory and the staff's pages feel of them. */
export const slow: Group = async (bench) => {
  const job = { targetUrl: bench.cloud.url };
  const proxy = await startChild<ProxyTask>(bench.processes, 'proxy', job);
  bench.atEnd(() => proxy.end());
  const site = await openSite(bench, proxy.told.url);
  return site.withPortal((portal) => measure(bench, site, portal, proxy));
};

const measure = async (bench: Bench, site: Site, portal: PortalProcess, proxy: Child<ProxyTask>) => {
  const idle = await warmUp(bench, site, portal);
  const job: SlowJob = {
    portalUrl: portal.url,
    tokens: await Promise.all(Array.from({ length: links }, site.invite)),
    submitters: bench.quick ? 50 : 1_000,
    bytesPerSecond,
    steadyMs: bench.quick ? 10_000 : 60_000,
  };
  bench.say(`slow: ${job.submitters} submitters begin`);
  const load = await startChild<SlowTask>(bench.processes, 'slow', job);
  try {
    const cookie = await signIn(site, portal);
    const loadPage = () => timePage(portal, cookie);
    for (let n = 0; n < unmeasuredPages; n += 1) await loadPage();
    const before = await timePages(loadPage, (count) => count < leastPages);
    await proxy.go();
    const watch = watchMemory(portal.pid);
    const { result, during, inFlight } = await underLoad(load, loadPage, proxy);
    const aboveIdleBytes = watch.stop().mostBytes - idle;
    tell(bench, result, { before, during, inFlight, afterwards: await proxy.go() });
    if (result.acknowledgedBytes === 0)
      throw new Error('not one byte of the slow submitters was acknowledged');
    return {
      'slow-in-flight': inFlight,
      'slow-acknowledged': result.acknowledgedBytes / result.sentBytes,
      'slow-page': median(during) / median(before),
      'memory-slow': aboveIdleBytes / 1e6,
    };
  } finally {
    await load.end();
  }
};

/** Pages are timed from when all submitters are there until their lines are cut. */
const underLoad = async (
  load: Child<SlowTask>,
  loadPage: () => Promise<number>,
  proxy: Child<ProxyTask>,
): Promise<{ result: SlowResult; during: number[]; inFlight: number }> => {
  let isSteady = false;
  let pages: Promise<number[]> = Promise.resolve([]);
  let inFlight: Promise<number> = Promise.resolve(0);
  const result = await load.go((mark) => {
    isSteady = mark === 'steady';
    if (isSteady) pages = timePages(loadPage, () => isSteady);
    else inFlight = proxy.go();
    // Whatever they fail with is thrown below, when the load is over.
    pages.catch(() => undefined);
    inFlight.catch(() => undefined);
  });
  return { result, during: await pages, inFlight: await inFlight };
};

const signIn = async ({ staff }: Site, portal: PortalProcess): Promise<string> => {
  const reply = await fetch(`${portal.url}/staff/sign-in`, {
    method: 'POST',
    body: new URLSearchParams(staff),
    redirect: 'manual',
  });
  const cookie = reply.headers.getSetCookie()[0]?.split(';')[0];
  if (reply.status !== 303 || cookie === undefined) throw new Error(`no sign-in: ${reply.status}`);
  return cookie;
};

/** @returns how long the console's first page took, in ms */
const timePage = async (portal: PortalProcess, cookie: string): Promise<number> => {
  const startedAtMs = performance.now();
  const reply = await fetch(`${portal.url}/staff`, { headers: { cookie }, redirect: 'manual' });
  await reply.arrayBuffer();
  if (reply.status !== 200) throw new Error(`the staff's page: ${reply.status}`);
  return performance.now() - startedAtMs;
};

/** One page at a time, as long as it is wanted. */
const timePages = async (
  loadPage: () => Promise<number>,
  goesOn: (count: number) => boolean,
): Promise<number[]> => {
  const timesMs: number[] = [];
  while (goesOn(timesMs.length)) {
    timesMs.push(await loadPage());
    await delay(pageEveryMs);
  }
  return timesMs;
};

const tell = (
  bench: Bench,
  result: SlowResult,
  seen: { before: number[]; during: number[]; inFlight: number; afterwards: number },
): void => {
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  const { before, during } = seen;
  bench.say(
    `slow: ${megabytes(result.sentBytes)} sent, ${megabytes(result.acknowledgedBytes)} acknowledged; ` +
      `${seen.inFlight} requests in flight, ${seen.afterwards} after the cut; a page took ` +
      `${median(before).toFixed(1)} ms before, ${median(during).toFixed(1)} ms under load (${during.length} pages)`,
  );
  for (const [why, count] of Object.entries(result.turnedAway))
    bench.say(`slow: ${count} submitters were turned away: ${why}`);
};
