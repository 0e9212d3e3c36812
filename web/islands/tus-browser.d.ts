/** The browser's half alone: a third smaller than the package's main entry, which carries no types for it. */
declare module 'tus-js-client/lib/browser/index.js' {
  export { DetailedError, Upload } from 'tus-js-client';
}
