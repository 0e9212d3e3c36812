import type { KindWords } from '../destination.ts';
import { templateWords } from '../template.ts';
import type { FolderConfig } from './config.ts';

export const words: KindWords<FolderConfig> = {
  title: { en: 'Folder', ja: 'フォルダー' },
  settings: {
    dir: {
      label: { en: 'Path of the folder', ja: 'フォルダーのパス' },
      hint: {
        en: 'An absolute path that the importer can write to, such as /srv/collected. It is never made by itself.',
        ja: 'インポーターから書き込める絶対パスです（例: /srv/collected）。自動では作成しません。',
      },
    },
    template: templateWords,
  },
};
