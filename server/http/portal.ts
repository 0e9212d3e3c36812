import type { Database } from '../../db/client.ts';
import type { Assets } from '../../web/assets.ts';
import type { NextcloudWay } from '../auth/nextcloud-way.ts';
import type { OwnNextcloudDeps } from '../auth/own-nextcloud.ts';
import type { StaffSessions } from '../auth/sessions.ts';
import type { SingleSignOn } from '../auth/single-sign-on.ts';
import type { Throttle } from '../auth/throttle.ts';
import type { RoleGroups } from '../auth/vouched.ts';
import type { DestinationDesk } from '../importer/ledger/manage-destinations.ts';
import type { Brands } from '../intake/brands.ts';
import type { Intake } from '../intake/context.ts';
import type { ShareProofs } from '../intake/proof.ts';
import type { DeliveryCallbacks } from '../lib/delivery-callbacks.ts';
import type { Log } from '../lib/log.ts';
import type { Sealing } from '../lib/sealing.ts';
import type { Ability } from '../mail/notifier.ts';
import type { UploadLocker } from '../upload/lock.ts';
import type { NextcloudStore } from '../upload/store.ts';
import type { AddressOf } from './middleware/address.ts';
import type { Watch } from './staff/watch.ts';

/** What the routes work with; built once, by the composition. */
export interface Portal {
  db: Database;
  /** Of this process, in `nodes`: leases name it. */
  nodeId: string;
  intake: Intake;
  proofs: ShareProofs;
  brands: Brands;
  uploads: { store: NextcloudStore; locker: UploadLocker };
  sessions: StaffSessions;
  /** Undefined where it is not set up. */
  singleSignOn: SingleSignOn | undefined;
  nextcloudDoor: NextcloudDoor;
  throttle: Throttle;
  /** Whether notices can be told at Nextcloud. Asks there, at most once a minute. */
  notifyingAbility: () => Promise<Ability>;
  /** For open pages of the console. */
  watch: Watch;
  desk: DestinationDesk;
  /** Where receivers of deliveries come back to. */
  callbacks: DeliveryCallbacks;
  sealing: Sealing;
  assets: Assets;
  /** Folder of built scripts and styles, served below `/assets/`. */
  assetsDir: string;
  addressOf: AddressOf;
  publicUrl: URL;
  /** Whether a scanner looks at files before they are delivered. */
  scansFiles: boolean;
  /** True where files go to the stand-in: said on every page. */
  demo: boolean;
  /** IANA name of the zone for moments that have none of their own. */
  zone: string;
  health: () => Promise<Health>;
  metrics: { token: string | undefined; expose: () => Promise<{ text: string; contentType: string }> };
  log: Log;
}

/** What signing in through Nextcloud, and connecting one's own account, work with. */
export interface NextcloudDoor extends OwnNextcloudDeps {
  way: NextcloudWay;
  /** Undefined: nobody signs in that way, and accounts are only connected. */
  signIn: { groups: RoleGroups | undefined } | undefined;
}

export interface Health {
  ok: boolean;
  database: 'up' | 'down';
  nextcloud: 'up' | 'down' | 'maintenance' | 'credentials-refused';
}
