import { type Language, messagesFor } from '../i18n/index.ts';
import { Moment } from './common.tsx';

interface StepsProps {
  language: Language;
  zone: string;
  /** Without it, stored is the last step. */
  handsOn: boolean;
  file: { state: 'uploading' | 'received' | 'stored' | 'imported'; storedAt?: Date; importedAt?: Date };
}

/** Received, stored, handed on: what is reached is ticked, with its time where that is known. */
export const Steps = ({ language, zone, handsOn, file }: StepsProps) => {
  const words = messagesFor(language).public.receipt;
  const reached = ['uploading', 'received', 'stored', 'imported'].indexOf(file.state);
  return (
    <ul class="steps">
      {reached === 0 ? <li>{words.state.uploading}</li> : <li class="step-done">{words.state.received}</li>}
      {reached === 1 && <li>{words.notStored}</li>}
      {reached >= 2 && (
        <li class="step-done">
          {words.state.stored} <At language={language} zone={zone} at={file.storedAt} />
        </li>
      )}
      {reached === 2 && handsOn && <li>{words.notImported}</li>}
      {reached === 3 && (
        <li class="step-done">
          {words.state.imported} <At language={language} zone={zone} at={file.importedAt} />
        </li>
      )}
    </ul>
  );
};

const At = ({ at, ...place }: { language: Language; zone: string; at: Date | undefined }) =>
  at === undefined ? null : <Moment {...place} at={at} precision="seconds" />;
