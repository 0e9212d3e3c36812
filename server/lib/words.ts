/** A text of ours for people, in every language that the pages have. */
export interface Words {
  en: string;
  ja: string;
}
