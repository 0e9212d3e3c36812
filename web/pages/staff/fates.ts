/** What the form offers to choose from of what becomes of files; the first is what a new request begins with. */
export const fates = {
  deliverPer: ['submission', 'file'],
  unscanned: ['deliver', 'hold'],
  afterImport: ['keep', 'move', 'delete'],
} as const;

export type Fate = keyof typeof fates;
export const isFate = (name: string): name is Fate => Object.hasOwn(fates, name);
