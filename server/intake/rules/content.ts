import { Failure } from '../../lib/failure.ts';

/** So much of a file's beginning tells what it is. */
export const headBytes = 4100;

/** Endings whose files are of one make inside, so that what is found can't tell them apart. */
const families: readonly ReadonlySet<string>[] = [
  'zip docx xlsx pptx docm xlsm pptm dotx xltx potx ppsx vsdx odt ods odp odg ott ots otp epub jar apk kmz key numbers pages',
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

/**
 * Whether a file that is taken for its name's ending is of that make.
 * @param found the ending that its first bytes speak for; undefined when they tell nothing
 * @throws Failure `upload.content-other`
 */
export const checkContent = (
  name: string,
  found: string | undefined,
  allowedTypes: readonly string[],
): void => {
  if (allowedTypes.length === 0) return;
  const ending = endingOf(name);
  const fits =
    found === undefined
      ? !alwaysTold.has(ending)
      : found === ending || families.some((family) => family.has(found) && family.has(ending));
  if (!fits) throw new Failure('upload.content-other', { params: { name, ending: `.${ending}` } });
};
