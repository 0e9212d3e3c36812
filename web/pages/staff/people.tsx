import type { StaffRole } from '../../../db/schema/index.ts';
import { Alert, Badge, WithMoment } from '../../components/common.tsx';
import { CopyField } from '../../components/copy-field.tsx';
import { Field, TextField } from '../../components/field.tsx';
import { messagesFor } from '../../i18n/index.ts';
import type { PageContext, ShownFailure } from '../context.ts';
import { Layout } from '../layout.tsx';
import { teamName } from './team-name.ts';

export interface ShownTeam {
  id: string;
  name: string;
}

export interface ShownPerson {
  id: string;
  login: string;
  name: string;
  email: string;
  role: StaffRole;
  teams: ShownTeam[];
  lastSignInAt: Date | undefined;
  hasSecondFactor: boolean;
  canSignIn: boolean;
  /** They have no password here. */
  signsInElsewhereOnly: boolean;
  /** Empty: none is named. */
  nextcloudUser: string;
  disabled: boolean;
}

interface Frame {
  context: PageContext;
  staff: { name: string; role: StaffRole };
  failure?: ShownFailure | undefined;
}

const roles: readonly StaffRole[] = ['administrator', 'staff', 'viewer'];

export const Refusal = ({ context, failure }: Pick<Frame, 'context' | 'failure'>) =>
  failure === undefined ? null : (
    <Alert>
      <p>{messagesFor(context.language).failure[failure.code](failure.params ?? {})}</p>
    </Alert>
  );

/** Everybody, and a form to add somebody: POSTs to `/staff/people`. */
export const PeoplePage = ({
  context,
  staff,
  people,
  teams,
  failure,
}: Frame & { people: ShownPerson[]; teams: ShownTeam[] }) => {
  const t = messagesFor(context.language);
  const words = t.people;
  return (
    <Layout
      context={{ ...context, path: '/staff/people' }}
      title={words.title}
      staff={staff}
      section="people"
      wide
    >
      <div class="title-row">
        <h1>{words.title}</h1>
        <p>
          <a class="button" href="#add">
            {words.add}
          </a>
        </p>
      </div>
      <p>
        {words.intro} <a href="/staff/teams">{words.teams.title}</a>
      </p>
      <Refusal context={context} failure={failure} />
      <ul class="rows rows-people">
        {people.map((person) => (
          <Person key={person.id} context={context} person={person} />
        ))}
      </ul>
      <form method="post" action="/staff/people" class="part narrow" id="add">
        <h2>{words.add}</h2>
        <p>{words.addText}</p>
        <TextField
          id="login"
          name="login"
          label={words.login}
          hint={words.loginHint}
          required
          maxLength={100}
          autocomplete="off"
        />
        <TextField id="name" name="name" label={words.name} required maxLength={200} autocomplete="off" />
        <EmailField context={context} value="" />
        <NextcloudField context={context} value="" />
        <RoleField context={context} chosen="staff" />
        <TeamsField context={context} teams={teams} chosen={teams.slice(0, 1)} />
        <button type="submit" class="button">
          {words.addSubmit}
        </button>
      </form>
    </Layout>
  );
};

const Person = ({ context, person }: { context: PageContext; person: ShownPerson }) => {
  const words = messagesFor(context.language).people;
  return (
    <li>
      <div class="row-title">
        <h2>
          <a href={`/staff/people/${person.id}`}>
            <bdi>{person.name}</bdi>
          </a>
        </h2>
        <p class="quiet">{person.login}</p>
        {person.disabled && <Badge kind="quiet">{words.disabled}</Badge>}
      </div>
      <p>{words.role[person.role]}</p>
      <p>{teamsOf(context, person)}</p>
      <p class="quiet">
        <LastSignIn context={context} person={person} />
        {person.hasSecondFactor && <span class="row-line">{words.hasSecondFactor}</span>}
        {!person.canSignIn && <span class="row-line">{words.noPassword}</span>}
      </p>
    </li>
  );
};

const teamsOf = ({ language }: PageContext, { teams }: ShownPerson): string =>
  teams.length === 0
    ? messagesFor(language).people.noTeam
    : teams.map((team) => teamName(language, team)).join(', ');

const LastSignIn = ({ context, person }: { context: PageContext; person: ShownPerson }) => {
  const words = messagesFor(context.language).people;
  return person.lastSignInAt === undefined ? (
    words.neverSignedIn
  ) : (
    <WithMoment
      language={context.language}
      at={person.lastSignInAt}
      zone={context.zone}
      words={(at) => words.lastSignIn({ at })}
    />
  );
};

const Facts = ({ context, person }: { context: PageContext; person: ShownPerson }) => {
  const words = messagesFor(context.language).people;
  return (
    <p class="request-facts">
      <span>{person.login}</span>
      <span>{words.role[person.role]}</span>
      <span>{teamsOf(context, person)}</span>
      <span>
        <LastSignIn context={context} person={person} />
      </span>
      {person.hasSecondFactor && <span>{words.hasSecondFactor}</span>}
      {!person.canSignIn && <span>{words.noPassword}</span>}
    </p>
  );
};

export type PersonDone = 'saved' | 'second-factor';
export const personDone: readonly PersonDone[] = ['saved', 'second-factor'];

/** One person: what may be changed of them. POSTs to the person's own address and below it. */
export const PersonPage = ({
  context,
  staff,
  person,
  teams,
  done,
  failure,
}: Frame & { person: ShownPerson; teams: ShownTeam[]; done?: PersonDone | undefined }) => {
  const words = messagesFor(context.language).people;
  const path = `/staff/people/${person.id}`;
  return (
    <Layout context={{ ...context, path }} title={person.name} staff={staff} section="people">
      <p>
        <a href="/staff/people">{words.everybody}</a>
      </p>
      <h1>
        <bdi>{person.name}</bdi>
      </h1>
      <Facts context={context} person={person} />
      <Refusal context={context} failure={failure} />
      {failure === undefined && done !== undefined && (
        <Alert kind="good">
          <p>{done === 'saved' ? words.saved : words.secondFactor.removed}</p>
        </Alert>
      )}
      <form method="post" action={path} class="part">
        <h2>{words.change}</h2>
        <TextField
          id="name"
          name="name"
          label={words.name}
          value={person.name}
          required
          maxLength={200}
          autocomplete="off"
        />
        <EmailField context={context} value={person.email} />
        <NextcloudField context={context} value={person.nextcloudUser} />
        <RoleField context={context} chosen={person.role} />
        <TeamsField context={context} teams={teams} chosen={person.teams} />
        <label class="check">
          <input type="checkbox" name="disabled" value="yes" checked={person.disabled} />
          <span>
            {words.disabledLabel} <span class="quiet">{words.disabledHint}</span>
          </span>
        </label>
        <button type="submit" class="button">
          {words.save}
        </button>
      </form>
      {!person.disabled && (
        <form method="post" action={`${path}/link`} class="part">
          <h2>{words.newLink.title}</h2>
          <p>{person.signsInElsewhereOnly ? words.newLink.elsewhere : words.newLink.text}</p>
          <button type="submit" class="button button-plain">
            {words.newLink.submit}
          </button>
        </form>
      )}
      {person.hasSecondFactor && (
        <form method="post" action={`${path}/second-factor/remove`} class="part">
          <h2>{words.secondFactor.title}</h2>
          <p>{words.secondFactor.text}</p>
          <button type="submit" class="button button-plain">
            {words.secondFactor.submit}
          </button>
        </form>
      )}
    </Layout>
  );
};

/** The answer to whoever had a link made, and the only page that ever shows it. */
export const PasswordLinkPage = ({
  context,
  staff,
  person,
  link,
  mailed,
}: Frame & { person: { id: string; name: string }; link: string; mailed: boolean }) => {
  const t = messagesFor(context.language);
  const words = t.people;
  return (
    <Layout
      context={{ ...context, path: `/staff/people/${person.id}` }}
      title={words.link.title}
      scripts={['page']}
      staff={staff}
      section="people"
    >
      <h1>{words.link.title}</h1>
      <p>
        <bdi>{person.name}</bdi>
      </p>
      <p>{words.link.text}</p>
      {mailed && <p>{words.link.mailed}</p>}
      <CopyField id="password-link" label={words.link.label} value={link} words={t.layout} />
      <p>
        <a href="/staff/people">{words.everybody}</a>
      </p>
    </Layout>
  );
};

const EmailField = ({ context, value }: { context: PageContext; value: string }) => {
  const { people: words, layout } = messagesFor(context.language);
  return (
    <TextField
      id="email"
      name="email"
      type="email"
      label={words.email}
      mark={layout.optional}
      hint={words.emailHint}
      value={value}
      maxLength={254}
      autocomplete="off"
    />
  );
};

const NextcloudField = ({ context, value }: { context: PageContext; value: string }) => {
  const { people: words, layout } = messagesFor(context.language);
  return (
    <TextField
      id="nextcloudUser"
      name="nextcloudUser"
      label={words.nextcloudUser}
      mark={layout.optional}
      hint={words.nextcloudUserHint}
      value={value}
      maxLength={64}
      autocomplete="off"
    />
  );
};

const RoleField = ({ context, chosen }: { context: PageContext; chosen: StaffRole }) => {
  const words = messagesFor(context.language).people;
  return (
    <Field id="role" label={words.roleLabel} hint={words.roleHint}>
      <select id="role" name="role" aria-describedby="role-hint">
        {roles.map((each) => (
          <option key={each} value={each} selected={each === chosen}>
            {words.role[each]}
          </option>
        ))}
      </select>
    </Field>
  );
};

const TeamsField = (props: { context: PageContext; teams: ShownTeam[]; chosen: ShownTeam[] }) => (
  <fieldset class="choices">
    <legend>{messagesFor(props.context.language).people.teamsLabel}</legend>
    {props.teams.map((team) => (
      <label key={team.id} class="check">
        <input
          type="checkbox"
          name="teams"
          value={team.id}
          checked={props.chosen.some(({ id }) => id === team.id)}
        />
        <bdi>{teamName(props.context.language, team)}</bdi>
      </label>
    ))}
  </fieldset>
);
