/** Of the element that says what has changed. */
export const liveSaidId = 'live-said';
/** Of the element that holds how many files there are. */
export const liveFilesId = 'live-files';
