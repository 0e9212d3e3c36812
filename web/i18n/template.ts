import { formatCount, type Language } from './format.ts';

/**
 * Words with places to fill, `{name}`: what an island gets as JSON, where a function can't go.
 * The type names the places; that both languages have exactly these is a test.
 */
export type Template<Place extends string> = string & { readonly places?: Place };

/** Words that depend on a count. `one` is left out where a language makes no difference. */
export interface Plural {
  one?: Template<'count'>;
  other: Template<'count'>;
}

/** Fills every place. Numbers are written as the language writes them. */
export const fill = <Place extends string>(
  language: Language,
  template: Template<Place>,
  values: Record<Place, string | number>,
): string =>
  template.replaceAll(/\{(\w+)\}/g, (whole, place: string) => {
    const value = (values as Record<string, string | number | undefined>)[place];
    if (value === undefined) return whole;
    return typeof value === 'number' ? formatCount(language, value) : value;
  });

/** Chooses the words for a count and fills them. */
export const fillCount = (language: Language, plural: Plural, count: number): string => {
  const form = new Intl.PluralRules(language).select(count) === 'one' ? plural.one : undefined;
  return fill(language, form ?? plural.other, { count });
};
