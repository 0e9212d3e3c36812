import { accessSync, constants } from 'node:fs';

const usualPlaces = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/opt/google/chrome/chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

const canRun = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** The browser that these tests drive: what CHROMIUM_PATH names, or else one in a usual place. */
export const findChromium = (): string | undefined => {
  const named = process.env.CHROMIUM_PATH ?? '';
  return (named === '' ? usualPlaces : [named]).find(canRun);
};

/** Said, alone, when there is none. */
export const noChromium =
  'npm run e2e needs a Chromium: install one (Debian: apt-get install chromium fonts-noto-cjk), or name it in CHROMIUM_PATH.';
