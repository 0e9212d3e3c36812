import type { KindWords } from '../destination.ts';
import { templateWords } from '../template.ts';
import type { FolderConfig } from './config.ts';

export const words: KindWords<FolderConfig> = {
  title: { en: 'Folder', ja: 'フォルダー' },
  about: {
    en: 'Files go into a folder that the importer can write to: a disk, or a network share. Nothing is ever replaced. A repeat changes nothing of what is there whole, and writes what is missing.',
    ja: 'インポーターから書き込めるフォルダー（ディスクやネットワーク共有）にファイルを置きます。既存のファイルは上書きしません。もう一度引き渡しても、すでにあるものは変わらず、足りないものだけを書き込みます。',
  },
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
