import { type Language, messagesFor } from '../../i18n/index.ts';

/** What the migration that brought teams (`0015_teams`) has called the first one: ours, until somebody renames it. */
const first = 'Everyone';

/** As it is shown: in its reader's language, where nobody has given it a name. */
export const teamName = (language: Language, { name }: { name: string }): string =>
  name === first ? messagesFor(language).people.everyone : name;
