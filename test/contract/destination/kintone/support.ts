import { BlockList } from 'node:net';
import { afterEach, expect } from 'vitest';
import type { Destination } from '../../../../server/importer/destinations/destination.ts';
import { kintone } from '../../../../server/importer/destinations/kintone/deliver.ts';
import { createOutgoingClient } from '../../../../server/lib/outgoing/client.ts';
import { createAddressGuard } from '../../../../server/lib/outgoing/guard.ts';
import type { App, FormField } from '../../../standins/kintone/app.ts';
import { type KintoneStandin, startKintone } from '../../../standins/kintone/standin.ts';
import { toolsOf } from '../tools.ts';
import { form, newConfig, problemsByVendor, token } from './harness.ts';

export interface Kintone {
  standin: KintoneStandin;
  app: App;
  open(config?: Record<string, unknown>, apiToken?: string): Destination;
  /** As for a host that is not allowed. */
  openUnallowed(): Destination;
  /** Methods and names of what was asked, without the files' bytes. */
  asked(): string[];
}

const running: KintoneStandin[] = [];

export const openKintone = async (
  options: {
    form?: Record<string, FormField>;
    rights?: ('view' | 'add' | 'edit')[];
    guestSpace?: number;
  } = {},
): Promise<Kintone> => {
  const standin = await startKintone();
  running.push(standin);
  const app = standin.addApp({ form, token, ...options });
  const configured = (config: Record<string, unknown>) => ({ baseUrl: standin.url, ...newConfig, ...config });
  return {
    standin,
    app,
    open: (config = {}, apiToken = token) =>
      kintone.open(configured(config), toolsOf({ secrets: { apiToken } })),
    openUnallowed() {
      const guard = createAddressGuard(new BlockList());
      const http = createOutgoingClient({ guard });
      return kintone.open(configured({}), { ...toolsOf({ secrets: { apiToken: token } }), guard, http });
    },
    asked: () =>
      standin.calls.map(({ method, url }) => `${method} ${/v1\/(.+)\.json/.exec(url.pathname)?.[1] ?? ''}`),
  };
};

/** To be said once in a file: every request of its tests is held against the vendor's description. */
export const closeAfterEach = (): void => {
  afterEach(async () => {
    for (const standin of running.splice(0)) {
      await standin.close();
      expect((await problemsByVendor(standin)) ?? []).toEqual([]);
    }
  });
};

export const recordsOf = (app: App) => [...app.records.values()];

export const namesIn = (app: App, id: number) => app.attached(id, 'Files').map(({ name }) => name);
