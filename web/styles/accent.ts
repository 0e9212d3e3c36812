/**
 * The accent of a house: its colour, moved in lightness until everything that is drawn with it can be read on everything
 * that it is drawn on, in the light and in the dark scheme. The hue stays. Ratios are those of WCAG 2.2.
 */

type Rgb = readonly [number, number, number];

/** What an accent meets; the colours are those of `tokens.css`. */
export interface Scheme {
  /** Pages, sheets and alerts, on which links, plain buttons and the focus ring stand. */
  grounds: readonly string[];
  sheet: string;
  /** The rest of a progress bar. */
  rule: string;
  ink: string;
  /** Words on the accent. */
  onAccent: string;
  /** Which way the accent is moved. */
  towards: 'black' | 'white';
}

export const schemes = {
  light: {
    grounds: ['#f4f1ea', '#fdfcf8', '#fbeeea', '#fbf3dd'],
    sheet: '#fdfcf8',
    rule: '#d8d2c4',
    ink: '#23211d',
    onAccent: '#ffffff',
    towards: 'black',
  },
  dark: {
    grounds: ['#171613', '#201f1b', '#38211d', '#332a17'],
    sheet: '#201f1b',
    rule: '#3c3932',
    ink: '#ece8de',
    onAccent: '#171613',
    towards: 'white',
  },
} as const satisfies Record<string, Scheme>;

/** A pair of colours that meet, and the contrast that they need. */
export interface Meeting {
  what: string;
  contrast: number;
  needed: number;
}

const words = 4.5;
const shapes = 3;

/** Every meeting of an accent in a scheme, as the style sheets make them. */
export const meetingsOf = (accent: string, scheme: Scheme): Meeting[] => {
  const color = rgbOf(accent);
  const onAccent = rgbOf(scheme.onAccent);
  const over = mixInOklab(color, rgbOf(scheme.sheet), 0.09);
  const grounds = [...scheme.grounds.map(rgbOf), over];
  return [
    ...grounds.flatMap((ground) => [
      { what: 'a link, a plain button, the focus ring', contrast: contrastOf(color, ground), needed: words },
      {
        what: 'a plain button under the pointer',
        contrast: contrastOf(color, mixed(color, ground, 0.1)),
        needed: words,
      },
    ]),
    { what: 'a button', contrast: contrastOf(onAccent, color), needed: words },
    {
      what: 'a button under the pointer',
      contrast: contrastOf(onAccent, mixInOklab(color, rgbOf(scheme.ink), 0.88)),
      needed: words,
    },
    { what: 'a progress bar', contrast: contrastOf(color, rgbOf(scheme.rule)), needed: shapes },
  ];
};

const isReadable = (accent: string, scheme: Scheme): boolean =>
  meetingsOf(accent, scheme).every(({ contrast, needed }) => contrast >= needed);

const stepOfLightness = 0.005;

/** @param color `#rrggbb` @returns the nearest of its hue that can be read in the scheme; itself if it can */
export const accentFor = (color: string, scheme: Scheme): string => {
  const [lightness, a, b] = oklabOf(rgbOf(color));
  const step = scheme.towards === 'black' ? -stepOfLightness : stepOfLightness;
  let accent = color;
  for (let n = 1; !isReadable(accent, scheme); n += 1)
    accent = hexOf(inGamut(Math.min(1, Math.max(0, lightness + n * step)), a, b));
  return accent;
};

/** A style sheet with the tokens of `tokens.css` that an accent replaces. On paper it is the light one. */
export const accentSheet = (color: string): string => {
  const rule = (scheme: Scheme) => {
    const accent = accentFor(color, scheme);
    return `:root{--accent:${accent};--on-accent:${scheme.onAccent};--focus:${accent}}`;
  };
  return `${rule(schemes.light)}@media screen and (prefers-color-scheme:dark){${rule(schemes.dark)}}\n`;
};

const rgbOf = (hex: string): Rgb => {
  const part = (at: number): number => Number.parseInt(hex.slice(at, at + 2), 16) / 255;
  return [part(1), part(3), part(5)];
};

const hexOf = (color: Rgb): string =>
  `#${color
    .map((part) =>
      Math.round(Math.min(1, Math.max(0, part)) * 255)
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`;

const toLinear = (part: number): number => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
const fromLinear = (part: number): number =>
  part <= 0.0031308 ? part * 12.92 : 1.055 * part ** (1 / 2.4) - 0.055;

const luminanceOf = ([red, green, blue]: Rgb): number =>
  0.2126 * toLinear(red) + 0.7152 * toLinear(green) + 0.0722 * toLinear(blue);

const contrastOf = (one: Rgb, other: Rgb): number => {
  const [darker, lighter] = [luminanceOf(one), luminanceOf(other)].toSorted((a, b) => a - b) as [
    number,
    number,
  ];
  return (lighter + 0.05) / (darker + 0.05);
};

/** `color-mix(in oklab, …)` */
const mixInOklab = (one: Rgb, other: Rgb, share: number): Rgb =>
  rgbOfOklab(mixed(oklabOf(one), oklabOf(other), share));

/** Also as a see-through colour lies on another. */
const mixed = (one: Rgb, other: Rgb, share: number): Rgb => [
  one[0] * share + other[0] * (1 - share),
  one[1] * share + other[1] * (1 - share),
  one[2] * share + other[2] * (1 - share),
];

/** Björn Ottosson's matrices, as in CSS Color 4. */
const oklabOf = (color: Rgb): Rgb => {
  const [red, green, blue] = color.map(toLinear) as [number, number, number];
  const l = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue);
  const m = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue);
  const s = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
};

const linearOfOklab = ([lightness, a, b]: Rgb): Rgb => {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
};

const rgbOfOklab = (color: Rgb): Rgb =>
  linearOfOklab(color).map((part) => fromLinear(Math.min(1, Math.max(0, part)))) as unknown as Rgb;

/** With as much of the colour as a screen can show at this lightness: the hue is not turned. */
const inGamut = (lightness: number, a: number, b: number): Rgb => {
  const fits = (share: number): boolean =>
    linearOfOklab([lightness, a * share, b * share]).every((part) => part > -0.0005 && part < 1.0005);
  let [low, high] = [0, 1];
  if (fits(1)) low = 1;
  else
    for (let n = 0; n < 12; n += 1) {
      const middle = (low + high) / 2;
      if (fits(middle)) low = middle;
      else high = middle;
    }
  return rgbOfOklab([lightness, a * low, b * low]);
};
