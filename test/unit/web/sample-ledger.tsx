import type { VNode } from 'preact';
import { type ApiDocument, ApiPage } from '../../../web/pages/api.tsx';
import type { PageContext } from '../../../web/pages/context.ts';
import { PreviewPage } from '../../../web/pages/public/request.tsx';
import { DeliveriesPage, type ListedDelivery } from '../../../web/pages/staff/deliveries.tsx';
import { DeliveryPage } from '../../../web/pages/staff/delivery.tsx';
import { RemoveDestinationPage } from '../../../web/pages/staff/remove-destination.tsx';
import { sampleForms } from './sample-checklist.ts';

const staff = { name: '佐藤 美咲' };

const dead: ListedDelivery = {
  id: 'dlv_1',
  state: 'dead',
  destination: 'kintone 取引先台帳',
  request: {
    id: 'req_2',
    title: '北野市立第二小学校 屋上防水改修工事 完成図書・施工写真・検査記録一式のご提出について（再依頼）',
  },
  receiptNumber: '261122-7F3KQ',
  submitterName: '株式会社ヤマダ商事 山田 花子',
  isFound: false,
  createdAt: new Date('2026-11-22T07:59:47Z'),
  failureCode: 'destination.rejected',
};
const delivered: ListedDelivery = {
  ...dead,
  id: 'dlv_2',
  state: 'delivered',
  destination: '経理フォルダー',
  request: { id: 'req_3', title: 'Photos of the building site, Hamburg' },
  submitterName: 'Müller & Söhne GmbH',
  isFound: true,
  file: 'photos/IMG_20261122_a_very_long_name_of_a_photo_from_a_telephone.jpeg',
  failureCode: undefined,
};

const document: ApiDocument = {
  paths: {
    '/v1/requests/{id}': {
      get: {
        summary: 'Show a request',
        parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
        responses: {
          200: {
            description: 'The request',
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Request' } } },
          },
        },
        security: [{ token: ['requests:read'] }],
      },
    },
  },
  components: {
    schemas: {
      Request: {
        type: 'object',
        required: ['id'],
        properties: { id: { type: 'string' }, deadline: { type: 'string', format: 'date-time' } },
      },
    },
  },
};

/** What was handed on, what submitters will see, and the API to be read. */
export const sampleLedger = (context: PageContext): Record<string, VNode> => ({
  'staff-deliveries': (
    <DeliveriesPage
      context={context}
      staff={staff}
      deliveries={[dead, delivered, { ...dead, id: 'dlv_3', state: 'waiting', failureCode: undefined }]}
      state="dead"
      failed={7}
      next="cursor"
      mayChange
    />
  ),
  'staff-deliveries-none': (
    <DeliveriesPage context={context} staff={staff} deliveries={[]} failed={0} mayChange={false} />
  ),
  'staff-delivery': (
    <DeliveryPage
      context={context}
      staff={staff}
      delivery={{
        ...dead,
        key: 'upl-0123456789abcdef0123456789abcdef0123456789abcdef',
        notBefore: context.now,
        isPaused: false,
      }}
      files={[
        {
          id: 'fil_1',
          path: '提出書類/納税証明書.pdf',
          sizeBytes: 180_000,
          sha256: 'a'.repeat(64),
          state: 'quarantined',
          scan: { result: 'found', found: 'Eicar-Test-Signature' },
          isReleased: false,
          mayBeReleased: true,
        },
      ]}
      attempts={[
        {
          startedAt: context.now,
          outcome: 'dead',
          failureCode: 'destination.rejected',
          details: ['status: 400', 'answer: {"code":"CB_VA01","message":"入力内容が正しくありません。"}'],
        },
      ]}
      mayChange
    />
  ),
  'staff-destination-remove': (
    <RemoveDestinationPage
      context={context}
      staff={staff}
      destination={{ id: 'dst_1', name: '経理フォルダー' }}
      uses={{ requests: [], closed: 2, waiting: 0, dead: 7 }}
    />
  ),
  'staff-destination-remove-used': (
    <RemoveDestinationPage
      context={context}
      staff={staff}
      destination={{ id: 'dst_1', name: '経理フォルダー' }}
      uses={{
        requests: Array.from({ length: 22 }, (_each, index) => ({
          ...dead.request,
          id: `req_${index}`,
        })),
        closed: 0,
        waiting: 1,
        dead: 0,
      }}
      failure={{ code: 'destination.in-use', params: { count: 22 } }}
    />
  ),
  'staff-delivery-new': (
    <DeliveryPage
      context={context}
      staff={staff}
      delivery={{
        ...dead,
        state: 'waiting',
        failureCode: undefined,
        key: 'upl-0123456789abcdef0123456789abcdef0123456789abcdef',
        notBefore: new Date(context.now.getTime() + 600_000),
        isPaused: false,
      }}
      files={[]}
      attempts={[]}
      mayChange
    />
  ),
  'staff-preview': (
    <PreviewPage
      context={context}
      back="/staff/requests/req_1"
      request={{
        title: 'Tenders 2026',
        instructions: 'Please send the **signed** papers.',
        fields: [],
        forms: sampleForms,
        checklist: [],
        rules: { allowedTypes: [] },
        mailsReceipt: true,
      }}
      formPathOf={(id) => `/staff/requests/req_1/forms/${id}`}
    />
  ),
  'api-docs': <ApiPage context={context} document={document} />,
});
