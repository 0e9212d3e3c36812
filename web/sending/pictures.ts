/** Above this many files the list is a list of names: nobody looks through more pictures than that. */
export const mostPictures = 60;

/** A larger one is not worth the memory that it takes to decode. */
const mostPictureBytes = 24 * 1024 * 1024;

const endings = /\.(jpe?g|png|gif|webp|avif|bmp|heic)$/i;

export const isPicture = (file: { path: string; sizeBytes: number }): boolean =>
  endings.test(file.path) && file.sizeBytes > 0 && file.sizeBytes <= mostPictureBytes;

/** Whether the list has room for pictures, and any to show. */
export const showsPictures = (items: readonly { path: string; sizeBytes: number }[]): boolean =>
  items.length <= mostPictures && items.some(isPicture);

/** Whether a camera is of use: it makes `.jpg`, on every phone. */
export const takesPhotos = (rules: { allowedTypes: readonly string[] }): boolean =>
  rules.allowedTypes.length === 0 || rules.allowedTypes.includes('jpg');
