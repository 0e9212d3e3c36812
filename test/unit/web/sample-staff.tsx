import type { VNode } from 'preact';
import type { PageContext } from '../../../web/pages/context.ts';
import { AuditPage } from '../../../web/pages/staff/audit.tsx';
import { ConfirmPage } from '../../../web/pages/staff/confirm.tsx';
import { DeleteRequestPage } from '../../../web/pages/staff/delete-request.tsx';
import { DestinationPage } from '../../../web/pages/staff/destination.tsx';
import { DestinationsPage } from '../../../web/pages/staff/destinations.tsx';
import { NewRequestPage } from '../../../web/pages/staff/new-request.tsx';
import { emptyNewRequest, type NewRequestValues } from '../../../web/pages/staff/new-request-form.ts';
import { NextcloudWayPage } from '../../../web/pages/staff/nextcloud-way.tsx';
import { NoticesPage } from '../../../web/pages/staff/notices.tsx';
import {
  PasswordLinkPage,
  PeoplePage,
  PersonPage,
  type ShownPerson,
} from '../../../web/pages/staff/people.tsx';
import { StaffRequestPage } from '../../../web/pages/staff/request.tsx';
import { RequestsPage } from '../../../web/pages/staff/requests.tsx';
import { RecoveryCodesPage } from '../../../web/pages/staff/second-factor.tsx';
import { ForgottenPage, SetPasswordPage } from '../../../web/pages/staff/set-password.tsx';
import { CodePage, SignInPage } from '../../../web/pages/staff/sign-in.tsx';
import { TeamsPage } from '../../../web/pages/staff/teams.tsx';
import { TemplatesPage } from '../../../web/pages/staff/templates.tsx';
import { NewTokenPage } from '../../../web/pages/staff/tokens.tsx';
import { sampleAccounts } from './sample-account.tsx';
import { sampleChecklist, sampleForms } from './sample-checklist.ts';
import { arriving, thirtyRequests } from './sample-dashboard.ts';
import {
  aboutFolder,
  destination,
  folderTitle,
  noneOfView,
  noSubmissions,
  requests,
  secrets,
  settings,
  staffRequest,
  submissions,
  unbroken,
  unresolved,
} from './sample-records.ts';

const staff = { name: '佐藤 美咲' };

const typed: NewRequestValues = {
  ...emptyNewRequest('Asia/Mars', ['dst_1']),
  instructions: 'Please send the report.\nOne file a month.',
  deadline: '2026-11-20T17:00',
  maxFiles: 'many',
};

/** The console. */
const administrator = { name: staff.name, role: 'administrator' } as const;
const team = { id: 'tem_1', name: '経理' };
/** As the migration has made it. */
const firstTeam = { id: 'tem_0', name: 'Everyone' };
const person: ShownPerson = {
  id: 'stf_1',
  login: 'sato',
  name: '佐藤 花子',
  email: 'sato@example.jp',
  role: 'staff',
  teams: [team, firstTeam],
  lastSignInAt: new Date('2026-11-20T09:00:00Z'),
  hasSecondFactor: true,
  canSignIn: true,
  signsInElsewhereOnly: false,
  nextcloudUser: 'hanako',
  disabled: false,
};

const samplePeople = (context: PageContext): Record<string, VNode> => ({
  'staff-people': (
    <PeoplePage
      context={context}
      staff={administrator}
      people={[
        person,
        {
          ...person,
          id: 'stf_2',
          login: 'a-login-that-is-as-long-as-one-may-be.example',
          name: 'A very long name that somebody gave themselves without any thought of small screens',
          teams: [],
          lastSignInAt: undefined,
          canSignIn: false,
          disabled: true,
        },
      ]}
      teams={[team]}
      failure={{ code: 'person.login-taken' }}
    />
  ),
  'staff-person': (
    <PersonPage
      context={context}
      staff={administrator}
      person={person}
      teams={[team, firstTeam]}
      done="saved"
    />
  ),
  'staff-password-link': (
    <PasswordLinkPage
      context={context}
      staff={administrator}
      person={person}
      link={`https://uketori.example.jp/staff/set-password/pwt_${'1'.repeat(32)}.${'A'.repeat(43)}`}
      mailed
    />
  ),
  'staff-teams': (
    <TeamsPage
      context={context}
      staff={administrator}
      teams={[
        { ...team, memberIds: [person.id], isInUse: true },
        { ...firstTeam, memberIds: [person.id], isInUse: true },
        { id: 'tem_2', name: '人事', memberIds: [], isInUse: false },
      ]}
      people={[
        { ...person, disabled: false },
        { id: 'stf_9', name: '田中 花子', login: 'tanaka', disabled: true },
      ]}
      done={false}
    />
  ),
  'staff-new-token': <NewTokenPage context={context} staff={staff} token={`uketori_${'A'.repeat(43)}`} />,
  'set-password': (
    <SetPasswordPage
      context={context}
      path="/staff/set-password/x"
      login="sato"
      isFirst={false}
      leastPasswordCharacters={12}
      failure={{ code: 'password.not-repeated' }}
    />
  ),
  'staff-confirm': (
    <ConfirmPage
      context={context}
      staff={{ ...staff, login: 'sato' }}
      deed="token"
      path="/staff/account/tokens"
      fields={[['name', '月次報告']]}
      isConfirmed={false}
      ways={{ password: true, provider: true, nextcloud: true }}
      failure={{ code: 'password.wrong' }}
    />
  ),
  'staff-confirm-done': (
    <ConfirmPage
      context={context}
      staff={{ ...staff, login: 'sato' }}
      deed="people"
      path="/staff/people"
      fields={[]}
      isConfirmed
      ways={{ password: false, provider: true, nextcloud: false }}
    />
  ),
  forgotten: <ForgottenPage context={context} done={false} />,
  'forgotten-done': <ForgottenPage context={context} done />,
});

export const sampleStaff = (context: PageContext): Record<string, VNode> => ({
  ...samplePeople(context),
  'staff-templates': (
    <TemplatesPage
      context={context}
      staff={staff}
      mayChange
      templates={[
        { id: 'tpl_1', name: '月次報告', title: '月次報告書のご提出' },
        { id: 'tpl_2', name: 'Tax certificates', title: 'Tax certificates' },
      ]}
      failure={{ code: 'template.name-taken', params: { name: '月次報告' } }}
    />
  ),
  'staff-templates-none': <TemplatesPage context={context} staff={staff} mayChange templates={[]} />,
  'sign-in': <SignInPage context={context} hasProvider hasNextcloud sendsMail />,
  'sign-in-refused': <SignInPage context={context} login="sato" failure={{ code: 'auth.refused' }} />,
  'sign-in-code': <CodePage context={context} failure={{ code: 'second-factor.wrong' }} />,
  'nextcloud-way': (
    <NextcloudWayPage
      context={context}
      purpose="sign-in"
      path="/staff/sign-in/nextcloud"
      address="https://cloud.example.jp/login/v2/flow/x"
      code="K7Q2"
      notYet
    />
  ),
  ...sampleAccounts(context),
  'staff-audit': (
    <AuditPage
      context={context}
      staff={{ ...staff, role: 'administrator' } as typeof staff}
      events={[
        {
          id: '4',
          at: new Date('2026-11-22T08:14:09Z'),
          actor: 'anonymous',
          action: 'session.refused',
          subject: 'unknown',
          address: '2001:db8:1234:5678::/64',
          details: { throttled: true },
        },
        {
          id: '3',
          at: new Date('2026-11-22T07:59:47Z'),
          actor: 'staff:stf_1',
          actorName: '佐藤 美咲',
          action: 'request.changed',
          subject: 'req_1',
          subjectName: 'Annual accounts 2026',
          address: '2001:db8:1234:5678:9abc:def0:1234:5678',
          details: { changed: ['title', 'deadlineAt'] },
        },
        {
          id: '2',
          at: new Date('2026-11-22T07:12:03Z'),
          actor: 'token:tok_1',
          actorName: 'nightly',
          ownerName: '佐藤 美咲',
          action: 'request.opened',
          subject: 'req_1',
          subjectName: 'Annual accounts 2026',
          details: {},
        },
        {
          id: '1',
          at: new Date('2026-11-21T22:40:00Z'),
          actor: 'system',
          action: 'written.by-a-newer-version',
          subject: 'dlv_0123456789abcdef0123456789abcdef',
          details: {},
        },
      ]}
      asked={{ subject: 'req_1', from: '2026-11-20' }}
      next="cursor"
    />
  ),
  'staff-recovery-codes': (
    <RecoveryCodesPage
      context={context}
      staff={staff}
      codes={Array.from({ length: 10 }, (_, n) => `7F3KQ-9DM2${n}`)}
    />
  ),
  'staff-empty': (
    <RequestsPage
      context={context}
      staff={staff}
      notices={[]}
      requests={[]}
      counts={noneOfView}
      view="all"
      search=""
      arriving={{ arriving: [], more: 0 }}
    />
  ),
  'staff-thirty': (
    <RequestsPage
      context={context}
      staff={administrator}
      notices={unresolved}
      requests={thirtyRequests}
      counts={{
        ...noneOfView,
        all: 134,
        open: 89,
        closed: 45,
        overdue: 6,
        'due-soon': 11,
        arriving: 9,
        failed: 6,
      }}
      view="all"
      search=""
      arriving={{ arriving, more: 4 }}
      next="cursor"
    />
  ),
  'staff-unbroken': (
    <RequestsPage
      context={context}
      staff={administrator}
      notices={[]}
      requests={thirtyRequests.slice(0, 3).map((request) => ({ ...request, title: unbroken }))}
      counts={{ ...noneOfView, all: 3, open: 3 }}
      view="open"
      search=""
      arriving={{ arriving: [], more: 0 }}
    />
  ),
  'staff-requests-quiet': (
    <RequestsPage
      context={context}
      staff={{ ...staff, role: 'viewer' }}
      notices={[]}
      requests={[]}
      counts={{ ...noneOfView, all: 3, archived: 3 }}
      view="open"
      search=""
      arriving={{ arriving: [], more: 0 }}
      isLater
    />
  ),
  'staff-requests': (
    <RequestsPage
      context={context}
      staff={staff}
      notices={unresolved}
      requests={requests}
      counts={{ ...noneOfView, all: 34, open: 29, closed: 5, overdue: 2, 'due-soon': 11, failed: 1 }}
      view="overdue"
      search="山田"
      arriving={{ arriving: [], more: 0 }}
      next="cursor"
    />
  ),
  'staff-notices': (
    <NoticesPage
      context={context}
      staff={staff}
      notices={unresolved}
      settled={false}
      next="cursor"
      mayChange
    />
  ),
  'staff-notices-settled': (
    <NoticesPage
      context={context}
      staff={staff}
      notices={unresolved.map((notice) => ({ ...notice, settledAt: context.now }))}
      settled
      mayChange
    />
  ),
  'staff-notices-none': (
    <NoticesPage context={context} staff={staff} notices={[]} settled={false} mayChange={false} />
  ),
  'staff-new': (
    <NewRequestPage
      context={context}
      staff={staff}
      values={emptyNewRequest('Asia/Tokyo', ['dst_1'])}
      teams={[team]}
      destinations={[{ id: 'dst_1', name: '経理フォルダー', kindTitle: folderTitle }]}
      zones={['Asia/Tokyo', 'Europe/Berlin']}
    />
  ),
  'staff-new-wrong': (
    <NewRequestPage
      context={context}
      staff={staff}
      values={typed}
      errors={{
        title: { problem: 'required' },
        deadline: { problem: 'in-the-past' },
        deadlineZone: { problem: 'unknown-zone' },
        maxFiles: { problem: 'not-a-number' },
        password: { problem: 'too-short', params: { limit: 8 } },
        'question.1.choices': { problem: 'choices-missing' },
        'item.1.label': { problem: 'label-missing' },
        'item.0.maxFiles': { problem: 'not-a-number' },
      }}
      failure={{ code: 'share.not-upload-only' }}
      teams={[team, { id: 'tem_2', name: '営業' }]}
      destinations={[]}
      zones={['Asia/Tokyo', 'Europe/Berlin']}
    />
  ),
  'staff-change': (
    <NewRequestPage
      context={context}
      staff={staff}
      changing={{ id: 'req_1', hasPassword: true }}
      values={{
        ...emptyNewRequest('Asia/Tokyo', ['dst_1']),
        title: '月次報告',
        maxFileMegabytes: '1.5',
        team: 'tem_2',
        keptPassword: 'v1.sealed',
      }}
      teams={[team, { id: 'tem_2', name: '営業' }]}
      errors={{ password: { problem: 'too-short' }, title: { problem: 'too-long' } }}
      destinations={[{ id: 'dst_1', name: '経理フォルダー', kindTitle: folderTitle }]}
      zones={['Asia/Tokyo']}
    />
  ),
  'staff-change-meanwhile': (
    <NewRequestPage
      context={context}
      staff={staff}
      changing={{ id: 'req_1', hasPassword: false }}
      values={{ ...emptyNewRequest('Asia/Tokyo', ['dst_1']), title: '月次報告（12月）' }}
      meanwhile={{
        by: '佐藤 一郎',
        fields: ['title', 'instructions', 'deadline'],
        now: { ...emptyNewRequest('Asia/Tokyo', ['dst_1']), title: '月次報告（11月）' },
      }}
      teams={[{ id: 'tea_1', name: '経理' }]}
      destinations={[{ id: 'dst_1', name: '経理フォルダー', kindTitle: folderTitle }]}
      zones={['Asia/Tokyo']}
    />
  ),
  'staff-new-no-team': (
    <NewRequestPage
      context={context}
      staff={staff}
      values={emptyNewRequest('Asia/Tokyo')}
      teams={[]}
      destinations={[]}
      zones={[]}
    />
  ),
  'staff-delete': (
    <DeleteRequestPage
      context={context}
      staff={staff}
      request={{ id: 'req_1', title: '月次報告', state: 'closed', folderPath: '/Uketori/月次報告' }}
      failure={{ code: 'request.under-way' }}
    />
  ),
  'staff-delete-open': (
    <DeleteRequestPage
      context={context}
      staff={staff}
      request={{ id: 'req_1', title: '月次報告', state: 'open', folderPath: '/Uketori/月次報告' }}
    />
  ),
  'staff-destinations': (
    <DestinationsPage
      context={context}
      staff={staff}
      destinations={[destination]}
      kinds={[{ kind: 'folder', title: folderTitle }]}
      mayChange
    />
  ),
  'staff-destination-new': (
    <DestinationPage
      context={context}
      staff={staff}
      kind="folder"
      kindTitle={folderTitle}
      about={aboutFolder}
      name=""
      maxConcurrent={4}
      settings={settings}
      secrets={secrets}
      mayChange
      failure={{ code: 'destination.invalid', params: { problems: 'config.port: expected number' } }}
    />
  ),
  'staff-destination': (
    <DestinationPage
      context={context}
      staff={staff}
      kind="folder"
      kindTitle={folderTitle}
      about={aboutFolder}
      destination={destination}
      name={destination.name}
      maxConcurrent={4}
      settings={settings}
      secrets={secrets.map((secret) => ({ ...secret, isSet: true }))}
      check={{
        fit: true,
        findings: [
          {
            level: 'good',
            text: { en: 'The folder can be written to.', ja: 'フォルダーに書き込めます。' },
          },
        ],
      }}
      mayChange
    />
  ),
  'staff-request': (
    <StaffRequestPage
      context={context}
      staff={staff}
      request={{ ...staffRequest, checklist: sampleChecklist, forms: sampleForms }}
      submissions={submissions}
      mayNote
      notices={context.language === 'en' ? [] : unresolved.slice(0, 1)}
    />
  ),
  'staff-request-unbroken': (
    <StaffRequestPage
      context={context}
      staff={staff}
      request={{
        ...staffRequest,
        title: unbroken,
        instructions: `- ${unbroken}\n\n1. one\n2. two\n   - three`,
      }}
      submissions={{
        ...submissions,
        shown: submissions.shown.map((each) => ({ ...each, submitterName: unbroken })),
      }}
      mayNote
      notices={unresolved
        .slice(0, 1)
        .map((notice) => ({ ...notice, params: { ...notice.params, title: unbroken } }))}
    />
  ),
  'staff-request-new': (
    <StaffRequestPage
      context={context}
      staff={staff}
      request={{ ...staffRequest, instructions: '', passwordSet: false, deadline: undefined }}
      submissions={noSubmissions}
      mayNote
      notices={[]}
    />
  ),
  'staff-request-archived': (
    <StaffRequestPage
      context={context}
      staff={staff}
      request={{
        ...staffRequest,
        state: 'archived',
        link: undefined,
        proof: staffRequest.proof && { ...staffRequest.proof, state: 'gone' },
      }}
      submissions={submissions}
      mayNote
      notices={[]}
    />
  ),
  'staff-request-closed': (
    <StaffRequestPage
      context={context}
      staff={staff}
      request={{ ...staffRequest, state: 'closed', link: undefined, proof: undefined, deadline: undefined }}
      submissions={noSubmissions}
      mayNote
      notices={[]}
      failure={{ code: 'nextcloud.unreachable' }}
    />
  ),
});
