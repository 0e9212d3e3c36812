import { Failure } from '../../lib/failure.ts';

/** So much of a file's beginning tells what it is. */
export const headBytes = 4100;

/** Endings whose files are of one make inside, so that what is found can't tell them apart. */
const families: readonly ReadonlySet<string>[] = [
  'zip docx xlsx pptx docm xlsm pptm xlsb dotx xltx potx ppsx vsdx odt ods odp odg ott ots otp epub jar apk kmz key numbers pages',
  // Office files under a password are containers of the old kind, whatever they are called.
  'cfb doc xls ppt msg msi vsd pub jtd docx xlsx pptx docm xlsm pptm',
  // What some systems call .xls is a web page or a text.
  'xml svg kml gpx html htm xhtml plist txt xls',
  'jpg jpeg jpe jfif mpo',
  'tif tiff dng nef cr2 arw',
  'mp4 m4v m4a m4b mov qt 3gp 3g2',
  'heic heif hif avif',
  'ogg oga ogv ogx opus spx',
  'asf wmv wma',
  'mkv webm mka',
  'mp3 mp2 mp1',
  'gz tgz',
  'bz2 tbz2',
  'xz txz',
  'ps eps ai pdf',
  'rtf doc',
].map((endings) => new Set(endings.split(' ')));

/** Endings whose files can be told by their first bytes, without exception. */
const alwaysTold = new Set(
  'pdf png jpg jpeg gif webp tif tiff psd heic zip docx xlsx pptx odt ods odp 7z gz mp4 mov'.split(' '),
);

/** The ending of a name: lower case, without the dot; '' without one. */
export const endingOf = (name: string): string => /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';

/** What no name that says something else may hide. */
const programs = new Set(
  'exe elf macho msi jar apk deb rpm dmg cab lnk swf class wasm crx xpi iso'.split(' '),
);

/** What the first bytes of a file speak for. */
export interface Found {
  /** An ending: lower case, without the dot; undefined when they tell nothing. */
  ending: string | undefined;
  /** They can be read as words: then they may begin like something else by chance. */
  isText: boolean;
}

/**
 * Whether a file is what its name says, as far as that can be told. In doubt it is.
 * @throws Failure `upload.content-other`
 */
export const checkContent = (name: string, found: Found, allowedTypes: readonly string[]): void => {
  if (allowedTypes.length === 0) return;
  const ending = endingOf(name);
  if (!fits(ending, found))
    throw new Failure('upload.content-other', { params: { name, ending: `.${ending}` } });
};

const fits = (ending: string, found: Found): boolean => {
  const { ending: seen } = found;
  const isKin =
    seen !== undefined &&
    (seen === ending || families.some((family) => family.has(seen) && family.has(ending)));
  if (isKin || alwaysTold.has(ending)) return isKin;
  return seen === undefined || found.isText || !(alwaysTold.has(seen) || programs.has(seen));
};
