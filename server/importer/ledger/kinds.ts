import { z } from 'zod';
import type { Words } from '../../lib/words.ts';
import type { DestinationModule } from '../destinations/destination.ts';

/** What a kind is called; one that this version doesn't know has no name but its own. */
export const titleOf = (modules: ReadonlyMap<string, DestinationModule>, kind: string): Words =>
  modules.get(kind)?.words.title ?? { en: kind, ja: kind };

/** What a kind wants to be told, as JSON Schemas that say what each property is for. */
export const describeKind = ({ kind, words, configSchema, secretsSchema }: DestinationModule) => {
  const described = (schema: z.ZodType): Record<string, unknown> => {
    const whole = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
    const properties = Object.entries(whole.properties ?? {}).map(([key, property]) => {
      const { label, hint, examples } = words.settings[key] ?? {};
      return [
        key,
        {
          title: label?.en,
          description: hint?.en,
          ...(examples && { examples: examples.map((text): unknown => JSON.parse(text)) }),
          ...(property as object),
        },
      ];
    });
    return { ...whole, properties: Object.fromEntries(properties) };
  };
  return {
    kind,
    title: words.title.en,
    config: described(configSchema),
    secrets: described(secretsSchema),
  };
};
