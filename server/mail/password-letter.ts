import { type Language, languages, messagesFor } from '../../web/i18n/index.ts';
import { type Letter, renderLetter } from './letter.ts';

/** @param language null: in every one that we have */
export const passwordLetter = (
  kind: 'invitation' | 'reset',
  language: Language | null,
  link: string,
): Letter => {
  const told = language === null ? languages : [language];
  const subject = told.map((each) => messagesFor(each).mail.password[kind].subject).join(' / ');
  return renderLetter(
    `${messagesFor('en').layout.product}: ${subject}`,
    told.map((each) => {
      const { mail } = messagesFor(each);
      const words = mail.password[kind];
      return {
        language: each,
        blocks: [
          { kind: 'text', text: words.intro },
          { kind: 'link', text: words.link, href: link },
          { kind: 'text', text: words.stranger },
          { kind: 'text', text: mail.automatic },
        ],
      };
    }),
  );
};
