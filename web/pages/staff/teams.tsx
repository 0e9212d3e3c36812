import type { StaffRole } from '../../../db/schema/index.ts';
import { Alert } from '../../components/common.tsx';
import { TextField } from '../../components/field.tsx';
import { messagesFor } from '../../i18n/index.ts';
import type { PageContext, ShownFailure } from '../context.ts';
import { Layout } from '../layout.tsx';
import { Refusal, type ShownTeam } from './people.tsx';

export interface TeamsPageProps {
  context: PageContext;
  staff: { name: string; role: StaffRole };
  teams: (ShownTeam & { members: { id: string; name: string }[]; isInUse: boolean })[];
  done: boolean;
  failure?: ShownFailure | undefined;
}

/** Teams and who is in them. POSTs to `/staff/teams` and below it. */
export const TeamsPage = ({ context, staff, teams, done, failure }: TeamsPageProps) => {
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
        <Team key={team.id} context={context} team={team} />
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

const Team = ({ context, team }: { context: PageContext; team: TeamsPageProps['teams'][number] }) => {
  const words = messagesFor(context.language).people.teams;
  const path = `/staff/teams/${team.id}`;
  return (
    <section class="part" aria-labelledby={`${team.id}-title`}>
      <h2 id={`${team.id}-title`}>
        <bdi>{team.name}</bdi>
      </h2>
      {team.members.length === 0 ? (
        <p>{words.noMembers}</p>
      ) : (
        <ul>
          {team.members.map(({ id, name }) => (
            <li key={id}>
              <a href={`/staff/people/${id}`}>
                <bdi>{name}</bdi>
              </a>
            </li>
          ))}
        </ul>
      )}
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
