interface Kind {
  group: GroupName;
  unit: 'ratio' | 's/GiB' | 'MB' | 'requests' | 'MiB' | 'files/s' | 's';
  atMost?: number;
  atLeast?: number;
}

export const groupNames = [
  'large',
  'small',
  'ten',
  'slow',
  'resent',
  'import-small',
  'import-large',
  'seal-to-delivered',
  'phone',
] as const;
export type GroupName = (typeof groupNames)[number];

const ratio = { unit: 'ratio' } as const;
const memory = { unit: 'MB' } as const;

/** Every row, in the order in which they are shown, with its bar where it has one. */
export const rowKinds = {
  'large-acknowledged': { group: 'large', ...ratio, atMost: 1.05 },
  'large-visible': { group: 'large', ...ratio, atMost: 1.15 },
  'large-stored': { group: 'large', ...ratio },
  cpu: { group: 'large', unit: 's/GiB', atMost: 2.5 },
  'cpu-stored': { group: 'large', unit: 's/GiB' },
  'memory-one': { group: 'large', ...memory, atMost: 150 },
  small: { group: 'small', ...ratio, atLeast: 0.9 },
  'small-stored': { group: 'small', ...ratio },
  'ten-visible': { group: 'ten', ...ratio, atMost: 1.15 },
  'memory-ten': { group: 'ten', ...memory, atMost: 300 },
  'slow-in-flight': { group: 'slow', unit: 'requests', atMost: 8 },
  'slow-acknowledged': { group: 'slow', ...ratio },
  'slow-page': { group: 'slow', ...ratio, atMost: 1.3 },
  'memory-slow': { group: 'slow', ...memory, atMost: 500 },
  resent: { group: 'resent', unit: 'MiB', atMost: 1 },
  'import-small': { group: 'import-small', ...ratio, atMost: 1 },
  'import-large': { group: 'import-large', ...ratio, atMost: 1 },
  'memory-import': { group: 'import-large', ...memory },
  'seal-to-delivered': { group: 'seal-to-delivered', unit: 's', atMost: 2 },
  'phone-ready': { group: 'phone', unit: 's', atMost: 1.5 },
  'phone-painted': { group: 'phone', unit: 's' },
} satisfies Record<string, Kind>;

export type RowName = keyof typeof rowKinds;
export type Values = Partial<Record<RowName, number>>;

export interface Row {
  name: RowName;
  value: number;
  unit: string;
  /** Null: the row has none, and can't miss it. */
  bar: number | null;
  ok: boolean | null;
}

/** @returns the rows that were measured */
export const rowsOf = (values: Values): Row[] =>
  (Object.entries(rowKinds) as [RowName, Kind][]).flatMap(([name, { unit, atMost, atLeast }]) => {
    const value = values[name];
    if (value === undefined) return [];
    const bar = atMost ?? atLeast ?? null;
    const ok = bar === null ? null : atLeast === undefined ? value <= bar : value >= bar;
    return [{ name, value: Math.round(value * 1000) / 1000, unit, bar, ok }];
  });

/** The groups that names of groups or of rows ask for. @throws Error naming one that is neither */
export const groupsFor = (names: readonly string[]): GroupName[] => {
  const asked = new Set(
    names.map((name) => {
      const group = groupNames.find((each) => each === name);
      if (group !== undefined) return group;
      if (Object.hasOwn(rowKinds, name)) return rowKinds[name as RowName].group;
      throw new Error(`--only ${name}: expected some of ${groupNames.join(', ')}, or names of rows`);
    }),
  );
  return groupNames.filter((name) => asked.has(name));
};

export const asTable = (rows: readonly Row[]): string => {
  const lines = rows.map(({ name, value, unit, bar, ok }) => [
    name,
    value.toFixed(unit === 'MB' || unit === 'requests' ? 0 : 2),
    unit,
    bar === null ? '' : `${'atLeast' in rowKinds[name] ? '≥' : '≤'} ${bar}`,
    ok === null ? '' : ok ? 'ok' : 'missed',
  ]);
  const columns = [['row', 'value', 'unit', 'bar', ''], ...lines];
  const width = (column: number) => Math.max(...columns.map((cells) => cells[column]?.length ?? 0));
  return columns
    .map(([name = '', value = '', unit = '', bar = '', ok = '']) =>
      `${name.padEnd(width(0))}  ${value.padStart(width(1))}  ${unit.padEnd(width(2))}  ${bar.padEnd(width(3))}  ${ok}`.trimEnd(),
    )
    .join('\n');
};
