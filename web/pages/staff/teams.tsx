import type { StaffRole } from '../../../db/schema/index.ts';
import { Alert, Badge } from '../../components/common.tsx';
import { TextField } from '../../components/field.tsx';
import { messagesFor } from '../../i18n/index.ts';
import type { PageContext, ShownFailure } from '../context.ts';
import { Layout } from '../layout.tsx';
import { Refusal, type ShownTeam } from './people.tsx';
import { teamName } from './team-name.ts';

export interface TeamsPageProps {
  context: PageContext;
  staff: { name: string; role: StaffRole };
  teams: (ShownTeam & { memberIds: string[]; isInUse: boolean })[];
  /** Who can be in one, by name. */
  people: { id: string; name: string; login: string; disabled: boolean }[];
  done: boolean;
  failure?: ShownFailure | undefined;
}

/** Teams and who is in them. POSTs to `/staff/teams` and below it. */
export const TeamsPage = ({ context, staff, teams, people: everybody, done, failure }: TeamsPageProps) => {
  const {
    people,
    people: { teams: words },
  } = messagesFor(context.language);
  return (
    <Layout context={{ ...context, path: '/staff/teams' }} title={words.title} staff={staff} section="people">
      <h1>{words.title}</h1>
      <p>
        {words.intro} <a href="/staff/people">{people.title}</a>
      </p>
      <Refusal context={context} failure={failure} />
      {failure === undefined && done && (
        <Alert kind="good">
          <p>{words.done}</p>
        </Alert>
      )}
      {teams.map((team) => (
        <Team key={team.id} context={context} team={team} people={everybody} />
      ))}
      <form method="post" action="/staff/teams" class="part">
        <h2>{words.add}</h2>
        <TextField id="name" name="name" label={words.name} required maxLength={200} autocomplete="off" />
        <button type="submit" class="button">
          {words.add}
        </button>
      </form>
    </Layout>
  );
};

const Team = ({ context, team, people }: TeamProps) => {
  const words = messagesFor(context.language).people.teams;
  const path = `/staff/teams/${team.id}`;
  const members = people.filter(({ id }) => team.memberIds.includes(id));
  return (
    <section class="part" aria-labelledby={`${team.id}-title`}>
      <h2 id={`${team.id}-title`}>
        <bdi>{teamName(context.language, team)}</bdi>
      </h2>
      {members.length === 0 ? (
        <p>{words.noMembers}</p>
      ) : (
        <ul>
          {members.map(({ id, name }) => (
            <li key={id}>
              <a href={`/staff/people/${id}`}>
                <bdi>{name}</bdi>
              </a>
            </li>
          ))}
        </ul>
      )}
      <Members context={context} team={team} people={people} />
      <form method="post" action={path}>
        <TextField
          id={`${team.id}-name`}
          name="name"
          label={words.name}
          value={team.name}
          required
          maxLength={200}
          autocomplete="off"
        />
        <button type="submit" class="button button-plain">
          {words.rename}
        </button>
      </form>
      {team.isInUse ? (
        <p class="quiet">{words.removeHint}</p>
      ) : (
        <form method="post" action={`${path}/remove`}>
          <button type="submit" class="button button-plain">
            {words.remove}
          </button>
        </form>
      )}
    </section>
  );
};

interface TeamProps extends Pick<TeamsPageProps, 'context' | 'people'> {
  team: TeamsPageProps['teams'][number];
}

/** Everybody, to be put into the team or taken out. Who is not on the list stays as they are: it says who is. */
const Members = ({ context, team, people }: TeamProps) => {
  const words = messagesFor(context.language).people;
  return (
    <details>
      <summary>
        {words.teams.changeMembers}
        <span class="visually-hidden"> {teamName(context.language, team)}</span>
      </summary>
      <form method="post" action={`/staff/teams/${team.id}/members`}>
        <fieldset class="choices">
          <legend>{words.teams.members}</legend>
          {people.map(({ id, name, login, disabled }) => (
            <label key={id} class="check">
              <input type="checkbox" name="members" value={id} checked={team.memberIds.includes(id)} />
              <span>
                <bdi>{name}</bdi> <span class="quiet">{login}</span>
                {disabled && <Badge kind="quiet">{words.disabled}</Badge>}
              </span>
            </label>
          ))}
        </fieldset>
        {people.map(({ id }) => (
          <input key={id} type="hidden" name="listed" value={id} />
        ))}
        <button type="submit" class="button button-plain">
          {words.teams.saveMembers}
        </button>
      </form>
    </details>
  );
};
