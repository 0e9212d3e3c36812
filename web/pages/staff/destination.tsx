import type { ComponentChildren } from 'preact';
import type { FailureCode } from '../../../server/lib/failure.ts';
import { Alert, Badge } from '../../components/common.tsx';
import { describe, Field } from '../../components/field.tsx';
import { type Language, messagesFor, type WordParams } from '../../i18n/index.ts';
import type { PageContext } from '../context.ts';
import { Layout } from '../layout.tsx';
import { DestinationState, type ShownDestination } from './destinations.tsx';

export interface ShownWords {
  label: Record<Language, string>;
  hint?: Record<Language, string>;
  /** As JSON. */
  examples?: readonly string[];
}

/** One setting, as its JSON Schema tells. */
export interface SettingField {
  key: string;
  words: ShownWords;
  kind: 'text' | 'number' | 'size' | 'boolean' | 'choice' | 'json';
  choices: string[];
  required: boolean;
  /** As text; what it gets when it is left empty. */
  preset?: string;
  value: string;
}

export interface SecretField {
  key: string;
  words: ShownWords;
  required: boolean;
  isSet: boolean;
  /** Whether it is to be taken away, as the form that was sent has it. */
  isRemoved: boolean;
}

export interface ShownFinding {
  level: 'good' | 'warning' | 'problem';
  text: Record<Language, string>;
}

export interface DestinationPageProps {
  context: PageContext;
  staff: { name: string };
  kind: string;
  kindTitle: Record<Language, string>;
  /** What becomes of files there. */
  about: Record<Language, string>;
  /** Undefined while it is not set up yet. */
  destination?: ShownDestination;
  name: string;
  maxConcurrent: number;
  settings: SettingField[];
  secrets: SecretField[];
  check?: { fit: boolean; findings: ShownFinding[] };
  isSaved?: boolean;
  mayChange: boolean;
  failure?: { code: FailureCode; params: WordParams };
}

/** One destination: how it is set up, whether it is fit, and what staff can do with it. */
export const DestinationPage = (props: DestinationPageProps) => {
  const { context, staff, destination, failure, check } = props;
  const t = messagesFor(context.language);
  const words = t.importer.destination;
  const kind = props.kindTitle[context.language];
  const title = destination?.name ?? words.newTitle({ kind });
  return (
    <Layout context={context} title={title} staff={staff} section="destinations">
      <p>
        <a href="/staff/destinations">{words.back}</a>
      </p>
      <div class="request-head">
        <h1>
          <bdi>{title}</bdi>
        </h1>
        {destination !== undefined && <DestinationState context={context} destination={destination} />}
      </div>
      <p>{props.about[context.language]}</p>
      {failure !== undefined && (
        <Alert>
          <p>{t.failure[failure.code](failure.params)}</p>
        </Alert>
      )}
      {props.isSaved === true && (
        <Alert kind="information">
          <p>{words.saved}</p>
        </Alert>
      )}
      {destination !== undefined && (
        <p class="request-facts">
          <span>{kind}</span>
          <span>{t.importer.destinations.counts(destination.deliveries)}</span>
          <a href={`/staff/deliveries?destination=${destination.id}`}>{words.seeDeliveries}</a>
        </p>
      )}
      {check !== undefined && <Findings context={context} check={check} />}
      {destination !== undefined && props.mayChange && (
        <Actions context={context} destination={destination} />
      )}
      {props.mayChange && <Settings {...props} />}
    </Layout>
  );
};

const Findings = ({
  context,
  check,
}: {
  context: PageContext;
  check: NonNullable<DestinationPageProps['check']>;
}) => {
  const words = messagesFor(context.language).importer.destination;
  const kinds = { good: 'good', warning: 'busy', problem: 'bad' } as const;
  return (
    <section aria-labelledby="findings">
      <h2 id="findings">{words.findings}</h2>
      <p>
        <Badge kind={check.fit ? 'good' : 'bad'}>{check.fit ? words.fit : words.unfit}</Badge>
      </p>
      <ul class="findings">
        {check.findings.map(({ level, text }) => (
          <li key={text.en}>
            <Badge kind={kinds[level]}>{words.level[level]}</Badge> {text[context.language]}
          </li>
        ))}
      </ul>
    </section>
  );
};

const Actions = ({ context, destination }: { context: PageContext; destination: ShownDestination }) => {
  const words = messagesFor(context.language).importer.destination;
  const act = (name: string, label: ComponentChildren, hint?: string) => (
    <form method="post" action={`/staff/destinations/${destination.id}/${name}`}>
      <button type="submit" class="button button-plain" title={hint}>
        {label}
      </button>
    </form>
  );
  return (
    <div class="actions">
      {act('check', words.check, words.checkHint)}
      {(destination.paused || destination.restsUntil !== undefined) && act('resume', words.resume)}
      {!destination.paused && act('pause', words.pause)}
      <a class="button button-plain" href={`/staff/destinations/${destination.id}/remove`}>
        {words.remove}
      </a>
    </div>
  );
};

const Settings = (props: DestinationPageProps) => {
  const { context, kind, destination } = props;
  const words = messagesFor(context.language).importer.destination;
  const action =
    destination === undefined ? `/staff/destinations/new/${kind}` : `/staff/destinations/${destination.id}`;
  return (
    <form method="post" action={action} class="new-request" autocomplete="off">
      <Field id="name" label={words.name}>
        <input {...describe({ id: 'name' })} name="name" value={props.name} required maxLength={100} />
      </Field>
      <Field id="max" label={words.maxConcurrent} hint={words.maxConcurrentHint}>
        <input
          {...describe({ id: 'max', hint: words.maxConcurrentHint })}
          name="maxConcurrent"
          type="number"
          min={1}
          max={64}
          value={props.maxConcurrent}
          required
        />
      </Field>
      <fieldset>
        <legend>{words.config}</legend>
        <p class="hint">{words.configHint}</p>
        {props.settings.map((setting) => (
          <Setting key={setting.key} context={context} setting={setting} />
        ))}
      </fieldset>
      {props.secrets.length > 0 && (
        <fieldset>
          <legend>{words.secrets}</legend>
          <p class="hint">{words.secretsHint}</p>
          {props.secrets.map(({ key, words: shown, required, isSet, isRemoved }) => {
            const id = `secret-${key}`;
            const { label, hint } = named(context, key, shown, isSet ? [words.secretKept] : []);
            return (
              <Field key={key} id={id} label={label} hint={hint}>
                <textarea
                  {...describe({ id, hint })}
                  name={`secret.${key}`}
                  rows={1}
                  spellcheck={false}
                  required={required && !isSet}
                />
                {isSet && !required && (
                  <label class="check">
                    <input type="checkbox" name={`secret.${key}.remove`} value="yes" checked={isRemoved} />
                    <span>{words.removeSecret({ name: shown.label[context.language] })}</span>
                  </label>
                )}
              </Field>
            );
          })}
        </fieldset>
      )}
      <p>
        <button type="submit" class="button">
          {words.save}
        </button>
      </p>
    </form>
  );
};

/** Beside its label a setting shows its key: READMEs, the API and failures speak of it by that. */
const named = ({ language }: PageContext, key: string, { label, hint }: ShownWords, facts: string[]) => ({
  label: (
    <>
      {label[language]} <code class="mark">{key}</code>
    </>
  ),
  hint: [hint?.[language] ?? '', facts.join(' · ')].filter((text) => text !== '').join(' ') || undefined,
});

const Setting = ({ context, setting }: { context: PageContext; setting: SettingField }) => {
  const words = messagesFor(context.language).importer.destination;
  const { key, kind, choices, required, preset, value } = setting;
  const id = `config-${key}`;
  const labelOf = (choice: string) =>
    kind === 'boolean' ? (choice === 'true' ? words.yes : words.no) : choice;
  const { label, hint } = named(context, key, setting.words, [
    ...(preset === undefined || preset === '' ? [] : [`${words.preset}: ${labelOf(preset)}`]),
    ...(kind === 'size' ? [words.size] : []),
    // Its examples follow.
    ...(kind === 'json' ? [words.json] : []),
  ]);
  const examples = setting.words.examples ?? [];
  const described = describe({ id, hint });
  const shared = {
    ...described,
    'aria-describedby':
      [described['aria-describedby'], examples.length > 0 ? `${id}-examples` : undefined]
        .filter((each) => each !== undefined)
        .join(' ') || undefined,
    name: `config.${key}`,
    required: required && preset === undefined,
  };
  const options = kind === 'boolean' ? ['true', 'false'] : choices;
  return (
    <Field id={id} label={label} hint={hint}>
      {examples.length > 0 && (
        <ul class="hint setting-examples" id={`${id}-examples`} aria-label={words.examples}>
          {examples.map((example) => (
            <li key={example}>
              <code>{example}</code>
            </li>
          ))}
        </ul>
      )}
      {options.length > 0 ? (
        <select {...shared}>
          {!shared.required && <option value="">{words.preset}</option>}
          {options.map((choice) => (
            <option key={choice} value={choice} selected={choice === value}>
              {labelOf(choice)}
            </option>
          ))}
        </select>
      ) : kind === 'json' ? (
        <textarea {...shared} rows={3} spellcheck={false}>
          {value}
        </textarea>
      ) : (
        <input {...shared} inputMode={kind === 'number' ? 'numeric' : undefined} value={value} />
      )}
    </Field>
  );
};
