import { z } from 'zod';
import type { Delivery, DeliveryContext } from '../destination.ts';
import { numbered, type Plan, planPaths, safeName } from '../names.ts';
import { fillTemplate } from '../template.ts';
import type { MbaasConfig } from './config.ts';

/** The manifest's name among a delivery's files. */
export const manifestId = 'manifest';

/** Other files of the same name that are stepped aside for, before it is called a conflict. */
const mostNumbers = 100;

const checkpointSchema = z.object({
  /** The template filled in, cut where a file's own name belongs. */
  around: z.array(z.string()).min(2),
  /** Files that have stepped aside, and how far. */
  aside: z.record(z.string(), z.number().int().positive()).default({}),
});

export interface Names {
  /** Names that a file may have, the most wanted first, from where an attempt before had come to. */
  candidates(id: string): Iterable<{ name: string; number: number }>;
  /** Keeps this number for the attempts to come. */
  stepAside(id: string, number: number): Promise<void>;
  take(name: string): void;
  /** Keeps how the names were made, so that a title that is changed in between changes none of them. */
  keep(): Promise<void>;
}

/** What the BaaS refuses and `safeName` lets pass. */
const safe = (text: string): string => safeName(text).replaceAll("'", '_').replaceAll('~~~', '___');

export const namesOf = async (
  config: MbaasConfig,
  delivery: Delivery,
  context: DeliveryContext,
): Promise<Names> => {
  const kept = checkpointSchema.safeParse(await context.checkpoint.load());
  const around = kept.success
    ? kept.data.around
    : fillTemplate(config.template, delivery).nameOf('\0').split('\0');
  let aside = kept.success ? kept.data.aside : {};
  const nameOf = (name: string) => around.join(name);
  // Several files of one submission may be delivered on their own.
  const ownName = delivery.per === 'submission' ? 'manifest.json' : `manifest-${delivery.files[0]?.id}.json`;
  const manifestName = safe(nameOf(ownName));
  const plan: Plan = planPaths(delivery.files, { reservedNames: [manifestName], nameOf, safe, flat: true });
  return {
    *candidates(id) {
      const wanted = id === manifestId ? manifestName : plan.of(id).name;
      for (let number = aside[id] ?? 1; number <= mostNumbers; number += 1) {
        const name = numbered(wanted, number);
        if (number === 1 || !plan.isTaken([], name)) yield { name, number };
      }
    },
    async stepAside(id, number) {
      if (number === 1 || aside[id] === number) return;
      aside = { ...aside, [id]: number };
      await context.checkpoint.save({ around, aside });
    },
    take: (name) => plan.take([], name),
    keep: () => context.checkpoint.save({ around, aside }),
  };
};
