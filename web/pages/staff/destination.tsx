import type { ComponentChildren } from 'preact';
import type { FailureCode } from '../../../server/lib/failure.ts';
import { Alert, Badge } from '../../components/common.tsx';
import { describe, Field } from '../../components/field.tsx';
import { messagesFor, type WordParams } from '../../i18n/index.ts';
import type { PageContext } from '../context.ts';
import { Layout } from '../layout.tsx';
import { DestinationState, type ShownDestination } from './destinations.tsx';

/** One setting, as its JSON Schema tells. */
export interface SettingField {
  key: string;
  kind: 'text' | 'number' | 'boolean' | 'choice' | 'json';
  choices: string[];
  required: boolean;
  /** As text; what it gets when it is left empty. */
  preset?: string;
  value: string;
}

export interface ShownFinding {
  level: 'good' | 'warning' | 'problem';
  text: { en: string; ja: string };
}

export interface DestinationPageProps {
  context: PageContext;
  staff: { name: string };
  kind: string;
  /** Undefined while it is not set up yet. */
  destination?: ShownDestination;
  name: string;
  maxConcurrent: number;
  settings: SettingField[];
  secrets: { key: string; required: boolean; isSet: boolean }[];
  check?: { fit: boolean; findings: ShownFinding[] };
  isSaved?: boolean;
  mayChange: boolean;
  failure?: { code: FailureCode; params: WordParams };
}

/** One destination: how it is set up, whether it is fit, and what staff can do with it. */
export const DestinationPage = (props: DestinationPageProps) => {
  const { context, staff, destination, kind, failure, check } = props;
  const t = messagesFor(context.language);
  const words = t.importer.destination;
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
      {destination.paused || destination.restsUntil !== undefined
        ? act('resume', words.resume)
        : act('pause', words.pause)}
      {act('remove', words.remove, words.removeHint)}
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
          {props.secrets.map(({ key, required, isSet }) => {
            const id = `secret-${key}`;
            const hint = isSet ? words.secretKept : undefined;
            return (
              <Field key={key} id={id} label={key} hint={hint}>
                <textarea
                  {...describe({ id, hint })}
                  name={`secret.${key}`}
                  rows={1}
                  spellcheck={false}
                  required={required && !isSet}
                />
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

const Setting = ({ context, setting }: { context: PageContext; setting: SettingField }) => {
  const words = messagesFor(context.language).importer.destination;
  const { key, kind, choices, required, preset, value } = setting;
  const id = `config-${key}`;
  const hints = [
    ...(kind === 'json' ? [words.json] : []),
    ...(preset === undefined ? [] : [`${words.preset}: ${preset}`]),
  ];
  const hint = hints.length === 0 ? undefined : hints.join(' · ');
  const shared = {
    ...describe({ id, hint }),
    name: `config.${key}`,
    required: required && preset === undefined,
  };
  const options = kind === 'boolean' ? ['true', 'false'] : choices;
  const labelOf = (choice: string) =>
    kind === 'boolean' ? (choice === 'true' ? words.yes : words.no) : choice;
  return (
    <Field id={id} label={key} hint={hint}>
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
